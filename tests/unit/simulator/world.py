"""A simulated switch in virtual time, with short methods for tests."""

from __future__ import annotations

import json
from typing import Any

from esl_bridge.simulator import api, commands
from esl_bridge.simulator.clock import VirtualClock
from esl_bridge.simulator.dialplan import DEFAULT, Dialplan
from esl_bridge.simulator.events import Event
from esl_bridge.simulator.queues import Queue
from esl_bridge.simulator.results import when_answered
from esl_bridge.simulator.switch import SimulatedSwitch

assert commands  # registers them

PUBLIC = """
<context name="public">
  <extension name="agent"><condition field="destination_number" expression="^to_(\\w+)$">
    <action application="set" data="ringback=%(1000,4000,440,480)"/>
    <action application="set" data="hangup_after_bridge=true"/>
    <action application="bridge" data="user/$1@esl-bridge.local"/></condition></extension>
  <extension name="queue"><condition field="destination_number" expression="^sales$">
    <action application="answer"/>
    <action application="callcenter" data="sales"/></condition></extension>
</context>
"""


class World:
    def __init__(self, seed: int | None = None) -> None:
        self.clock = VirtualClock()
        self.switch = SimulatedSwitch(self.clock, dialplan=Dialplan([DEFAULT, PUBLIC]), seed=seed)
        self.switch.centre.queues["sales"] = Queue("sales")
        self.events: list[Event] = []
        self.switch.listeners.append(self.events.append)
        for name in ("ann", "bob", "sue"):
            self.switch.registered.append(self.switch.add_extension(name))
            self.sim(f"phone {name} auto 0")
        self.sim("outside 139 auto 0")

    def api(self, line: str) -> str:
        """The answer of a command, waiting for it if need be."""
        answers: list[str] = []
        when_answered(api.run(self.switch, line), answers.append)
        while not answers and self.clock.step():
            pass
        return answers[0]

    def sim(self, line: str) -> Any:
        return json.loads(self.api(f"sim {line}"))

    def job(self, line: str) -> None:
        api.run_job(self.switch, line, "job")

    def run(self, seconds: float = 0.1) -> None:
        self.clock.run(seconds)

    def call(self, far: str = "sofia/gateway/carrier/139", extra: str = "") -> None:
        """ann (leg A) talks to ``far`` (leg C)."""
        self.job(
            f"originate {{origination_uuid=A{extra}}}user/ann@esl-bridge.local"
            f" '&bridge([origination_uuid=C{extra}]{far})'"
        )
        self.run()

    def supervise(self, application: str, extra: str = "") -> None:
        """sue (leg S) is called into ``application``."""
        self.job(
            f"originate {{origination_uuid=S{extra}}}user/sue@esl-bridge.local '&{application}'"
        )
        self.run()

    def hears(self, *names: str) -> list[set[str]]:
        return [set(self.sim(f"hears {name}")["hears"]) for name in names]

    def told(self, name: str, leg: str = "") -> list[Event]:
        return [
            event
            for event in self.events
            if event.name == name and leg in ("", event.headers.get("Unique-ID"))
        ]

    def causes(self) -> dict[str, str]:
        ended = self.told("CHANNEL_HANGUP_COMPLETE")
        return {event.headers["Unique-ID"]: event.headers["Hangup-Cause"] for event in ended}
