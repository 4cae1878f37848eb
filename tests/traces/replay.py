"""A recorded trace played against the simulated switch, in virtual time.

What was sent is sent again, what the phones did they do again, each as soon as everything that
the real switch had told before has been told by the simulated one. What a phone did can be read
off the trace itself: an outbound leg was answered or refused, a leg ended by ``recv_bye``, a hold
that no command asked for, a digit that came by RTP, an inbound leg.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable

from esl_bridge.simulator import commands
from esl_bridge.simulator.api import run
from esl_bridge.simulator.clock import VirtualClock
from esl_bridge.simulator.dialplan import Dialplan
from esl_bridge.simulator.queues import Queue
from esl_bridge.simulator.registering import expire, register, unregister
from esl_bridge.simulator.session import Accounts, Session
from esl_bridge.simulator.switch import SimulatedSwitch
from tests.traces.trace import Told, read

assert commands
PATIENCE_SECONDS = 100.0  # of virtual time, until an event counts as missing
_FRAMING = re.compile(r"^Content-(Type|Length): .*\n?", re.MULTILINE)
PAUSE_SECONDS = 0.01
DOMAIN = "127.0.0.1"
AGENTS = ("90001_20000", "90001_20001", "90001_20002", "90001_20003", "90001_40001")
DIALPLAN = """
<include>
  <context name="default">
    <extension name="echo"><condition field="destination_number" expression="^9196$">
      <action application="answer"/><action application="echo"/></condition></extension>
    <extension name="ivr"><condition field="destination_number" expression="^ivr_\\w+$">
      <action application="answer"/>
      <action application="playback" data="tone_stream://%(60000,0,2150)"/></condition></extension>
    <extension name="survey"><condition field="destination_number" expression="^survey$">
      <action application="answer"/>
      <action application="playback" data="tone_stream://%(60000,0,2450)"/></condition></extension>
    <extension name="skill"><condition field="destination_number" expression="^skill_(\\w+)$">
      <action application="answer"/>
      <action application="callcenter" data="$1@default"/></condition></extension>
    <extension name="agent"><condition field="destination_number" expression="^(9\\d{4}_\\d+)$">
      <action application="set" data="call_timeout=30"/>
      <action application="set" data="hangup_after_bridge=true"/>
      <action application="bridge" data="user/$1@127.0.0.1"/></condition></extension>
  </context>
  <context name="public">
    <extension name="parked"><condition field="destination_number" expression="^4000$">
      <action application="answer"/><action application="park"/></condition></extension>
    <extension name="to_agent"><condition field="destination_number" expression="^(9\\d{4}_\\d+)$">
      <action application="set" data="hangup_after_bridge=true"/>
      <action application="set" data="ringback=%(1000,4000,440,480)"/>
      <action application="bridge" data="user/$1@127.0.0.1"/></condition></extension>
    <extension name="queue"><condition field="destination_number" expression="^skill_(\\w+)$">
      <action application="answer"/>
      <action application="callcenter" data="$1@default"/></condition></extension>
  </context>
