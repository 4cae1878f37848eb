"""answer, pickup: asks the phone of a ringing leg to answer."""

from typing import Annotated

from msgspec import Meta

from esl_bridge.protocol.envelope import CallinChannel, LegId, WithMedia


class Answer(WithMedia, frozen=True, kw_only=True, tag="answer"):
    """``callin_channel`` as the ``callin`` had it. Its reply has no fields of its own."""

    req_id: Annotated[str, Meta(max_length=128)] = ""
    uuid: LegId
    callin_channel: CallinChannel | None = None
