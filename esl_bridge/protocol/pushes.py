"""News of a desk in the words of the protocol."""

from __future__ import annotations

from typing import assert_never

from esl_bridge.domain.news import ActionAdvanced, AgentMoved, KickedOff, LegOffered
from esl_bridge.errors import CheckedInElsewhere
from esl_bridge.protocol import texts
from esl_bridge.protocol.messages import AgentChange, Callback, Callin, KickOff, Push
from esl_bridge.protocol.texts import Language

Told = AgentMoved | ActionAdvanced | LegOffered | KickedOff
"""The news that agents are told; the rest is for those who keep time and connections."""


def word(news: Told, head: dict[str, str | int], language: Language, now: str) -> Push:
    """A piece of news as a push. ``head`` has the fields that all pushes have; ``now`` is
    ``YYYY-MM-DD HH:MM:SS``."""
    match news:
        case AgentMoved():
            return _agent_change(news, head)
        case ActionAdvanced():
            return _callback(news, head, language, now)
        case LegOffered():
            return _callin(news, head)
        case KickedOff():
            text = texts.say(CheckedInElsewhere.code, language)
            return KickOff(**head, agent_ip=news.agent_ip, code="0", msg=text)  # type: ignore[arg-type]
        case _:
            assert_never(news)


def _agent_change(news: AgentMoved, head: dict[str, str | int]) -> AgentChange:
    return AgentChange(
        **head,  # type: ignore[arg-type]
        agent_status=news.status,
        sub_agent_status=news.sub_status or None,
        last_agent_status=news.last_status,
        in_call_numbers=tuple(news.numbers),
        reason=news.reason or None,
        uuid=news.uuid or None,
        contact_id=news.contact_id or None,
    )


def _callback(
    news: ActionAdvanced, head: dict[str, str | int], language: Language, now: str
) -> Callback:
    media, last = news.media, news.last_media
    return Callback(
        **head,  # type: ignore[arg-type]
        action=news.kind,
        phase=news.phase,
        success=news.success,
        code=news.code,
        msg=texts.say(news.code, language),
        uuid=news.uuid or None,
        curren_time=now,
        audio=media.audio if media else None,
        video=media.video if media else None,
        last_audio=last.audio if last else None,
        last_video=last.video if last else None,
        change_media_flag=news.change_media_flag,
        work_order_id=news.work_order_id or None,
        contact_id=news.contact_id or None,
        record_file=news.record_file or None,
        record_seconds=news.record_seconds,
    )


def _callin(news: LegOffered, head: dict[str, str | int]) -> Callin:
    return Callin(
        **head,  # type: ignore[arg-type]
        uuid=news.uuid,
        caller_number=news.caller,
        callee_number=news.callee,
        flow_data=news.flow_data or None,
        callin_channel=news.channel,
        is_video=int(news.media.video != 0),
        audio=news.media.audio,
        video=news.media.video,
        pixels=news.media.pixels,
        work_order_id=news.work_order_id or None,
        contact_id=news.contact_id or None,
    )
