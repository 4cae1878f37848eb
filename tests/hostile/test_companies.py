"""Agents name another company's agents, legs and numbers, in every field of every request that can
hold a name. They get the reply for an unknown name, and nobody in the other company notices.

The schemas say which names fit which field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import inspect

from esl_bridge.domain.company import AgentEntry, Company, Extension, External, Ivr, Route, Skill
from esl_bridge.protocol.envelope import Digits, OriginatingRequest, Request
from esl_bridge.runtime.requests import REQUESTS
from tests.builders import COMPANY, NAMES, OUTSIDE, PASSWORD, TODAY
from tests.daemon import Client, Daemon, PlayingDaemon, idle
from tests.hostile.examples import EXAMPLES, TALKS

THEIRS, X, Y, Z = "90002", "90002_1", "90002_2", "90002_3"
ROLES = {"an agent": X, "a supervisor": Z}
SKILL, MENU, ROOM, NUMBER = "sales", "menu", "round-table", "40010009"
CALLER = "8d0ff3a6-3c1b-4d6f-9a55-6a2f4c1f0b3e"
Answer = tuple[str, list[str]]

ours = {
    "skills": {SKILL: Skill()},
    "ivrs": {MENU: Ivr(extension="ivr_main")},
    "numbers": {NUMBER: Route(agent=NAMES["E"])},
}


def theirs() -> Company:
    agents = {
        one: AgentEntry(password_hash="hash", extension=one, supervisor=one == Z)
        for one in (X, Y, Z)
    }
    external = External(dial="sofia/gateway/carrier/{number}", caller_id="1", allowed=(r"\d+",))
    extensions = {one: Extension(password="ext-secret") for one in agents}
    return Company(code=THEIRS, agents=agents, extensions=extensions, external=external)


# -- what can be tried ------------------------------------------------------------------------


def kind_of(field: inspect.Field) -> inspect.Type:
    kind = field.type
    if isinstance(kind, inspect.UnionType):
        (kind,) = (one for one in kind.types if not isinstance(one, inspect.NoneType))
    return kind


def fields(tag: str) -> list[inspect.Field]:
    shape = inspect.type_info(REQUESTS[tag])
    assert isinstance(shape, inspect.StructType)
    return list(shape.fields)


DIGITS = inspect.type_info(Digits).pattern
NAMELESS = (inspect.EnumType, inspect.LiteralType, inspect.IntType, inspect.BoolType)
NAMING = {
    tag: [one for one in fields(tag) if isinstance(kind_of(one), inspect.StrType)]
    for tag in EXAMPLES
}


def takes(field: inspect.Field, text: str) -> bool:
    kind = kind_of(field)
    assert isinstance(kind, inspect.StrType)
    if kind.pattern == DIGITS:  # keys that are pressed; they are for the far party
        return False
    fits = kind.max_length is None or len(text) <= kind.max_length
    return fits and (kind.pattern is None or re.search(kind.pattern, text) is not None)


def variants(tag: str) -> Iterator[dict[str, Any]]:
    """The good example, and it with each other choice of what it is about."""
    plain = {name: Y if value in NAMES.values() else value for name, value in EXAMPLES[tag].items()}
    if tag == "change_status":
        plain |= {"operated_agent_id": Y, "operated_ext_id": Y}
    yield plain
    about_media = OriginatingRequest.__struct_fields__
    for field in fields(tag):
        kind = kind_of(field)
        if field.name in about_media or not isinstance(kind, inspect.EnumType):
            continue
        for choice in kind.cls:
            yield plain | {field.name: choice.value}


def test_every_type_of_field_is_known_to_these_tests():
    """A new type of field has to be thought about here."""
    for tag in REQUESTS:
        for field in fields(tag):
            kind = kind_of(field)
            if isinstance(kind, inspect.VarTupleType):  # of words that stand in the schema
                assert isinstance(kind.item_type, NAMELESS), (tag, field.name, kind)
            else:
                assert isinstance(kind, (*NAMELESS, inspect.StrType)), (tag, field.name, kind)


# -- the two companies ------------------------------------------------------------------------


class Scene:
    """Ours at work: A talks to B, E is rung for a caller, S is in a room and watches the wall, D is
    FREE. Theirs: one of them sends requests, and talks to Y where the request needs that."""

    def __init__(self, daemon: Daemon, requester: str, tag: str) -> None:
        self.daemon = daemon
        self.requester = requester
        self.tag = tag
        self.begin()

    def begin(self) -> None:
        daemon = self.daemon
        daemon.open()
        self.ours = dict(zip("ABDES", daemon.at_work(*"ABDES"), strict=True))
        for number, agent in enumerate(daemon.tenant.agents.values()):
            agent.token = f"{'a' * 30}{number:02}"  # never like a number
        near, far = daemon.talk(self.ours["A"], "A", "B")
        self.ours["A"].ok("A", "record_control", uuid=near, action="start")
        self._rings_at_e()
        room = self.ours["S"].ok("S", "call", callee_number=ROOM, out_line=2)["uuid"]
        self.ours["S"].ok("S", "team_status")
        legs = [near, far, room, CALLER, self._own("E")]
        self.things = self._things(near, legs)
        self.client = self._theirs_at_work()
        self._publish_changes()
        self.before, self.shown_before = self.state(), self.shown()
        self.theirs_before = self.state(THEIRS)

    def _own(self, name: str) -> str:
        own_leg = self.daemon.tenant.agents[NAMES[name]].own_leg
        assert own_leg is not None
        return own_leg.uuid

    def _rings_at_e(self) -> None:
        marks = {"company": COMPANY, "role": "customer", "number": NUMBER}
        headers = {f"variable_esl_bridge_{name}": value for name, value in marks.items()}
        number = {"Caller-Caller-ID-Number": OUTSIDE}
        self.daemon.event("CHANNEL_PARK", **{"Unique-ID": CALLER}, **number, **headers)
        self.daemon.rings(self._own("E"))

    def _things(self, near: str, legs: list[str]) -> dict[str, list[str]]:
        """What is ours, by what is nowhere and looks the same."""
        tenant = self.daemon.tenant
        return {
            "90001_29999": list(NAMES.values()),
            "call-" + "f" * 32: legs,
            "40019999": [NUMBER],
            "nothing": [SKILL, MENU, ROOM],
            f"{COMPANY}/{TODAY}/call-0.mp3": [f"{COMPANY}/{TODAY}/{near}.mp3"],
            "f" * 32: [one.token for one in tenant.agents.values()],
        }

    def _theirs_at_work(self) -> Client:
        client = self.daemon.client()
        for one in {self.requester, Y}:
            client.ok(one, "checkin", company_code=THEIRS, agent_pwd=PASSWORD)
        self.uuid = ""
        if TALKS in EXAMPLES[self.tag].values():
            call = {"callee_number": Y, "out_line": 0}
            self.uuid = client.ok(self.requester, "call", company_code=THEIRS, **call)["uuid"]
            tenant = self.daemon.tenant_registry.tenants[THEIRS]
            far = next(leg for leg in tenant.legs if leg != self.uuid)
            for leg in (self.uuid, far):
                self.daemon.pick_up(leg)
            self.daemon.bridge(self.uuid, far)
        return client

    def _publish_changes(self) -> None:
        idle()
        for client in (self.client, *self.ours.values()):
            client.take()
        self.daemon.switch.take()

    def send(self, good: dict[str, Any], **named: str) -> Answer:
        """The reply and the switch's commands; checks that none of our agents noticed anything."""
        filled = {name: self.uuid if value == TALKS else value for name, value in good.items()}
        head = {
            "req_id": "r",
            "msg_type": self.tag,
            "company_code": THEIRS,
            "agent_id": self.requester,
        }
        self.client.say(head | filled | named)
        idle()
        told = self.client.take()
        replies = [one for one in told if "seq" not in one and one["msg_type"] != "gap"]
        assert len(replies) == 1, (named, told)
        lines = self.daemon.switch.take()
        assert [client.take() for client in self.ours.values()] == [[]] * 5, named
        assert self.state() == self.before, named
        accepted = replies[0]["code"] == "0" or bool(lines)
        text = json.dumps(told if accepted else replies)
        if lines or self.state(THEIRS) != self.theirs_before:
            self.close()
            self.begin()
        return text, lines

    def state(self, company: str = COMPANY) -> object:
        tenant = self.daemon.tenant_registry.tenants[company]
        agents = [
            (
                one.id,
                one.state,
                one.own_leg,
                one.token,
                one.connection,
                one.registered,
                one.last_reported,
            )
            for one in tenant.agents.values()
        ]
        legs = [
            (
                leg.uuid,
                leg.state,
                leg.peer,
                leg.position.room,
                leg.media.hold,
                leg.media.muted,
                leg.ending,
                leg.agent,
            )
            for leg in tenant.legs.values()
        ]
        return agents, legs, len(tenant.recordings)

    def shown(self) -> list[object]:
        asked = [client.ok(name, "get_status") for name, client in self.ours.items()]
        for client in self.ours.values():
            client.take()
        return [one | {"req_id": ""} for one in asked]

    def close(self) -> None:
        """Checks that all of our agents are shown as before."""
        assert self.shown() == self.shown_before


