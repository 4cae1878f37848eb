"""The links to the switch: commands out, events in, up or down.

There are three, since a link that carries a slow command delivers nothing else meanwhile (an ``api
msleep 400`` held back its connection's events for 380 ms): one for events only, one for quick
commands, one for slow ones. While nothing goes on, the first serves for all, since the switch polls
each connection fifty times a second.
"""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from time import monotonic
from typing import Protocol

import gevent
from gevent.event import Event

from esl_bridge.errors import SwitchError, SwitchRefused, SwitchUnavailable
from esl_bridge.esl import commands
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.runtime.switch_link import SwitchLink

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0  # seconds before the next attempt to connect

log = logging.getLogger(__name__)


class LinkListener(Protocol):
    """Receives what the links deliver."""

    def on_event(self, body: bytes) -> None:
        """An event's JSON; events come in order. Must not wait."""

    def on_up(self, core_uuid: str) -> None:
        """The subscription is active, and no later event has been delivered yet. It may run
        commands: what it reads is not older than the events that follow."""

    def on_down(self) -> None:
        """Called once for each call of ``on_up``, even if that failed."""


class SwitchLinks:
    """Keeps the links up from ``start`` to ``stop``.

    :param new_link: makes one link to the switch when called with ``on_lost``, and ``on_event``
        for the one that subscribes, as ``functools.partial(SwitchLink, host, port, password)``.
    :param title: what the switch is called in the log.
    :param subscription: the names of the events wanted, blank-separated.
    :param optional: the same of events without which the service does, if its user may not hear
        of them.
    :param reply_seconds: how long a command may wait for its reply.
    :param probe_seconds: how often a quiet switch is asked whether it is still there.
    :param expects_events: whether anything goes on of which the switch will tell. While nothing
        does nobody wakes its listener, and there is one link: so both sleep where nobody talks.
    :param nudge_seconds: how often the switch's listener is woken while no event comes; it sleeps
        20 ms otherwise, and events with it. An event then comes after 0.5 ms instead of 11 in the
        median, 1.9 instead of 20.5 at the 99th percentile (measured).
    :param awake_seconds: for how long after the last event, or command that was sent, that is done:
        a thousand nudges a second were measured to take 4 to 5 % of a core. Questions (``run``) do
        not count: they are asked all day.
    """

    def __init__(
        self,
        new_link: Callable[..., SwitchLink],
        subscription: str,
        *,
        reply_seconds: float,
        title: str = "the switch",
        optional: str = "",
        expects_events: Callable[[], bool] = lambda: True,
        probe_seconds: float = 4.0,
        nudge_seconds: float = 0.001,
        awake_seconds: float = 60.0,
    ) -> None:
        self._new_link = new_link
        self._subscription = subscription
        self._title = title
        self._optional = optional
        self._expects_events = expects_events
        self._reply_seconds = reply_seconds
        self._probe_seconds = probe_seconds
        self._nudges = gevent.get_hub().loop.timer(nudge_seconds, nudge_seconds)
        self._awake_seconds = awake_seconds
        self._awake_until = 0.0
        self._nudging = False
        self._up = Event()  # connected, and on_up has returned
        self._links: tuple[SwitchLink, ...] = ()  # events, quick, slow; or the first alone
        self._lost = Event()
        self._why = ""
        self.trouble = "not connected yet"
        """Why there is no link, where there is none."""
        self._early: deque[bytes] | None = None  # events that wait for on_up
        self._quiet = True
        self._listener: LinkListener
        self._keeper = gevent.Greenlet(self._keep_connected)

    @property
    def up(self) -> bool:
        return self._up.is_set()

    def wait_until_up(self) -> None:
        self._up.wait()

    def start(self, listener: LinkListener) -> None:
        """Begin to connect, and keep connected until ``stop``."""
        self._listener = listener
        self._keeper.start()

    def stop(self) -> None:
        """Close the links; pending commands get SwitchUnavailable."""
        self._keeper.kill()

    def send(self, command: Command, then: ReplyHandler) -> None:
        """``then`` receives the reply's text, or what ``run`` raises; never before this returns."""
        self._stay_awake()
        if self._links:
            self._link_for(command).send_command(command, self._reply_seconds, then)
        else:
            gevent.get_hub().loop.run_callback(then, SwitchUnavailable("not connected"))

    def run(self, command: Command) -> str:
        """Return the reply's text; see ``SwitchLink.run`` for what is raised."""
        if not self._links:
            raise SwitchUnavailable("not connected")
        return self._link_for(command).run(command, self._reply_seconds)

    def hear_out(self) -> None:
        """Return once every event sent before now was delivered: the switch sends pending events
        after each command. Raises what ``run`` does."""
        if not self._links:
            raise SwitchUnavailable("not connected")
        # Events reported during the first command are sent before the reply to the second.
        for _ in range(2):
            self._links[0].run(commands.core_uuid(), self._reply_seconds)

    def _link_for(self, command: Command) -> SwitchLink:
        events, *more = self._links
        if not more:
            return events
        quick, slow = more
        return slow if command.slow else quick

    def _keep_connected(self) -> None:
        failures = 0
        while True:
            self._served = False
            try:
                self._connect_and_serve()
            except SwitchError as error:
                self.trouble = str(error)
                log.warning("no link to %s: %s", self._title, error)
            except Exception:
                self.trouble = "its answers could not be processed, see the log"
                # A bug in the resync must not leave the service without its switch.
                log.exception("unhandled error while resynchronizing with %s", self._title)
            failures = 0 if self._served else failures + 1
            gevent.sleep(pause_after(failures))

    def _connect_and_serve(self) -> None:
        """Connect and serve until a link is lost; always ends with an error."""
        self._lost = Event()
        self._early = deque()
        with self._new_link(on_event=self._hear, on_lost=self._end) as events:
            self._links = (events,)
            self._add_links()
            self._serve(events)

    def _add_links(self) -> None:
        """Add the links for commands. Raises SwitchError where that fails."""
        only = self._links
        with ExitStack() as opened:
            more = [opened.enter_context(self._one_more()) for _ in ("quick", "slow")]
            if self._links == only:  # nobody was faster, and nothing is lost
                self._links = (*only, *more)
                opened.pop_all()

    def _one_more(self) -> SwitchLink:
        def lost() -> None:
            if link in self._links:
                self._end()

        link = self._new_link(on_lost=lost)
        return link

    def _drop_links(self) -> None:
        """Close all but the first, unless they are in use."""
        events, *more = self._links
        if not any(link.is_asked for link in more):
            self._links = (events,)
            for link in more:
                link.stop()

    def _wake(self) -> None:
        """Until there are more links, commands go by that for events."""
        if len(self._links) == 1:
            try:
                self._add_links()
            except SwitchError as error:
                log.warning("using a single link to %s for now: %s", self._title, error)

    def _serve(self, events: SwitchLink) -> None:
        events.subscribe(self._subscription)
        if self._optional:
            self._subscribe_if_allowed(events)
        core_uuid = self.run(commands.core_uuid())
        try:
            self._listener.on_up(core_uuid)
            self._catch_up()
            self._served = True
            self._up.set()
            log.info("linked to %s, core %s", self._title, core_uuid)
            self._watch()
        finally:
            self._end()
            self._listener.on_down()

    def _subscribe_if_allowed(self, events: SwitchLink) -> None:
        try:
            events.subscribe(self._optional)
        except SwitchRefused as error:
            log.warning("%s does not send %s: %s", self._title, self._optional, error)

    def _watch(self) -> None:
        """Probes detect a connection that died silently, and a switch that hangs."""
        while not self._lost.wait(self._probe_seconds):
            if self._expects_events():
                self._wake()
            else:
                self._drop_links()
            with suppress(SwitchRefused):
                self.run(commands.core_uuid())
        raise SwitchUnavailable(self._why)

    def _hear(self, event: bytes) -> None:
        self._quiet = False
        if self._early is None:
            self._listener.on_event(event)
        else:
            self._early.append(event)
        self._stay_awake()  # if it was the first of a call

    def _catch_up(self) -> None:
        while self._early:
            self._listener.on_event(self._early.popleft())
        self._early = None

    def _stay_awake(self) -> None:
        self._awake_until = monotonic() + self._awake_seconds
        if self._links and not self._nudging and self._expects_events():
            self._nudging = True
            self._nudges.start(self._nudge, self._links[0])
            gevent.spawn(self._wake)

    def _nudge(self, events: SwitchLink) -> None:
        if self._quiet:
            events.nudge()
        self._quiet = True
        if monotonic() > self._awake_until or not self._expects_events():
            self._sleep()

    def _sleep(self) -> None:
        self._nudging = False
        self._nudges.stop()

    def _end(self) -> None:
        """One link lost means all lost: commands on the others would wait for nothing."""
        links, self._links = self._links, ()
        self._sleep()
        self._up.clear()
        if links:
            self._why = next((link.lost_because for link in links if link.lost_because), "stopped")
        self._lost.set()
        for link in links:
            link.lose(self._why)


def pause_after(failures: int) -> float:
    """Seconds before the next attempt: 0.2, doubled up to 10, minus up to half at random, so that
    several daemons do not reconnect at the same moment."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**failures) * random.uniform(0.5, 1)
