"""The whole service but for its sockets: clients that write down what they are told, and a switch
that writes down what it is told."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import gevent
import msgspec
from gevent.event import Event
from gevent.pool import Group

from esl_bridge.config.settings import Limits
from esl_bridge.domain.company import DEFAULT_NODE
from esl_bridge.domain.domain_events import DomainEvent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.errors import BridgeError
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.protocol.codec import Form
from esl_bridge.protocol.texts import Language
from esl_bridge.runtime.activity import ActivityLog
from esl_bridge.runtime.audit import Audit
from esl_bridge.runtime.connections import Connection
from esl_bridge.runtime.event_listener import EventListener
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.originate_limiter import OriginateLimiter
from esl_bridge.runtime.queue_sync import QueueSync
from esl_bridge.runtime.reconciler import Reconciler
from esl_bridge.runtime.requests import REQUESTS, Requests
from esl_bridge.runtime.resynchronizer import Resynchronizer
from esl_bridge.runtime.runner import Runner
from esl_bridge.runtime.sessions import Sessions
from esl_bridge.runtime.throttle import LoginGuard, RateLimiter
from tests.builders import (
    COMPANY,
    HOLD,
    NAMES,
    NODES,
    NOW,
    PASSWORD,
    SWITCH_SETTINGS,
    ScriptedSwitch,
    company,
)
from tests.specified import Conversation

SECONDS = 5.0
IDLE = 30.0
_NONE = 1_000_000
GENEROUS = Limits(
    requests_per_second=_NONE,
    requests_in_flight=_NONE,
    originates_in_flight=_NONE,
    password_attempts_per_agent=_NONE,
    password_attempts_per_address=_NONE,
    passwords_waiting=_NONE,
)
"""For tests in which no time passes."""
Message = dict[str, Any]


class Client(Connection):
    """A connection without a socket. ``sent`` is all that was sent to it, in order."""

    def __init__(self, daemon: Daemon, address: str = "192.0.2.7", **options: Any) -> None:
        self.id = 0
        self.address = address
        self.tls = options.get("tls", False)
        self.private = self.tls or ip_address(address).is_loopback
        self.language = options.get("language", "en-US")
        self.form = Form.JSON
        self.checked_in = set()
        self.closed = self.gone = False
        self._waits, self._login_by = 0, 0.0
        self._reads = False
        self._on_checkin = self._on_checkout = lambda _: None
        self.sent: list[Message] = []
        self._daemon = daemon
        self._conversation = Conversation()
        self._arrived = Event()
        self._req_ids = itertools.count(1)

    def send(self, message: bytes) -> None:
        decode = json.loads if self.form is Form.JSON else _from_msgpack
        self.sent.append(decode(message))
        self._conversation.received(self.sent[-1])
        self._arrived.set()

    def close(self, code: int, reason: str = "") -> None:
        self.closed = True

    def _take(self, data: bytes) -> Iterator[None]:
        raise NotImplementedError

    def _probe(self) -> None:
        pass

    def _may_say_more(self) -> bool:
        raise NotImplementedError

    # -- as a client ----------------------------------------------------------------------------

    def say(self, message: object) -> None:
        """Send a message as it is: bytes, or what JSON makes of it."""
        if isinstance(message, dict):
            self._conversation.sent(message)
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        self._daemon.requests.on_message(self, data, self.form)

    def begin(self, name: str, msg_type: str, **fields: Any) -> str:
        """Send a request and do not wait; gives its id. A field that is ... is left out."""
        envelope = {
            "req_id": f"q{next(self._req_ids)}",
            "msg_type": msg_type,
            "company_code": COMPANY,
            "agent_id": NAMES.get(name, name),
        }
        message = {k: value for k, value in (envelope | fields).items() if value is not ...}
        self.say(message)
        return str(message.get("req_id", ""))

    def reply(self, req_id: str) -> Message:
        """The reply to a request, waited for."""
        self.until(lambda: self._replies(req_id))
        return self._replies(req_id)[0]

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait for something that is so once enough was sent to this client."""
        with gevent.Timeout(SECONDS):
            while not is_so():
                self._arrived.clear()
                self._arrived.wait()

    def ask(self, name: str, msg_type: str, **fields: Any) -> Message:
        return self.reply(self.begin(name, msg_type, **fields))

    def ok(self, name: str, msg_type: str, **fields: Any) -> Message:
        reply = self.ask(name, msg_type, **fields)
        assert reply["code"] == "0", reply
        return reply

    def checkin(self, name: str, **fields: Any) -> Message:
        return self.ok(name, "checkin", **{"agent_pwd": PASSWORD} | fields)

    def take(self) -> list[Message]:
        sent, self.sent = self.sent, []
        return sent

    def pushes(self, *kinds: str) -> list[Message]:
        """What came by itself, of these kinds or of all."""
        own_leg = [each for each in self.sent if "seq" in each]
        return [each for each in own_leg if not kinds or each["msg_type"] in kinds]

    def _replies(self, req_id: str) -> list[Message]:
        return [each for each in self.sent if "seq" not in each and each.get("req_id") == req_id]


