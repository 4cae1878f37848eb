"""The daemon's own settings: frozen values with their defaults.

Constraints stand with the fields; ``description`` is the message shown where a value violates them.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from esl_bridge.domain.company import (
    DEFAULT_NODE,
    Companies,
    Company,
    Count,
    Identifier,
    SwitchSecret,
)
from esl_bridge.domain.switch_settings import IceServer
from esl_bridge.protocol.texts import Language

_HOST_PATTERN = r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)"
_PORT_PATTERN = r"(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"

Address = Annotated[
    str, Meta(pattern=rf"\A{_HOST_PATTERN}:{_PORT_PATTERN}\Z", description="HOST:PORT")
]
Network = Annotated[
    str,
    Meta(pattern=r"\A[0-9A-Fa-f:.]+(?:/\d{1,3})?\Z", description="an address, or ADDRESS/BITS"),
]
Host = Annotated[
    str, Meta(pattern=r"\A[0-9A-Za-z.:-]{1,253}\Z", description="a host's name or address")
]
Port = Annotated[int, Meta(ge=1, le=65_535, description="a port, 1 to 65535")]
SwitchUser = Annotated[
    str, Meta(pattern=r"\A[0-9A-Za-z_.-]+@[0-9A-Za-z.-]+\Z", description="USER@DOMAIN")
]
STATE_FILE = "sqlite:///"
StateLocation = Annotated[
    str, Meta(pattern=rf"\A(?:memory:?|{STATE_FILE}.+)\Z", description="memory or sqlite:///FILE")
]
Folder = Annotated[
    str, Meta(pattern=r"\A/[0-9A-Za-z_./-]*\Z", description="an absolute path without blanks")
]
SoundPath = Annotated[
    str, Meta(pattern=r"\A[0-9A-Za-z_.:/-]+\Z", description="a file or stream of the switch")
]
WebOrigin = Annotated[
    str, Meta(pattern=r"\Ahttps?://[^/\s]+\Z", description="https://HOST[:PORT], no path")
]
Url = Annotated[str, Meta(pattern=r"\Awss?://\S+\Z", description="wss://HOST[:PORT][/PATH]")]
Interval = Annotated[float, Meta(gt=0, description="seconds, above 0")]
Grace = Annotated[float, Meta(ge=0, description="seconds, from 0")]


IpAddress = Annotated[str, Meta(pattern=r"\A[0-9A-Fa-f:.]+\Z", description="an IP address")]


class Listen(Struct, frozen=True, kw_only=True):
    """Where the service listens; ``gateways`` None: not at all. ``trusted_proxies``: proxies that
    may name their clients."""

    agents: Address = "127.0.0.1:8780"
    gateways: Address | None = None
    certificate: Path | None = None
    key: Path | None = None
    origins: tuple[WebOrigin, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()


class Sounds(Struct, frozen=True, kw_only=True):
    """Sounds that the switch plays."""

    hold: SoundPath = "local_stream://moh"


class SwitchConfig(Struct, frozen=True, kw_only=True):
    """The switch, and what phones and renderers have to know of it.

    ``user`` None: the password alone. ``pbx``, ``rtc`` and ``ice_servers`` are handed out by
    checkin. ``ws_address`` None: see ``ws_host``.
    ``recordings``: a folder on the switch's machine. ``external_ip``: the address by which phones
    outside of the switch's own network reach it, None where there is no NAT before it.
    ``daemon_networks``: from where daemons on other machines may use the event socket.
    ``contacts_elsewhere``: whether phones may be called at other addresses than they register from.
    """

    host: Host = "127.0.0.1"
    port: Port = 8021
    user: SwitchUser | None = None
    password: SwitchSecret
    domain: Host = "esl-bridge.local"
    profile: Identifier = "esl_bridge"
    sip_port: Port = 5070
    ws_port: Port = 5067
    ws_address: Host | None = None
    pbx: Address = "127.0.0.1:5070"
    rtc: Url = "ws://127.0.0.1:5067"
    ice_servers: tuple[IceServer, ...] = ()
    external_ip: IpAddress | None = None
    daemon_networks: tuple[Network, ...] = ()
    contacts_elsewhere: bool = False
    recordings: Folder = "/var/lib/freeswitch/recordings"
    sounds: Sounds = Sounds()

    @property
    def ws_host(self) -> str:
        """The address at which the switch listens for WebSockets: the one that ``rtc`` names.
        Behind ``wss`` is a relay, which connects to the loopback. "": the address is unknown,
        because ``rtc`` has a host's name, or an address on the other side of NAT."""
        if self.ws_address is not None:
            return self.ws_address
        url = urlsplit(self.rtc)
        host = url.hostname or ""
        if url.scheme == "wss" or host == "localhost":
            return "127.0.0.1"
        try:
            return "" if host == self.external_ip else str(ip_address(host))
        except ValueError:
            return ""


