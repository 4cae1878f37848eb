"""What an event reports is also shown by the list and by a dump; all three change a leg alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from esl_bridge.domain.leg import Leg
from esl_bridge.esl import channels, decoding
from esl_bridge.esl.channels import Channel
from esl_bridge.reactions import resync
from tests.builders import COMPANY, NAMES, OUTSIDE, TenantHarness

Columns = Mapping[str, str]
"""A leg's state at the switch, in the words of the list of channels; ``partner``: the leg that it
is bridged with."""

WAITS = {"callstate": "ACTIVE", "state": "CS_EXECUTE"}
PARKED = WAITS | {"application": "park"}
CONFERS = WAITS | {"application": "conference", "application_data": "r-1@esl_bridge"}


def talks(partner: str, callstate: str = "ACTIVE") -> Columns:
    return {"callstate": callstate, "state": "CS_EXCHANGE_MEDIA", "partner": partner}


class Scene(NamedTuple):
    """``event``: the headers of what happens; ``legs``: what the switch shows afterwards."""

    event: Mapping[str, str]
    legs: Mapping[str, Columns]


def rings(harness: TenantHarness) -> Scene:
    near, _ = harness.begin_call("A", "B")
    return Scene(
        {"Event-Name": "CHANNEL_PROGRESS", "Unique-ID": near},
        {near: {"callstate": "RINGING", "state": "CS_CONSUME_MEDIA"}},
    )


def sends_early_media(harness: TenantHarness) -> Scene:
    near, _ = harness.begin_call("A", "B")
    return Scene(
        {"Event-Name": "CHANNEL_PROGRESS_MEDIA", "Unique-ID": near},
        {near: {"callstate": "EARLY", "state": "CS_CONSUME_MEDIA"}},
    )


def is_answered(harness: TenantHarness) -> Scene:
    near, _ = harness.begin_call("A", "B")
    harness.rings(near)
    return Scene({"Event-Name": "CHANNEL_ANSWER", "Unique-ID": near}, {near: WAITS})


def begin_to_talk(harness: TenantHarness) -> Scene:
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.pick_up(far)
    return Scene(
        {"Event-Name": "CHANNEL_BRIDGE", "Bridge-A-Unique-ID": near, "Bridge-B-Unique-ID": far},
        {near: talks(far), far: talks(near)},
    )


def cease_to_talk(harness: TenantHarness) -> Scene:
    near, far = harness.talk("A", "B")
    return Scene(
        {"Event-Name": "CHANNEL_UNBRIDGE", "Bridge-A-Unique-ID": near, "Bridge-B-Unique-ID": far},
        {near: WAITS, far: WAITS},
    )


def of_a_room(action: str, leg: str) -> Mapping[str, str]:
    return {
        "Event-Name": "CUSTOM",
        "Event-Subclass": "conference::maintenance",
        "Action": action,
        "Conference-Name": "r-1",
        "Unique-ID": leg,
    }


def enters_a_room(harness: TenantHarness) -> Scene:
    near, far = harness.talk("A", "B")
    harness.unbridge(near, far)
    return Scene(of_a_room("add-member", near), {near: CONFERS, far: WAITS})


def leaves_a_room(harness: TenantHarness) -> Scene:
    scene = enters_a_room(harness)
    happens(harness, scene)
    [near, far] = scene.legs
    return Scene(of_a_room("del-member", near), {near: WAITS, far: WAITS})


def holds(harness: TenantHarness) -> Scene:
    near, far = harness.talk("A", "B")
    return Scene(
        {"Event-Name": "CHANNEL_HOLD", "Unique-ID": near},
        {near: talks(far, "HELD"), far: talks(near)},
    )


def retrieves(harness: TenantHarness) -> Scene:
    scene = holds(harness)
    happens(harness, scene)
    [near, far] = scene.legs
    return Scene(
        {"Event-Name": "CHANNEL_UNHOLD", "Unique-ID": near},
        {near: talks(far, "UNHELD"), far: talks(near)},
    )


def listens(harness: TenantHarness) -> Scene:
    near, far = harness.talk("A", OUTSIDE)
    operated = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
    reply: Any = harness.ask("S", "eavesdrop", **operated)
    harness.pick_up(reply.uuid)
    listening = WAITS | {"application": "eavesdrop", "application_data": near}
    return Scene(
        {"Event-Name": "MEDIA_BUG_START", "Unique-ID": near, "Media-Bug-Function": "eavesdrop"},
        {near: talks(far), far: talks(near), reply.uuid: listening},
    )


def happens(harness: TenantHarness, scene: Scene) -> None:
    """The event comes."""
    event = decoding.decode(json.dumps(scene.event).encode())
    assert event is not None
    harness.event(event)


def is_listed(harness: TenantHarness, scene: Scene) -> None:
    """The event was lost; the list is read."""
    listed = as_listed(scene)
    shown = {harness.tenant.legs[uuid]: listed[uuid] for uuid in scene.legs}
    for event in resync.unreported(shown):
        harness.event(event)


def as_listed(scene: Scene) -> Mapping[str, Any]:
    rows = [
        {"uuid": uuid, "call_uuid": min(uuid, columns.get("partner", uuid)), **columns}
        for uuid, columns in scene.legs.items()
    ]
    return dict(channels.observed([*channels.listed(json.dumps({"rows": rows}))]))


def is_dumped(harness: TenantHarness, scene: Scene) -> None:
    """The event was lost; each leg is asked for."""
    there = as_dumped(harness, scene)
    for steps in [*resync.catch_up(harness.tenant, there), *resync.waiting(harness.tenant, there)]:
        harness.run(steps)
    harness.publish_changes()


def as_dumped(harness: TenantHarness, scene: Scene) -> Mapping[Leg, Channel]:
    legs = [harness.tenant.legs[uuid] for uuid in scene.legs]
    dumps = {leg.uuid: dumped(leg, scene.legs[leg.uuid]) for leg in legs}
    there, gone = resync.sort_out(legs, dumps)
    assert not gone
    return there


def dumped(leg: Leg, columns: Columns) -> Channel:
    answers = {"RINGING": "ringing", "EARLY": "early"}
    return channels.read(
        json.dumps(
            {
                "Unique-ID": leg.uuid,
                "Answer-State": answers.get(columns["callstate"], "answered"),
                "Channel-State": columns["state"],
                "Channel-Call-State": columns["callstate"],
                "variable_esl_bridge_company": COMPANY,
                "variable_esl_bridge_contact_id": leg.call.contact_id,
                "variable_current_application": columns.get("application", ""),
                "variable_current_application_data": columns.get("application_data", ""),
                "variable_signal_bond": columns.get("partner", ""),
            }
        )
    )


SOURCES = (happens, is_listed, is_dumped)
SCENES = (
    rings,
    sends_early_media,
    is_answered,
    begin_to_talk,
    cease_to_talk,
    enters_a_room,
    leaves_a_room,
    holds,
    retrieves,
    listens,
)


def outcome(
    prepare: Callable[[TenantHarness], Scene], shows: Callable[[TenantHarness, Scene], None]
) -> Mapping[str, object]:
    """The state of all legs once the switch has shown the scene, and what was done about it."""
    harness = TenantHarness()
    scene = prepare(harness)
    harness.forget()
    before = states(harness)
    shows(harness, scene)
    told = {name: harness.got(name) for name in NAMES}
    assert states(harness) != before or any(told.values()), "the scene shows nothing"
    return {"legs": states(harness), "told": told, "commands": harness.switch.heard}


def states(harness: TenantHarness) -> Mapping[str, object]:
    return {uuid: state(leg) for uuid, leg in harness.tenant.legs.items()}


def state(leg: Leg) -> object:
    position, progress, media = leg.position, leg.progress, leg.media
    return (
        (leg.state, leg.peer and leg.peer.uuid, position.room, position.parked, position.moving),
        (progress.early, progress.talked, progress.answered_ms),
        (media.hold, media.phone_holds, media.of_phone),
    )


@pytest.mark.parametrize("shows", SOURCES[1:], ids=lambda shows: shows.__name__)
@pytest.mark.parametrize("prepare", SCENES, ids=lambda prepare: prepare.__name__)
def test_a_leg_ends_in_the_same_state_whoever_shows_it(prepare, shows):
    assert outcome(prepare, shows) == outcome(prepare, happens)


@pytest.mark.parametrize("prepare", SCENES, ids=lambda prepare: prepare.__name__)
def test_nothing_is_missing_once_the_event_has_come(prepare):
    harness = TenantHarness()
    scene = prepare(harness)
    happens(harness, scene)
    listed = as_listed(scene)
    assert resync.unreported({harness.tenant.legs[uuid]: listed[uuid] for uuid in listed}) == []
    assert resync.unreported(as_dumped(harness, scene)) == []


@pytest.mark.parametrize("prepare", SCENES, ids=lambda prepare: prepare.__name__)
def test_the_list_and_a_dump_show_the_same_place(prepare):
    harness = TenantHarness()
    scene = prepare(harness)
    dumps = {leg.uuid: shown.place for leg, shown in as_dumped(harness, scene).items()}
    assert dumps == {uuid: shown.place for uuid, shown in as_listed(scene).items()}


def is_parked(harness: TenantHarness) -> Scene:
    """A customer whose agent has left."""
    near, far = harness.talk("A", OUTSIDE)
    harness.tenant.legs[near].call.customer = harness.tenant.legs[far]
    harness.unbridge(near, far)
    harness.ends(near)
    event = {"Event-Name": "CHANNEL_PARK", "Unique-ID": far, "Answer-State": "answered"}
    return Scene(event, {far: PARKED})


def test_a_leg_that_is_parked_unheard_is_led_on_by_its_dump():
    """Only a dump has the variables that come with the event; the list tells no more than that it
    is to be asked for."""
    assert outcome(is_parked, is_dumped) == outcome(is_parked, happens)


def test_a_missed_answer_brings_the_video_that_the_phone_allows():
    harness = TenantHarness()
    near, _ = harness.begin_call("A", "B")
    shown = channels.read(
        json.dumps(
            {
                "Unique-ID": near,
                "Answer-State": "answered",
                "variable_remote_video_media_flow": "sendonly",
            }
        )
    )
    [answer] = resync.unreported({harness.tenant.legs[near]: shown})
    harness.event(answer)
    assert harness.tenant.legs[near].media.of_phone.video == 1
