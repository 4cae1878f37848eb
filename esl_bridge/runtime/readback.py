"""What the switch is asked after each link-up, so that every desk knows what it missed."""

from __future__ import annotations

import json
from collections.abc import Callable, Set

from gevent.pool import Pool

from esl_bridge.callflow import ending, queueing, recording
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.floor import Floor
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import SwitchError
from esl_bridge.esl import commands
from esl_bridge.esl.commands import Command
from esl_bridge.reactions import switch
from esl_bridge.runtime.runner import Errand, Runner, log_refusal

_AT_ONCE = 100  # questions on their way


class Readback:
    """``ask`` sends a command and gives the switch's text; ``domain``: the SIP domain of the
    extensions."""

    def __init__(
        self, floor: Floor, runner: Runner, ask: Callable[[Command], str], domain: str
    ) -> None:
        self._floor = floor
        self._runner = runner
        self._ask = ask
        self._domain = domain
        self._core = ""

    def take_up(self, core_uuid: str) -> None:
        """Ask first, then bring all desks in line at once: where an answer fails nothing changes,
        and the next time begins anew. Raises SwitchError."""
        registered = self._registered()
        anew = bool(self._core) and core_uuid != self._core
        gone = set() if anew else self._gone()
        for desk in self._floor.desks.values():
            if anew:
                switch.all_lost(desk)
            self._bring_in_line(desk, gone, registered)
        self._core = core_uuid
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

    def _bring_in_line(self, desk: Desk, gone: Set[Leg], registered: set[str]) -> None:
        rest = switch.missing(desk, gone)
        # Whatever was to end them may not have arrived.
        rest += [ending.end_leg(leg) for leg in desk.legs.values() if leg.ending is not None]
        recording.lost(desk)
        switch.registrations(desk, registered)
        desk.switch_up = True
        self._runner.settle(desk)
        for steps in rest:
            self._start(desk, steps)

    def _start(self, desk: Desk, steps: Moves) -> None:
        self._runner.start(Errand(desk, steps, log_refusal))

    def _registered(self) -> set[str]:
        rows = json.loads(self._ask(commands.show_registrations())).get("rows", [])
        return {row["reg_user"] for row in rows if row.get("realm") == self._domain}

    def _gone(self) -> set[Leg]:
        """By asking for each: the switch's own list of channels lags behind its events."""
        legs = [leg for desk in self._floor.desks.values() for leg in desk.legs.values()]
        is_there = Pool(_AT_ONCE).map(self._is_there, legs)
        return {leg for leg, there in zip(legs, is_there, strict=True) if not there}

    def _is_there(self, leg: Leg) -> bool:
        return self._ask(commands.uuid_exists(leg.uuid)) == "true"