class Timing(Struct, frozen=True, kw_only=True):
    """Seconds that shape a session.

    ``grace_seconds``: how long an agent stays checked in without a connection.
    ``idle_seconds``: how long a connection may say nothing. ``login_seconds``: how long one may
    only ping and never check in. ``answer_seconds``: how long ``answer`` waits for the phone.
    ``token_seconds``: how long an agent may come back by its token, after the grace time.
    """

    grace_seconds: Grace = 30
    idle_seconds: Interval = 30
    login_seconds: Interval = 60
    answer_seconds: Interval = 5
    token_seconds: Grace = 600


class Limits(Struct, frozen=True, kw_only=True):
    """Every bound of the service; the sample configuration says what each one guards."""

    message_bytes: Count = 65_536
    nesting: Count = 32
    handshake_seconds: Interval = 5
    connections: Count = 20_000
    connections_per_address: Count = 20_000
    login_connections: Count = 1_000
    login_connections_per_address: Count = 100
    messages_per_second: Count = 100
    requests_per_second: Count = 50
    requests_in_flight: Count = 32
    outbox_bytes: Count = 1_048_576
    outbox_seconds: Interval = 10
    originates_in_flight: Count = 1_000
    password_attempts_per_agent: Count = 5
    password_attempts_per_address: Count = 20
    passwords_waiting: Count = 100
    history_pushes: Count = 1_000
    reply_seconds: Interval = 5
    job_seconds: Interval = 310
    unreachable_seconds: Interval = 10
    orphan_leg_seconds: Count = 60
    rejoin_seconds: Count = 20
    reconcile_seconds: Interval = 30
    drain_seconds: Interval = 10


class Settings(Struct, frozen=True, kw_only=True):
    """The daemon's configuration file. Relative paths count from the folder it is in.

    ``switch``: the only FreeSWITCH; ``switches``: each of several, by its name: exactly one of the
    two is given, see ``nodes``.
    ``companies_path``: one file or a folder of them. ``audit`` None: nothing is written.
    ``state``: ``memory``, or ``sqlite:///`` and a path.
    """

    listen: Listen = Listen()
    switch: SwitchConfig | None = None
    switches: Mapping[Identifier, SwitchConfig] = {}
    state: StateLocation = "sqlite:///esl-bridge.db"
    companies_path: Path = field(name="companies")
    audit: Path | None = Path("audit.jsonl")
    language: Language = Language.CHINESE
    timing: Timing = Timing()
    limits: Limits = Limits()

    @property
    def nodes(self) -> Mapping[str, SwitchConfig]:
        """The switches by their names; at least one."""
        return self.switches if self.switch is None else {DEFAULT_NODE: self.switch}

    def homed_on(self, node: str, companies: Companies) -> dict[str, Company]:
        """The companies whose phones and queues are on this switch."""
        first = next(iter(self.nodes))
        return {code: one for code, one in companies.items() if (one.switch or first) == node}

    @property
    def state_path(self) -> Path | None:
        """The state file; None: the state is kept in memory only."""
        path = self.state.removeprefix(STATE_FILE)
        return Path(path) if path != self.state else None


def host_and_port(address: str) -> tuple[str, int]:
    """Split a validated ``HOST:PORT``; removes the brackets of an IPv6 host."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
