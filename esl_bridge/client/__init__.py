"""A client of the agent protocol, for programs with threads (or with gevent, where that has patched
them).

    from esl_bridge.client import sign_in

    url = "ws://127.0.0.1:8780/agent"
    with sign_in(url, company="90001", agent="90001_20001", password="example") as bo:
        call = bo.call("13107618845")
        call.wait_talking()
        call.hold()
        call.hold(False)
        call.hang_up()

docs/clients/python.md explains it. The data that the service sends is frozen, and named as in
docs/protocol/PROTOCOL.md: Snapshot is its ``desk``.
"""

from esl_bridge.client.agent_client import AgentClient, Gateway, SignIn, sign_in
from esl_bridge.client.client_call import ClientCall, Ended, LegOptions
from esl_bridge.client.errors import (
    AnswerLost,
    CallFailed,
    ClientError,
    Code,
    NotConnected,
    Refused,
    TimedOut,
)
from esl_bridge.client.session import SignedOut
from esl_bridge.client.team import Directory, Team
from esl_bridge.protocol.messages import AgentCall as CallView
from esl_bridge.protocol.messages import AgentView as Snapshot
from esl_bridge.protocol.messages import CallLeg as Party

__all__ = [
    "AgentClient",
    "AnswerLost",
    "CallFailed",
    "CallView",
    "ClientCall",
    "ClientError",
    "Code",
    "Directory",
    "Ended",
    "Gateway",
    "LegOptions",
    "NotConnected",
    "Party",
    "Refused",
    "SignIn",
    "SignedOut",
    "Snapshot",
    "Team",
    "TimedOut",
    "sign_in",
]
