"""A company's configuration: frozen values, validated before they get here.

The constraints stand with the fields; ``description`` is the message shown where a value violates
them. The values are trees, so the garbage collector need not track them: rereading ten thousand
agents does not cause a full collection.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

ID_PATTERN = r"\A[0-9A-Za-z_.-]{1,64}\Z"
NUMBER_PATTERN = r"\A\+?[0-9*#]{1,32}\Z"
_DIAL_PATTERN = r"\A[0-9A-Za-z_.:@/+-]*\{number\}[0-9A-Za-z_.:@/+-]*\Z"
DEFAULT_NODE = "default"
"""The name of the switch where there is only one, and the configuration gives it none."""
_FEW, _SHARE = 2, 10  # company size up to which there is no share; least share, in calls a minute
_ARGON_PATTERN = r"\A\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[0-9A-Za-z+/]+\$[0-9A-Za-z+/]+\Z"

Identifier = Annotated[str, Meta(pattern=ID_PATTERN, description="1 to 64 of 0-9 A-Z a-z _ . -")]
PhoneNumber = Annotated[
    str, Meta(pattern=NUMBER_PATTERN, description="a number: 1 to 32 of 0-9 * #")
]
DialString = Annotated[
    str, Meta(pattern=_DIAL_PATTERN, description="an endpoint with one {number} in it")
]
ArgonHash = Annotated[
    str, Meta(pattern=_ARGON_PATTERN, description="an argon2id hash, as `hash-password` prints it")
]
SwitchSecret = Annotated[
    str,
    Meta(
        pattern=r"\A(?!.*\$\{)[\x21-\x7e]{1,128}\Z",
        description="1 to 128 visible ASCII characters, without '${', which the switch expands",
    ),
]
Seconds = Annotated[int, Meta(ge=0, le=86_400, description="seconds, 0 to 86400")]
RingTimeout = Annotated[int, Meta(ge=1, le=300, description="seconds, 1 to 300")]
RestMinutes = Annotated[int, Meta(ge=1, le=480, description="minutes, 1 to 480")]
Count = Annotated[int, Meta(ge=1, description="a whole number from 1")]
TierLevel = Annotated[int, Meta(ge=1, le=1_000, description="a tier level, 1 to 1000")]
Name = Annotated[str, Meta(max_length=128, description="a text of at most 128 characters")]

Strategy = Literal[
    "longest-idle-agent",
    "ring-all",
    "ring-progressively",
    "round-robin",
    "top-down",
    "agent-with-least-talk-time",
    "agent-with-fewest-calls",
    "sequentially-by-agent-order",
    "random",
]


def folded(extension: str) -> str:
    """The form in which extensions are compared: the switch ignores their case."""
    return extension.lower()


class Route(Struct, frozen=True, kw_only=True, gc=False):
    """Where a caller is routed: exactly one of these is not None."""

    skill: Identifier | None = None
    ivr: Identifier | None = None
    agent: Identifier | None = None
    number: PhoneNumber | None = None


class External(Struct, frozen=True, kw_only=True, gc=False):
    """A company's outbound calls.

    ``dial``: the endpoint, with ``{number}`` in place of the number. ``allowed`` and ``barred``:
    patterns matched against the whole number; a number that no ``allowed`` pattern matches is
    barred. ``max_calls``: outbound legs up at once. ``per_minute``: calls begun in a minute;
    ``per_minute_per_agent``: those begun by one agent, None: see ``agents_share``. ``per_agent``:
    outbound legs that one agent's calls may have up at once.
    """

    dial: DialString
    caller_id: PhoneNumber
    allowed: tuple[str, ...]
    barred: tuple[str, ...] = ()
    max_calls: Count = 100
    per_minute: Count = 60
    per_minute_per_agent: Count | None = None
    per_agent: Count = 3

    def agents_share(self, agents: int) -> int:
        """How many calls each of ``agents`` agents may begin in a minute: half of all by default,
        so that no agent can use up the company's limit. One or two agents may each begin all."""
        if self.per_minute_per_agent is not None:
            return self.per_minute_per_agent
        return self.per_minute if agents <= _FEW else max(_SHARE, -(-self.per_minute // 2))


class Extension(Struct, frozen=True, kw_only=True, gc=False):
    """A phone's account at the switch. ``login_type``: 1 RTC, 2 soft phone."""

    password: SwitchSecret
    login_type: Literal[1, 2] = 2


class AgentEntry(Struct, frozen=True, kw_only=True, gc=False):
    """An agent's entry. ``skills``: the tier level in each queue. ``extension`` None: the agent has
    no phone yet, and cannot check in."""

    name: Name = ""
    enabled: bool = True
    password_hash: ArgonHash
    extension: Identifier | None = None
    skills: Mapping[Identifier, TierLevel] = {}
    supervisor: bool = False


class Skill(Struct, frozen=True, kw_only=True, gc=False):
    """A queue of callers. ``max_wait_seconds`` 0: no limit."""

    name: Name = ""
    strategy: Strategy = "longest-idle-agent"
    ring_seconds: RingTimeout = 20
    max_wait_seconds: Seconds = 120


class Ivr(Struct, frozen=True, kw_only=True, gc=False):
    """A destination in the switch's dialplan."""

    extension: Identifier
    context: Identifier = "esl_bridge"


class Company(Struct, frozen=True, kw_only=True, gc=False):
    """One company; ``code`` is its key in the file.

    ``switch``: the node that the company is homed on; None: the only one. ``wrap_up_seconds`` 0: no
    ARRANGE. ``rest_minutes`` None: a rest without ``rest_min`` does not
    end by itself. ``fallback`` None: a caller that cannot be served is rejected as busy, or hung
    up. ``external`` None: no outbound calls. ``answer_own_leg``: an agent's phone is asked to
    auto-answer the legs that the agent requested. ``numbers``: the company's own numbers, called
    from outside. ``dispositions``: what can come of a call, for ``wrap_up``, with their names.
    """

    code: Identifier
    name: Name = ""
    enabled: bool = True
    switch: Identifier | None = None
    start_status: Literal["FREE", "BUSY", "REST", "ARRANGE"] = "FREE"
    wrap_up_seconds: Seconds = 0
    rest_minutes: RestMinutes | None = None
    ring_seconds: RingTimeout = 20
    take_over: bool = False
    blind_transfer: Literal["return", "release"] = "return"
    missed_offer: Literal["keep", "busy"] = "keep"
    tell_listened: bool = False
    dial_from_phone: bool = False
    answer_own_leg: bool = False
    fallback: Route | None = None
    external: External | None = None
    extensions: Mapping[Identifier, Extension] = {}
    agents: Mapping[Identifier, AgentEntry] = {}
    skills: Mapping[Identifier, Skill] = {}
    ivrs: Mapping[Identifier, Ivr] = {}
    survey: Ivr | None = None
    numbers: Mapping[PhoneNumber, Route] = {}
    dispositions: Mapping[Identifier, Name] = {}


Companies = Mapping[str, Company]
"""Companies by their code."""