</include>
"""


# What had been set up before the recording began.
BEFORE = {
    "carrier_000": ["sim outside 13900000 silent on"],
    "callcenter_reject": [
        "callcenter_config agent add 90001_20000 callback",
        "callcenter_config agent set contact 90001_20000 user/90001_20000@127.0.0.1",
        "callcenter_config agent set status 90001_20000 Available",
        "callcenter_config tier add skill1@default 90001_20000",
    ],
}
# Before which of its commands the real switch had time to do what the trace does not yet show.
PAUSES = {
    "consult_to_trans_bridge_ringing": "uuid_bridge",
    "record_during_callee_ring": "uuid_record",
    "record_ring_ringback": "uuid_record",
    "record_ring_no_ringback": "uuid_record",
    "trans_agent_inbound": "show",
}


class Replay:
    def __init__(self, name: str) -> None:
        self.steps = read(name)
        self.clock = VirtualClock()
        self.switch = SimulatedSwitch(
            self.clock, domain=DOMAIN, profile="internal", user_context="default",
            dialplan=Dialplan([DIALPLAN]),
        )  # fmt: skip
        for agent in AGENTS:
            own_leg = {"effective_caller_id_number": agent, "user_context": "default"}
            self.switch.registered.append(self.switch.add_extension(agent, own_leg))
        self.switch.add_extension("90001_20004")
        self.switch.centre.queues["skill1@default"] = Queue("skill1@default")
        self.ours: dict[str, list[Told]] = defaultdict(list)
        self.theirs: dict[str, list[Told]] = defaultdict(list)
        self.replies: list[tuple[str, str, str]] = []  # command, their reply, ours
        self._their_unnamed: list[str] = []
        self._our_unnamed: list[str] = []
        self._pending = ""
        self._answers: list[str] = []
        self._ends = self._recorded_ends()
        self._held_by_command = False
        self._pause_before = PAUSES.get(name, "(none)")
        for command in BEFORE.get(name, ()):
            run(self.switch, command)
        self.clock.run(1)
        self._connect()

    def _connect(self) -> None:
        self.session = Session(self.switch, Accounts(), self._receive, lambda: None)
        self.session.open()
        self.session.receive(b"auth ClueCon\n\nevent json ALL\n\n")
        self._answers.clear()

    # -- playing

    def play(self) -> None:
        for step in self.steps:
            if step.kind == "SEND":
                self._send(step.text)
            elif step.kind == "REPLY":
                self._expect_reply(step.text)
            else:
                self._expect(step.told)
        self._until(self._caught_up)

    def _send(self, text: str) -> None:
        self._until(self._caught_up)
        if self._pause_before in text:
            self.clock.run(PAUSE_SECONDS)
        self._pending = self.in_our_names(text.strip("\n"))
        self._held_by_command |= "uuid_hold" in text
        self.session.receive(self._pending.encode("utf-8", "surrogateescape") + b"\n\n")

    def _expect_reply(self, text: str) -> None:
        self._until(lambda: bool(self._answers))
        ours = self._answers.pop(0) if self._answers else "(no reply)"
        theirs = self.in_our_names(_FRAMING.sub("", text))
        self.replies.append((self._pending, theirs.strip("\n"), ours.strip("\n")))

    def _expect(self, told: Told) -> None:
        act = self._act_behind(told)
        if act:
            self._until(self._caught_up)
            self._do(act, told)
        _note_unnamed(told, self._their_unnamed)
        self.theirs[self._stream(told)].append(told)

    def _until(self, done: Callable[[], bool]) -> None:
        end = self.clock.now() + PATIENCE_SECONDS
        while not done() and self.clock.now() < end and self.clock.step():
            pass

    def _caught_up(self) -> bool:
        return all(
            len(self.ours.get(self.name(stream), ())) >= len(events)
            for stream, events in self.theirs.items()
        )

    # -- what the phones did

    def _recorded_ends(self) -> dict[str, tuple[str, str]]:
        """Leg -> disposition and SIP status, as its last events have them."""
        ends = {}
        for step in self.steps:
            headers = step.told.headers
            if step.told.name == "CHANNEL_HANGUP_COMPLETE":
                how = headers.get("variable_sip_hangup_disposition", "")
                ends[step.told.leg] = how, headers.get("variable_sip_term_status", "")
        return ends

    def _act_behind(self, told: Told) -> str:
        inbound = told.headers.get("Call-Direction") == "inbound"
        if told.name == "CHANNEL_CREATE":
            return "call" if inbound else ""
        if told.name == "CHANNEL_ANSWER" and not inbound:
            return "answer"
        if told.name == "CHANNEL_HANGUP":
            return self._ends.get(told.leg, ("", ""))[0].replace("recv_", "")
        if told.name in ("CHANNEL_HOLD", "CHANNEL_CALLSTATE"):
            return self._hold_behind(told)
        if told.name == "DTMF" and told.headers["DTMF-Source"] == "RTP":
            return "press"
        return told.headers.get("Event-Subclass", "").removeprefix("callcenter::info")

    def _hold_behind(self, told: Told) -> str:
        if self._held_by_command or told.name != "CHANNEL_CALLSTATE":
            return ""
        return {"HELD": "hold", "UNHELD": "resume"}.get(told.headers["Channel-Call-State"], "")

    def _do(self, act: str, told: Told) -> None:
        if act in ("sofia::register", "sofia::unregister", "sofia::expire"):
            phone = self.switch.extensions[told.headers["username"]]
            deeds = {"register": register, "unregister": unregister, "expire": expire}
            deeds[act.removeprefix("sofia::")](self.switch, phone)
        elif act == "call":
            number = told.headers["Caller-Caller-ID-Number"]
            destination = told.headers["Caller-Destination-Number"]
            display = told.headers.get("Caller-Caller-ID-Name", "")
            self.switch.dial_in(self.switch.outside_phone(number), destination, display)
        else:
            self._on_leg(act, told)

    def _on_leg(self, act: str, told: Told) -> None:
        leg = self.switch.channels.get(self.name(told.leg))
        if leg is None or leg.phone is None:
            return
        if act == "answer":
            leg.answer()
        elif act == "bye":
            leg.hangup("NORMAL_CLEARING", "recv_bye", "200")
        elif act == "refuse":
            leg.phone.reject(int(self._ends[told.leg][1]))
        elif act in ("hold", "resume"):
            getattr(leg.phone, act)()
        elif act == "press":
            leg.phone.press(told.headers["DTMF-Digit"])

    # -- what comes back

    def _receive(self, data: bytes) -> None:
        head, _, body = data.partition(b"\n\n")
        if b"text/event-json" in head:
            document = json.loads(body.decode("utf-8", "surrogateescape"))
            told = Told(document, document.pop("_body", "").strip())
            if not told.is_noise:
                self._note(told)
        else:
            reply = (head + b"\n" + body).decode("utf-8", "surrogateescape")
            self._answers.append(_FRAMING.sub("", reply))

    def _note(self, told: Told) -> None:
        _note_unnamed(told, self._our_unnamed)
        self.ours[self._stream(told)].append(told)

    def _stream(self, told: Told) -> str:
        """Events are compared by leg, job, or what else they are of; in between order is luck."""
        if told.leg:
            return told.leg
        headers = told.headers
        of = ("Job-UUID", "Conference-Name", "CC-Queue", "CC-Agent", "username")
        subclass = headers.get("Event-Subclass", "")
        return " ".join([subclass, next((headers[name] for name in of if name in headers), "")])

    # -- names of legs

    def name(self, theirs: str) -> str:
        """Our name of a leg or stream of theirs; legs that are not named by a command are
        matched by the order in which they came."""
        if theirs not in self._their_unnamed:
            return theirs
        at = self._their_unnamed.index(theirs)
        return self._our_unnamed[at] if at < len(self._our_unnamed) else "(not there yet)"

    def in_our_names(self, text: str) -> str:
        for theirs in self._their_unnamed:
            text = text.replace(theirs, self.name(theirs))
        return text


def _note_unnamed(told: Told, known: list[str]) -> None:
    if told.name == "CHANNEL_CREATE" and not told.leg.startswith("call-"):
        known.append(told.leg)
