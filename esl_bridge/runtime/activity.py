"""The activity log: one line for each sign-in, refused sign-in and sign-out, and for each call that
has ended.

Anything that a client or a caller wrote is a JSON value in it, in either format: it can neither
break a line nor imitate another field.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic

import msgspec

from esl_bridge.domain.call import Party
from esl_bridge.domain.client_network import network_of
from esl_bridge.domain.domain_events import AgentStateChanged, CallOver, CallWrappedUp, DomainEvent
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import TooManyRequests
from esl_bridge.protocol.codec import Envelope

_LONGEST = 128  # characters kept of what a client wrote
_REFUSALS = 30  # lines a minute for one address
_MINUTE = 60
_SECONDS_KEPT = 512  # of which the text is kept

log = logging.getLogger(__name__)

About = dict[str, object]


class ActivityLog:
    """``write`` takes the fields of a line, in order; ``clock`` returns monotonic seconds."""

    def __init__(
        self,
        write: Callable[[About], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._write = write or _log
        self._clock = clock
        self._minute = 0
        self._refused: Counter[str] = Counter()

    def checkin(self, address: str, envelope: Envelope, code: str) -> None:
        """A check-in from this address was answered with ``code``."""
        if code == "0":
            by = "token" if envelope.fields.get("token") else "password"
            self._write({"event": "signed_in", **_who(address, envelope), "by": by})
        else:
            self._refusal("sign_in_refused", address, envelope, code)

    def get_token(self, address: str, envelope: Envelope, code: str) -> None:
        """A ``get_token`` from this address was answered with ``code``."""
        if code == "0":
            self._write({"event": "token_given", **_who(address, envelope)})
        else:
            self._refusal("token_refused", address, envelope, code)

    def _refusal(self, event: str, address: str, envelope: Envelope, code: str) -> None:
        if code != TooManyRequests.code and self._may_tell(address):
            self._write({"event": event, **_who(address, envelope), "code": code})

    def _may_tell(self, address: str) -> bool:
        """Limits the lines, so that repeated attempts cannot fill the disk."""
        minute = int(self._clock() / _MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._refused.clear()
        where = network_of(address) if address else ""
        self._refused[where] += 1
        return self._refused[where] <= _REFUSALS

    def follow(self, tenant: Tenant, domain_events: list[DomainEvent]) -> None:
        for item in domain_events:
            match item:
                case AgentStateChanged(status=Status.OFFLINE):
                    self._signed_out(tenant, item)
                case CallOver():
                    self._over(tenant, item)
                case CallWrappedUp():
                    self._wrapped_up(tenant, item)

    def _signed_out(self, tenant: Tenant, event: AgentStateChanged) -> None:
        about: About = {
            "event": "signed_out",
            "company": tenant.company.code,
            "agent": event.agent_id,
        }
        self._write(about | ({"reason": event.reason} if event.reason else {}))

    def _wrapped_up(self, tenant: Tenant, event: CallWrappedUp) -> None:
        """Without the notes, which may say anything about anybody."""
        about: About = {
            "event": "call_wrapped_up",
            "company": tenant.company.code,
            "agent": event.agent_id,
            "uuid": event.own_leg,
            "contact_id": event.contact_id,
        }
        self._write(about | ({"disposition": event.disposition} if event.disposition else {}))

    def _over(self, tenant: Tenant, event: CallOver) -> None:
        """The call's cause is that of the first party to leave."""
        self._write(
            {
                "event": "call_over",
                "company": tenant.company.code,
                "contact_id": event.contact_id,
                **({"work_order_id": event.work_order_id} if event.work_order_id else {}),
                "cause": event.parties[0].cause,
                "parties": [_party(party) for party in event.parties],
            }
        )


def _party(party: Party) -> Mapping[str, str]:
    told = {
        "uuid": party.uuid,
        "agent": party.agent_id,
        "number": party.number,
        "as": party.purpose,
        "began": _time(party.began_ms),
        "answered": _time(party.answered_ms),
        "ended": _time(party.ended_ms),
        "cause": party.cause,
    }
    return {name: value for name, value in told.items() if value}


def _time(milliseconds: int) -> str:
    if not milliseconds:
        return ""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03}+00:00"


@lru_cache(maxsize=_SECONDS_KEPT)
def _second(seconds: int) -> str:
    """Cached, because finished calls contain the same seconds again and again."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def _log(about: About) -> None:
    log.info("%s", about["event"], extra={"about": about})


def _to_json(about: About) -> str:
    """As ASCII: some readers take a U+2028 for the end of a line."""
    text = msgspec.json.encode(about)
    return text.decode() if text.isascii() else json.dumps(about, separators=(",", ":"))


class Lines(logging.Formatter):
    """Formats log lines; activities as JSON where ``as_json``, for programs, else for people."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._as_json = as_json

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """With its time zone, which a reader of another machine's log could not know."""
        moment = datetime.fromtimestamp(record.created).astimezone()
        return moment.isoformat(" ", "milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        about = getattr(record, "about", None)
        if about is None:
            return super().format(record)
        if self._as_json:
            return _to_json({"time": _time(int(record.created * 1000)), **about})
        said = (f"{name}={json.dumps(value)}" for name, value in about.items() if name != "event")
        return f"{super().format(record)} {' '.join(said)}"


def _who(address: str, envelope: Envelope) -> About:
    return {
        "company": envelope.company_code[:_LONGEST],
        "agent": envelope.agent_id[:_LONGEST],
        "address": address,
    }
