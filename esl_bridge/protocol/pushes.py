"""A tenant's domain events as pushes of the protocol."""

from __future__ import annotations

from typing import assert_never

from esl_bridge.domain.domain_events import ActionAdvanced, AgentStateChanged, KickedOff, LegOffered
from esl_bridge.errors import CheckedInElsewhere
from esl_bridge.protocol import texts
from esl_bridge.protocol.messages import AgentChange, Callback, Callin, KickOff, Push
from esl_bridge.protocol.texts import Language

Told = AgentStateChanged | ActionAdvanced | LegOffered | KickedOff
"""Events that are pushed to agents; the others concern timers and connections."""


def push_of(
    event: Told, head: dict[str, str | int], language: Language, now: str, now_ms: int
) -> Push:
    """The push for an event. ``head``: the fields that all pushes have; ``now``: ``YYYY-MM-DD
    HH:MM:SS``, and ``now_ms`` the same in milliseconds of Unix time."""
    match event:
        case AgentStateChanged():
            return _agent_change(event, head)
        case ActionAdvanced():
            return _callback(event, head, language, now, now_ms)
        case LegOffered():
            return _callin(event, head)
        case KickedOff():
            text = texts.say(CheckedInElsewhere.code, language)
            return KickOff(**head, agent_ip=event.agent_ip, code="0", msg=text)  # type: ignore[arg-type]
        case _:
            assert_never(event)


def _agent_change(event: AgentStateChanged, head: dict[str, str | int]) -> AgentChange:
    return AgentChange(
        **head,  # type: ignore[arg-type]
        agent_status=event.status,
        sub_agent_status=event.sub_status or None,
        last_agent_status=event.last_status,
        in_call_numbers=tuple(event.numbers),
        reason=event.reason or None,
        uuid=event.uuid or None,
        contact_id=event.contact_id or None,
        since_ms=event.since_ms,
        until_ms=event.until_ms,
    )


def _callback(
    event: ActionAdvanced, head: dict[str, str | int], language: Language, now: str, now_ms: int
) -> Callback:
    media, last = event.media, event.last_media
    return Callback(
        **head,  # type: ignore[arg-type]
        action=event.kind,
        phase=event.phase,
        success=event.success,
        code=event.code,
        msg=texts.say(event.code, language),
        uuid=event.uuid or None,
        curren_time=now,
        now_ms=now_ms,
        audio=media.audio if media else None,
        video=media.video if media else None,
        last_audio=last.audio if last else None,
        last_video=last.video if last else None,
        change_media_flag=event.change_media_flag,
        work_order_id=event.work_order_id or None,
        contact_id=event.contact_id or None,
        record_file=event.record_file or None,
        record_seconds=event.record_seconds,
        peer_uuid=event.peer_uuid or None,
        display_number=event.display_number or None,
        task_id=event.task.task_id or None,
        number_id=event.task.number_id or None,
        client_number=event.task.client_number or None,
        current_times=event.task.current_times or None,
    )


def _callin(event: LegOffered, head: dict[str, str | int]) -> Callin:
    return Callin(
        **head,  # type: ignore[arg-type]
        uuid=event.uuid,
        caller_number=event.caller,
        callee_number=event.callee,
        flow_data=event.flow_data or None,
        callin_channel=event.channel,
        is_video=int(event.media.video != 0),
        audio=event.media.audio,
        video=event.media.video,
        pixels=event.media.pixels,
        work_order_id=event.work_order_id or None,
        contact_id=event.contact_id or None,
    )