@pytest.fixture(scope="module")
def daemon() -> Daemon:
    return PlayingDaemon(theirs(), **ours)


def without(answer: Answer, name: str) -> Answer:
    """An answer in which a name, ids and times are not to be seen."""
    text, lines = answer
    text = re.sub(r'"(req_id|curren_time|seq)": ("[^"]*"|\d+)', "", text.replace(name, "NAME"))
    return text, [line.replace(name, "NAME") for line in lines]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tag", sorted(EXAMPLES))
def test_another_companys_things_are_answered_like_things_that_do_not_exist(
    daemon: Daemon, tag: str, role: str
):
    scene = Scene(daemon, ROLES[role], tag)
    for number, good in enumerate(variants(tag)):
        for field in NAMING[tag]:
            in_the_head = field.name in Request.__struct_fields__
            if field.name == "company_code" or (in_the_head and number > 0):
                continue
            for nowhere in scene.things:
                if not takes(field, nowhere):
                    continue
                twin = without(scene.send(good, **{field.name: nowhere}), nowhere)
                for at in range(len(scene.things[nowhere])):
                    thing = scene.things[nowhere][at]
                    answer = scene.send(good, **{field.name: thing})
                    assert without(answer, thing) == twin, (field.name, good, thing)
    scene.close()


@pytest.mark.parametrize("tag", sorted(EXAMPLES.keys() - {"ping"}))
def test_a_request_as_another_companys_agent_is_refused_like_one_as_an_unknown_agent(
    daemon: Daemon, tag: str
):
    """The protocol reveals that a company's code exists, but not its agents."""
    scene = Scene(daemon, Z, tag)
    codes = {"checkin": "4004", "get_token": "4004"}
    wrong = {"agent_pwd": "wrong"} if "agent_pwd" in EXAMPLES[tag] else {}
    (good, *_) = variants(tag)
    in_it = {"company_code": COMPANY}
    twin = scene.send(good | wrong, **in_it, agent_id="90001_29999")
    for agent in NAMES.values():
        answer = scene.send(good | wrong, **in_it, agent_id=agent)
        assert without(answer, agent) == without(twin, "90001_29999")
        assert not answer[1]
        # Not built is said to anybody.
        assert json.loads(answer[0])[0]["code"] == codes.get(tag, "4009")
    scene.close()
