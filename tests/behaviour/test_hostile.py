"""What outsiders and clients type is never more than text: on no switch a command, nor a header.

Each text holds EVIL, so that it can be looked for in all that the switch was told to do, and FILE,
where it would leave a trace if it were carried out.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.client import Client
from tests.behaviour.world import CALLER_ID, NUMBER_OF_A, NUMBER_OF_SKILL, OUTSIDE, World
from tests.lab.esl import Esl, Event

EVIL = "evil"
SAFE = re.compile(r"[0-9A-Za-z_.+*#-]{1,64}")
TEXTS = {
    "line feed": "evil\nUnique-ID: forged\nEvent-Name: CHANNEL_HANGUP",
    "two lines": "evil\r\n\r\napi global_setvar evil=1\n\n",
    "written line feed": "evil%0AUnique-ID: forged%0a%0aapi status",
    "expansion": "evil ${system(touch FILE)}",
    "application": "evil &system(touch FILE)",
    "variables": "{execute_on_answer='system touch FILE'}[evil=1]<evil=1>",
    "more legs": "evil|user/90001_20001,user/90001_20001:_:user/90001_20001",
    "more applications": "evil)'~system:touch FILE~park",
    "quotes": "evil'\"`\\",
    "other ends of lines": "evil\u2028\u2029\u0085\x0b\x0cUnique-ID: forged",
}
NO_UTF_8 = "evil\udcff\udcc3("
ALMOST_A_NUMBER = {
    "line feed at the end": "13107618845\n",
    "other digits": "1310761884\u0665",
    "nul": "13107618845\x00",
    "blank": "131 07618845",
}


def spelt(text: str, folder: Path) -> str:
    return text.replace("FILE", str(folder / EVIL))


class Watch:
    """What the switch does from now on: commands, applications, legs that begin, join and end."""

    def __init__(self, esl: Esl) -> None:
        self._esl = esl
        self._since = len(esl.events)

    def wait(self, name: str, leg: str | None = None) -> Event:
        return self._esl.wait_for(name, leg, self._since)

    def legs(self) -> list[str]:
        """Those that have begun, in order."""
        return [each["Unique-ID"] for each in self._all() if each["Event-Name"] == "CHANNEL_CREATE"]

    def orders(self) -> str:
        """All that was run, by whomever, with its arguments; not what we make our phones do."""
        parts = ("API-Command", "API-Command-Argument", "Application", "Application-Data")
        told = [each for each in self._all() if each.get("API-Command") != "sim"]
        return "\n".join(each.get(part, "") for each in told for part in parts)

    def _all(self) -> list[Event]:
        """Up to this moment: what we run ourselves is told last."""
        mark = uuid.uuid4().hex
        self._esl.api(f"uuid_exists {mark}")
        self._esl.wait(lambda event: event.get("API-Command-Argument") == mark, self._since)
        return self._esl.events[self._since :]


@contextmanager
def watching(world: World) -> Iterator[Watch]:
    esl: Esl = world.lab.esl
    esl.subscribe("API CHANNEL_EXECUTE CHANNEL_CREATE CHANNEL_BRIDGE CHANNEL_HANGUP")
    try:
        yield Watch(esl)
    finally:
        esl.command("noevents")


class TestACaller:
    """... that calls the number of A, whatever he says his name and number are."""

    @pytest.mark.parametrize("text", [*TEXTS.values(), NO_UTF_8], ids=[*TEXTS, "no UTF-8"])
    def test_a_caller_with_a_hostile_name_and_number_is_only_a_caller(
        self, world: World, tmp_path: Path, text: str
    ):
        a, b = world.agent("A"), world.agent("B")
        with watching(world) as watch:
            world.lab.call_in(spelt(text, tmp_path), spelt(text, tmp_path), NUMBER_OF_A)
            customer = watch.wait("CHANNEL_CREATE")
            assert EVIL in customer["Caller-Caller-ID-Name"]
            own_leg = self._rings(world, a)
            assert world.caller_seen_by("A") == "anonymous"
            self._is_answered_and_hung_up(world, a, own_leg, watch)
            b.got_nothing_more()
            assert watch.legs() == [customer["Unique-ID"], own_leg]
            assert EVIL not in watch.orders()
        assert list(tmp_path.iterdir()) == []

    def test_a_caller_with_a_hostile_name_keeps_its_number(self, world: World):
        a = world.agent("A")
        with watching(world) as watch:
            world.lab.call_in(OUTSIDE["C"], TEXTS["line feed"], NUMBER_OF_A)
            own_leg = self._rings(world, a, OUTSIDE["C"])
            assert world.caller_seen_by("A") == OUTSIDE["C"]
            self._is_answered_and_hung_up(world, a, own_leg, watch)
            assert EVIL not in watch.orders()

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_a_caller_with_a_hostile_number_calls_nobody(
        self, world: World, tmp_path: Path, text: str
    ):
        a = world.agent("A")
        with watching(world) as watch:
            world.lab.call_in(OUTSIDE["C"], OUTSIDE["C"], NUMBER_OF_A + spelt(text, tmp_path))
            customer = watch.wait("CHANNEL_CREATE")["Unique-ID"]
            watch.wait("CHANNEL_HANGUP", customer)
            a.got_nothing_more()
            assert watch.legs() == [customer]
        assert list(tmp_path.iterdir()) == []

    def test_a_caller_who_withholds_its_number_is_anonymous_to_the_agent(self, world: World):
        a = world.agent("A")
        with watching(world) as watch:
            world.lab.call_in(OUTSIDE["C"], EVIL, NUMBER_OF_A, withheld=True)
            own_leg = self._rings(world, a, "anonymous")
            assert world.caller_seen_by("A") == "anonymous"
            self._is_answered_and_hung_up(world, a, own_leg, watch)

    @pytest.mark.parametrize(
        ("withheld", "number", "shown"),
        [
            (True, OUTSIDE["C"], "anonymous"),
            (False, OUTSIDE["C"], OUTSIDE["C"]),
            (False, TEXTS["expansion"], "anonymous"),
        ],
        ids=["withheld", "shown", "strange"],
    )
    def test_a_caller_is_shown_by_a_queue_as_by_the_daemon(
        self, world: World, tmp_path: Path, withheld: bool, number: str, shown: str
    ):
        a, number = world.agent("A"), spelt(number, tmp_path)
        with watching(world) as watch:
            world.lab.call_in(number, EVIL, NUMBER_OF_SKILL, withheld=withheld)
            callin = a.gets("callin")
            assert callin["caller_number"] == shown or EVIL in number
            a.gets("FREE>RINGING")
            world.phone("A").wait_ringing()
            assert world.caller_seen_by("A") == shown
            assert EVIL not in world.lab.esl.api(f"uuid_dump {callin['uuid']} json")
            world.phone("A").answer()
            a.gets("RINGING>CALLING")
            watch.wait("CHANNEL_BRIDGE")  # until then the caller would be offered once more
            a.ok("hangup", uuid=callin["uuid"])
            a.gets("CALLING>FREE")
        assert list(tmp_path.iterdir()) == []

    def _rings(self, world: World, a: Client, caller: str | None = None) -> str:
        """A is told as of any call; gives the uuid of its leg, on which is nothing of the text."""
        callin = a.gets("callin")
        assert callin["callee_number"] == NUMBER_OF_A
        assert callin["caller_number"] == caller or caller is None
        a.gets("FREE>RINGING")
        world.phone("A").wait_ringing()
        own_leg: str = callin["uuid"]
        assert EVIL not in world.lab.esl.api(f"uuid_dump {own_leg} json")
        return own_leg

    def _is_answered_and_hung_up(self, world: World, a: Client, own_leg: str, watch: Watch) -> None:
        world.phone("A").answer()
        a.gets("RINGING>CALLING")
        assert watch.wait("CHANNEL_BRIDGE", own_leg)["Other-Leg-Unique-ID"]
        a.ok("hangup", uuid=own_leg)
        a.gets("CALLING>FREE")


LEG = "call-" + "0" * 32
#: ``...`` is where the text goes: request, its fields, the code, and the field that is named.
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "call a number": ("call", {"callee_number": ...}, "4002"),
    "call a room": ("call", {"callee_number": ..., "out_line": 2}, "4002"),
    "call an agent": ("call", {"callee_number": ..., "out_line": 0}, "4101"),
    "call from": ("call", {"ext_id": ..., "callee_number": OUTSIDE["C"]}, "4002"),
    "answer": ("answer", {"uuid": ...}, "4002"),
    "hangup": ("hangup", {"uuid": ...}, "4002"),
    "hold": ("hold", {"uuid": ..., "hold": "1"}, "4002"),
    "mute": ("mute", {"uuid": ..., "mute": "1"}, "4002"),
    "dtmf to": ("dtmf", {"uuid": ..., "content": "1"}, "4002"),
    "dtmf": ("dtmf", {"uuid": LEG, "content": ...}, "4002"),
    "change_status": ("change_status", {"action": ...}, "4002"),
    "consult": (
        "consult",
        {"uuid": LEG, "type": "1", "consult_type": "1", "consult_number": ...},
        "4002",
    ),
    "trans": ("trans", {"uuid": LEG, "type": "1", "trans_type": "4", "trans_number": ...}, "4002"),
    "play_record": ("play_record", {"file_path": ...}, "4002"),
}


class TestAClient:
    """... that is checked in, and sends what no desktop of ours would."""

    @pytest.mark.parametrize(("msg_type", "fields", "code"), REFUSED.values(), ids=REFUSED)
    def test_a_client_with_hostile_fields_is_refused(
        self, world: World, tmp_path: Path, msg_type: str, fields: dict[str, Any], code: str
    ):
        a = world.agent("A")
        (field,) = (name for name, value in fields.items() if value is ...)
        with watching(world) as watch:
            for text in [*TEXTS.values(), *ALMOST_A_NUMBER.values()]:
                filled = fields | {field: spelt(text, tmp_path)}
                reply = a.refused(code, msg_type, **filled)
                assert field in reply["msg"] or code == "4101", reply
            a.refused("4100", msg_type, **fields | {field: "\ud800"})
            a.got_nothing_more()
            assert watch.legs() == []
            assert EVIL not in watch.orders()
        assert a.ok("get_status")["status"] == "FREE"
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", sorted(TEXTS.keys() - {"written line feed"}))
    def test_a_client_with_a_hostile_address_is_refused(self, world: World, name: str):
        a = world.agent("A")
        reply = a.refused("4002", "checkin", agent_pwd="example", agent_ip=TEXTS[name])
        assert "agent_ip" in reply["msg"]
        assert a.ok("get_status")["status"] == "FREE"

    def test_a_client_gets_its_free_text_back_and_the_switch_never_sees_it(
        self, world: World, tmp_path: Path
    ):
        a, text = world.agent("A"), spelt("\t".join(TEXTS.values()), tmp_path)[:256]
        with watching(world) as watch:
            fields = {"callee_number": OUTSIDE["C"], "work_order_id": text, "os": text[:64]}
            a.send("call", req_id=text[:128], **fields)
            reply = a.answer_of(text[:128])
            assert (reply["code"], reply["req_id"]) == ("0", text[:128])
            assert a.gets("CALL.I")["work_order_id"] == text
            a.gets("FREE>RINGING")
            world.phone("A").wait_ringing()
            world.phone("A").answer()
            a.gets("RINGING>CALLING")
            world.phone("C").wait_ringing()
            assert world.caller_seen_by("C") == CALLER_ID
            world.phone("C").answer()
            assert a.gets("CALL.S")["work_order_id"] == text
            for leg in watch.legs():
                assert EVIL not in world.lab.esl.api(f"uuid_dump {leg} json")
            a.ok("hangup", uuid=reply["uuid"])
            assert a.gets("CALL.E+")["work_order_id"] == text
            a.gets("CALLING>FREE")
            assert EVIL not in watch.orders()
        assert list(tmp_path.iterdir()) == []
