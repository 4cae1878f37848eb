"""What the switch is asked after each link-up, so that every desk knows what it missed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from gevent.pool import Pool

from esl_bridge.callflow import ending, mending, queueing, recording
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.floor import Floor
from esl_bridge.errors import BadField, SwitchError, SwitchRefused
from esl_bridge.esl import channels, commands
from esl_bridge.esl.channels import Channel
from esl_bridge.esl.commands import Command
from esl_bridge.esl.events import UnreadableEvent
from esl_bridge.reactions import resync, strays, switch
from esl_bridge.runtime.runner import Errand, Runner, log_refusal

_AT_ONCE = 100  # questions on their way

Seen = Mapping[str, Channel]


class Readback:
    """``ask`` sends a command and gives the switch's text; ``domain``: the SIP domain of the
    extensions; ``note_core`` is told which run of the switch the calls are on. ``core``: which one
    they were on."""

    def __init__(
        self,
        floor: Floor,
        runner: Runner,
        ask: Callable[[Command], str],
        domain: str,
        note_core: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._floor = floor
        self._runner = runner
        self._ask = ask
        self._domain = domain
        self._note_core = note_core
        self.core = ""

    def take_up(self, core_uuid: str) -> None:
        """Ask first, then bring all desks in line at once: where an answer fails nothing changes,
        and the next time begins anew. Raises SwitchError."""
        registered = self._registered()
        anew = bool(self.core) and core_uuid != self.core
        seen = self._look(() if anew else self._known())
        if anew:
            for desk in self._floor.desks.values():
                switch.all_lost(desk)
        unknown = self._unknown(seen)
        for desk in self._floor.desks.values():
            self._bring_in_line(desk, seen, registered)
            self._start(desk, *strays.take_in(desk, unknown[desk.company.code]))
            self._runner.settle(desk)
        self.core = core_uuid
        self._note_core(core_uuid)
        self.enrol()

    def look_again(self) -> None:
        """The companies were read again: who is new in them may have a phone already."""
        try:
            registered = self._registered()
        except SwitchError as error:
            log_refusal(error)
            return
        for desk in self._floor.desks.values():
            switch.found_registered(desk, registered)
            self._runner.settle(desk)
        self.enrol()

    def enrol(self) -> None:
        """Have the switch know the agents of every skill as the companies are now."""
        for desk in self._floor.desks.values():
            if desk.switch_up and desk.company.skills:
                self._start(desk, queueing.take_up(desk))

    def _bring_in_line(self, desk: Desk, seen: Seen, registered: set[str]) -> None:
        """First what is so, then what is no more, then what is to be done about it."""
        there = {leg: seen[leg.uuid] for leg in desk.legs.values() if leg.uuid in seen}
        gone = set(desk.legs.values()) - there.keys()
        switch.registrations(desk, registered)
        desk.switch_up = True
        self._start(desk, *resync.catch_up(desk, there))
        broken = {leg.call for leg in gone}
        rest = switch.missing(desk, gone)
        # Whatever was to end them may not have arrived.
        rest += [ending.end_leg(leg) for leg in desk.legs.values() if leg.ending is not None]
        recording.lost(desk)
        self._runner.settle(desk)
        self._start(desk, *rest, *resync.waiting(desk, there))
        calls = {leg.call for leg in there if not leg.ended} - broken
        self._start(desk, *[mending.mend(desk, call, there) for call in calls])

    def _start(self, desk: Desk, *begun: Moves) -> None:
        for steps in begun:
            self._runner.start(Errand(desk, steps, log_refusal))

    def _registered(self) -> set[str]:
        rows = json.loads(self._ask(commands.show_registrations())).get("rows", [])
        return {row["reg_user"] for row in rows if row.get("realm") == self._domain}

    def _known(self) -> list[str]:
        return [uuid for desk in self._floor.desks.values() for uuid in desk.legs]

    def _look(self, known: Iterable[str]) -> Seen:
        """At every leg that we know, and every one that the switch lists. By asking for each: the
        list lags behind the events."""
        listed = channels.uuids(self._ask(commands.show_channels()))
        found = Pool(_AT_ONCE).map(self._channel, dict.fromkeys([*known, *listed]))
        return {channel.uuid: channel for channel in found if channel is not None}

    def _channel(self, uuid: str) -> Channel | None:
        try:
            return channels.read(self._ask(commands.uuid_dump(uuid)))
        except (SwitchRefused, UnreadableEvent, BadField):  # gone, or nothing of ours
            return None

    def _unknown(self, seen: Seen) -> Mapping[str, list[Channel]]:
        """By company; also of legs that came after the question everybody knows."""
        unknown = defaultdict(list)
        for channel in seen.values():
            if channel.uuid not in self._floor.owners:
                unknown[channel.company].append(channel)
        return unknown
