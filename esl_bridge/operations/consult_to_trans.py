"""consult_to_trans: hands the customer to the consultant, talking or still ringing."""

from esl_bridge.protocol.envelope import LegId, Request


class ConsultToTrans(Request, frozen=True, kw_only=True, tag="consult_to_trans"):
    """The consultant's leg. Its reply has no fields of its own."""

    consult_uuid: LegId