class Daemon:
    """``companies`` by their code; ``history`` and ``grace`` as ``Sessions`` has them."""

    def __init__(
        self,
        *others: Any,
        history: int = 1000,
        grace: float = 30,
        token: float = 600,
        away: float = 30,
        limits: Limits = GENEROUS,
        first_id: int = 1,
        **changes: Any,
    ) -> None:
        self.now = 0.0
        self._answers = Group()
        self._told = Event()
        self._first_id = first_id
        self._ids = itertools.count(first_id)
        self.note: Callable[..., None] = lambda *_: None
        self.switch = ScriptedSwitch()
        new_id = lambda: f"{next(self._ids):032x}"  # noqa: E731
        self.tenant_registry = TenantRegistry(
            NODES, new_id, lambda: self.now, lambda: NOW, lambda: 0
        )
        self.companies = {COMPANY: company(**changes)} | {one.code: one for one in others}
        self.metrics = Metrics(REQUESTS)
        self.verify: Callable[[Any, str], bool] = lambda known, password: (
            known is not None and password == PASSWORD
        )
        gate = LoginGuard(
            lambda known, password: self.verify(known, password),
            limits.password_attempts_per_agent,
            limits.password_attempts_per_address,
            limits.passwords_waiting,
            lambda: self.now,
        )
        self.originate_limiter = OriginateLimiter(
            self._send, limits.originates_in_flight, limits.reply_seconds, limits.job_seconds
        )
        self.runner = Runner(
            self.originate_limiter.send,
            gate.verify,
            self._deliver,
            lambda *noted: self.note(*noted),
        )
        self.sessions = Sessions(
            self.runner.publish_changes,
            Language.CHINESE,
            history,
            grace=grace,
            idle=IDLE,
            token=token,
            clock=lambda: self.now,
        )
        pace = RateLimiter(limits.requests_per_second, limits.requests_in_flight, lambda: self.now)
        self.audited: list[bytes] = []
        self.audit = Audit(self.tenant_registry, self.audited.append)
        self.lines: list[dict[str, object]] = []
        self.activity = ActivityLog(self.lines.append, lambda: self.now)
        self.requests = Requests(
            self.tenant_registry,
            self.runner,
            self.sessions,
            self.metrics,
            pace,
            self.audit,
            self.activity,
            32,
        )
        self.repaired: Counter[str] = Counter()
        self.queue_sync = QueueSync(
            self.tenant_registry, self.runner, self.switch, self._made_good, 30
        )
        self.resynchronizer = Resynchronizer(
            self.tenant_registry,
            self.runner,
            self.switch,
            SWITCH_SETTINGS,
            sync_queues=self._sync_queues,
        )
        self.event_listener = EventListener(
            self.tenant_registry,
            self.runner,
            self.metrics,
            self.resynchronizer,
            self.originate_limiter,
            away,
        )
        self.reconciler = Reconciler(
            self.tenant_registry,
            self.runner,
            self.resynchronizer,
            self._hear_out,
            self._made_good,
            30,
        )
        self.on_their_way: list[Callable[[], None]] = []
        """What the switch has told, and is heard when it is heard out."""
        self.open()

    @property
    def owners(self) -> dict[str, Tenant]:
        """The tenants of all legs on the switch."""
        return self.tenant_registry.owners[DEFAULT_NODE]

    def _send(self, command: Command, then: ReplyHandler) -> None:
        """The answer comes when others have had their turn."""
        self._answers.spawn(lambda: then(answer_of(self.switch, command)))

    def _sync_queues(self) -> None:
        self.queue_sync.begin()
        self._answers.spawn(self.queue_sync.round)

    def _hear_out(self) -> None:
        while self.on_their_way:
            self.on_their_way.pop(0)()

    def _made_good(self, name: str, number: int) -> None:
        self.repaired[name] += number

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait for something that is so once enough has been told, to whomever."""
        with gevent.Timeout(SECONDS):
            while not is_so():
                self._told.clear()
                self._told.wait()

    def open(self) -> None:
        """Begin anew: the same companies, with nobody at work and the same ids to come."""
        self._answers.kill()
        self.runner.forget()
        self._ids = itertools.count(self._first_id)
        self.tenant_registry.tenants.clear()
        self.owners.clear()
        self.tenant_registry.reconfigure(self.companies)
        self.tenant = self.tenant_registry.tenants[COMPANY]
        for tenant in self.tenant_registry.tenants.values():
            tenant.switch_up = True
            for agent in tenant.agents.values():
                agent.registered_at = {DEFAULT_NODE: ()}

    def client(self, address: str = "192.0.2.7", **options: Any) -> Client:
        return Client(self, address, **options)

    def at_work(self, *names: str) -> list[Client]:
        """A client for each agent, checked in."""
        clients = [self.client() for _ in names]
        for client, name in zip(clients, names, strict=True):
            client.checkin(name)
        return clients

    def event(self, name: str, **headers: Any) -> None:
        self.event_listener.on_event(json.dumps({"Event-Name": name} | headers).encode())
        idle()

    def rings(self, leg: str) -> None:
        self.event("CHANNEL_PROGRESS", **{"Unique-ID": leg})

    def pick_up(self, leg: str) -> None:
        self.rings(leg)
        self.event("CHANNEL_ANSWER", **{"Unique-ID": leg})

    def bridge(self, leg: str, other: str) -> None:
        self.event("CHANNEL_BRIDGE", **{"Bridge-A-Unique-ID": leg, "Bridge-B-Unique-ID": other})

    def ends(self, leg: str, cause: str = "NORMAL_CLEARING") -> None:
        self.event("CHANNEL_HANGUP", **{"Unique-ID": leg, "Hangup-Cause": cause})
        self.event("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": leg, "Hangup-Cause": cause})

    def talk(self, client: Client, name: str, to: str) -> tuple[str, str]:
        """A call of an agent's to another, up to the talk."""
        near = client.ok(name, "call", callee_number=NAMES[to], out_line=0)["uuid"]
        far = next(leg for leg in self.tenant.legs if leg != near and leg.startswith("call-"))
        self.pick_up(near)
        self.pick_up(far)
        self.bridge(near, far)
        return near, far

    def _deliver(self, tenant: Any, domain_events: list[DomainEvent]) -> None:
        self.audit.follow(tenant, domain_events)
        self.activity.follow(tenant, domain_events)
        self.sessions.deliver(tenant, domain_events)
        self._told.set()


class PlayingDaemon(Daemon):
    """Its switch plays what it is asked to, and ends it: a hold is answered when that is seen."""

    def _send(self, command: Command, then: ReplyHandler) -> None:
        super()._send(command, then)
        told = {"uuid_broadcast": "PLAYBACK_START", "uuid_break": "PLAYBACK_STOP"}
        if (name := told.get(command.words[0])) is not None:
            leg = {"Unique-ID": command.words[1], "Playback-File-Path": HOLD}
            self._answers.spawn(lambda: self.event(name, **leg))


def answer_of(run: Callable[[Command], str], command: Command) -> Any:
    """What it returns, or what it raises."""
    try:
        return run(command)
    except BridgeError as error:
        return error


def idle() -> None:
    """Let everything go on that can go on."""
    for _ in range(8):
        gevent.sleep(0)


def _from_msgpack(data: bytes) -> Message:
    message: Message = msgspec.msgpack.decode(data)
    return message
