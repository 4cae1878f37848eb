"""Every error that the service reports: one class for each cause, with its protocol code.

An error's text is for logs and tests; clients receive the text for the code in the catalogue of
``esl_bridge.protocol.texts``.

    BridgeError
     ├── CompanyDisabled 1000 … ShuttingDown 5303     one class a code
     ├── BadField 4002                                names its field
     ├── Malformed 4100                               keeps what could be read
     ├── SwitchError                                  raised where a command is awaited
     │    ├── SwitchRefused 9999                      keeps the switch's words
     │    │    ├── LegGone 5206
     │    │    ├── AnswerTooLong 9999
     │    │    ├── OriginateLimitReached 5302
     │    │    └── NotPlayed 5300
     │    └── OutcomeUnknown                         the command may have been done
     │         ├── SwitchUnavailable 5300
     │         └── SwitchTimedOut 5301
     └── Internal 9999
"""
# Classes are named after the condition: NotCheckedIn, not NotCheckedInError.

from typing import ClassVar


class BridgeError(Exception):
    """A cause reported to a client by its ``code``; ``field`` names the bad field, if any, and
    ``hint`` what may have been meant, or what is allowed."""

    code: ClassVar[str]
    field: str | None = None
    hint: str = ""


class CompanyDisabled(BridgeError):
    """The company is switched off in the configuration."""

    code = "1000"


class AgentDisabled(BridgeError):
    """The agent is switched off in the configuration."""

    code = "1001"


class UnknownLeg(BridgeError):
    """No leg with this uuid in the agent's call; another call may have one."""

    code = "4000"


class BadField(BridgeError):
    """A field is missing, of a wrong type, or outside its set.

    >>> BadField("audio").field
    'audio'
    """

    code = "4002"

    def __init__(self, field: str, why: str = "", hint: str = "") -> None:
        super().__init__(f"{field}: {why}" if why else field)
        self.field = field
        self.hint = hint


class WrongPassword(BridgeError):
    """Unknown account or wrong password or token: a client cannot tell which."""

    code = "4004"


class NoExtension(BridgeError):
    """The configuration gives the agent no extension; a check-in cannot name one instead."""

    code = "4005"


class NoSuchExtension(BridgeError):
    """The company has no such extension."""

    code = "4006"


class ExtensionInUse(BridgeError):
    """The extension is bound to another agent that is checked in."""

    code = "4007"


class NoSuchCompany(BridgeError):
    """No company with this code."""

    code = "4008"


class NotCheckedIn(BridgeError):
    """The agent is not checked in on this connection, or the token is not its own."""

    code = "4009"


class CheckedInElsewhere(BridgeError):
    """The agent is checked in on another connection that is alive."""

    code = "4010"


class PhoneNotRegistered(BridgeError):
    """The agent's own extension has no contact at the switch."""

    code = "4011"


class ForeignExtension(BridgeError):
    """The extension is not the agent's."""

    code = "4012"


class BadMsgType(BridgeError):
    """No ``msg_type``, or an unknown one."""

    code = "4014"


class NotInCall(BridgeError):
    """The agent, or the operated one, is not in a call."""

    code = "4016"


class Malformed(BridgeError):
    """The bytes are no message; keeps what could be read."""

    code = "4100"

    def __init__(self, why: str = "", req_id: str = "", msg_type: str = "") -> None:
        super().__init__(why)
        self.req_id = req_id
        self.msg_type = msg_type


class UnknownAgent(BridgeError):
    """A target or operated agent that the company does not have."""

    code = "4101"


class NotAllowed(BridgeError):
    """The agent lacks the role for this."""

    code = "4102"


class WrongState(BridgeError):
    """Allowed in itself, but not in the present state."""

    code = "4103"


class TargetNotFree(BridgeError):
    """The target agent is not FREE, not connected, not registered, or reserved."""

    code = "4104"


class NotBuiltYet(BridgeError):
    """A request of the protocol that this version does not carry out."""

    code = "4105"


class TooManyParties(BridgeError):
    """The call has no room for another party."""

    code = "4106"


class PhoneDidNotAnswer(BridgeError):
    """The phone was asked to answer and did not."""

    code = "4107"


class TooManyCalls(BridgeError):
    """A limit on outbound calls is reached."""

    code = "5000"


class Busy(BridgeError):
    """The far side is busy: SIP 486, 600."""

    code = "5200"


class NoAnswer(BridgeError):
    """The far side rang and was not answered: SIP 408, or the ring ran out."""

    code = "5201"


class Rejected(BridgeError):
    """The far side declined: SIP 603, or an agent's phone with 486."""

    code = "5202"


class Unreachable(BridgeError):
    """The far side cannot be reached: SIP 480, 5xx."""

    code = "5203"


class MediaFailed(Unreachable):
    """The far side and the switch found no media path, or no common codec: SIP 488."""


class InvalidNumber(BridgeError):
    """The carrier does not know the number: SIP 404, 410, 484, 604."""

    code = "5204"


class NumberBarred(BridgeError):
    """The company's number policy forbids it."""

    code = "5205"


class PartyGone(BridgeError):
    """The party that the action was for has hung up."""

    code = "5206"


class Cancelled(BridgeError):
    """Cancelled by the agent."""

    code = "5207"


class TimeLimit(BridgeError):
    """The talk limit is reached."""

    code = "5208"


class SwitchError(BridgeError):
    """The switch did not do what a command asked; raised at the command's ``yield``."""


class SwitchRefused(SwitchError):
    """The switch answered ``-ERR …`` or ``-USAGE …``; ``reply`` keeps its words.

    For a client that is an internal error, unless the operation knows what the words mean.
    """

    code = "9999"

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class LegGone(SwitchRefused):
    """The switch no longer has the leg, whether or not its end was reported."""

    code = "5206"


class AnswerTooLong(SwitchRefused):
    """The switch's answer was longer than the limit, and was discarded."""


class OriginateLimitReached(SwitchRefused):
    """Too many originates are under way; the switch was not asked."""

    code = "5302"

    def __init__(self) -> None:
        super().__init__("too many legs are being set up")


class NotPlayed(SwitchRefused):
    """The switch accepted the command to play a sound, but does not play it."""

    code = "5300"

    def __init__(self, sound: str) -> None:
        super().__init__(f"the switch does not play {sound}")


class OutcomeUnknown(SwitchError):
    """The switch has not said what became of a command; it may have been done."""


class SwitchUnavailable(OutcomeUnknown):
    """There is no link to the switch, or it was lost before the reply."""

    code = "5300"


class SwitchTimedOut(OutcomeUnknown):
    """The switch did not answer in time."""

    code = "5301"


class TooManyRequests(BridgeError):
    """The agent, or its address, exceeds its rate limit."""

    code = "5302"


class ShuttingDown(BridgeError):
    """The service is shutting down and accepts nothing new."""

    code = "5303"


class Internal(BridgeError):
    """An unexpected error; the log has it under the request's id."""

    code = "9999"
