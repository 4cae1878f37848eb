"""Reads the daemon's file and the companies' files, and checks what concerns more than one
value."""

import os
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import msgspec

from esl_bridge.config.companies import read_companies
from esl_bridge.config.document import Document, Key
from esl_bridge.config.mistakes import ConfigError, Mistake
from esl_bridge.config.reading import ConfigReader
from esl_bridge.config.settings import STATE_FILE, Listen, Settings, SwitchConfig
from esl_bridge.domain.company import Companies, Company
from esl_bridge.domain.switch_settings import IceServer

_STOCK_PASSWORD = "ClueCon"


def load(path: Path | str, *, thorough: bool = False) -> tuple[Settings, dict[str, Company]]:
    """The settings, and each company by its code; raises ConfigError with every mistake.

    ``thorough``: including mistakes with which the daemon would run, but log errors.
    """
    document = Document(Path(path))
    if document.root is None and document.mistakes:
        raise ConfigError(document.mistakes)
    settings = ConfigReader(document).struct(document.root, Settings)
    _judge_listen(settings.listen, document)
    _judge_switches(settings, document)
    state = _state_file(settings.state, document)
    if thorough:
        _judge_writable("audit", settings.audit, document)
        _judge_writable("state", state, document)
    files = _company_files(settings.companies_path, document)
    companies, mistakes = read_companies(files, tuple(settings.switches or settings.nodes))
    _refuse([*document.mistakes, *mistakes])
    if state is not None:
        settings = msgspec.structs.replace(settings, state=f"{STATE_FILE}{state}")
    return settings, companies


def warnings(settings: Settings, companies: Companies) -> list[str]:
    """Settings that are valid but rarely intended."""
    return [
        *(
            f"company {one.code} is disabled: nobody can check in"
            for one in companies.values()
            if not one.enabled
        ),
        *([] if companies else [f"{settings.companies_path}: contains no company"]),
        *_empty(settings.companies_path),
    ]


def _empty(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
        lines = map(str.strip, file.read_text("utf-8").splitlines())
        if all(line.startswith("#") for line in lines if line):
            yield f"{file}: contains no company"


def _refuse(mistakes: list[Mistake]) -> None:
    if mistakes:
        raise ConfigError(sorted(mistakes, key=lambda each: (each.file, each.line)))


def _judge_listen(listen: Listen, document: Document) -> None:
    if (listen.certificate is None) != (listen.key is None):
        document.note(("listen",), "certificate and key belong together")
    for name, file in (("certificate", listen.certificate), ("key", listen.key)):
        if file is not None and not file.is_file():
            document.note(("listen", name), f"no such file: {file}")
    _judge_certificate(listen, document)
    _judge_networks(listen.trusted_proxies, ("listen", "trusted_proxies"), document)
    if listen.gateways is not None and listen.gateways == listen.agents:
        document.note(("listen", "gateways"), "is already the agents' address")


def _judge_networks(networks: tuple[str, ...], field: Key, document: Document) -> None:
    for at, network in enumerate(networks or ()):
        try:
            ip_network(network or "")
        except ValueError as error:
            document.note((*field, f"[{at}]"), str(error))


def _judge_certificate(listen: Listen, document: Document) -> None:
    certificate, key = listen.certificate, listen.key
    if certificate is None or key is None or not (certificate.is_file() and key.is_file()):
        return
    try:
        # An empty password avoids a prompt at the terminal.
        SSLContext(PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        document.note(("listen", "certificate"), f"does not work with the key {key}: {error}")


def _judge_switches(settings: Settings, document: Document) -> None:
    if settings.switches and settings.switch is not None:
        document.note(("switches",), "give either switch or switches, not both")
    elif not settings.nodes:
        document.note(("switch",), "missing, or switches with an entry for each of several")
    if settings.switch is not None:
        _judge_switch(settings.switch, ("switch",), document)
    at: dict[tuple[object, object], str] = {}
    for name, switch in settings.switches.items():
        _judge_switch(switch, ("switches", name), document)
        other = at.setdefault((switch.host, switch.port), name)
        if other != name:
            document.note(("switches", name), f"is at the address of switch {other}")


def _judge_switch(switch: SwitchConfig, key: Key, document: Document) -> None:
    if switch.password == _STOCK_PASSWORD and not _is_loopback(switch.host):
        document.note((*key, "password"), "the stock password, for a switch on another machine")
    _judge_networks(switch.daemon_networks, (*key, "daemon_networks"), document)
    if switch.external_ip:
        try:
            ip_address(switch.external_ip)
        except ValueError as error:
            document.note((*key, "external_ip"), str(error))
    for at, server in enumerate(switch.ice_servers):
        _judge_ice_server(server, (*key, "ice_servers", f"[{at}]"), document)
    user, domain = switch.user, switch.domain
    if user and domain and user.partition("@")[2] != domain:
        document.note((*key, "user"), f"must end in @{switch.domain}")


def _judge_ice_server(server: IceServer, key: Key, document: Document) -> None:
    if not server.urls:
        document.note((*key, "urls"), "must have at least one URL")
    turns = any(url is not None and url.startswith("turn") for url in server.urls or ())
    if turns and not (server.username and server.credential):
        document.note(key, "a TURN server needs username and credential")


def _state_file(place: str | None, document: Document) -> Path | None:
    if place is None or not place.startswith(STATE_FILE):
        return None
    return document.beside(Path(place.removeprefix(STATE_FILE)))


def _judge_writable(key: str, file: Path | None, document: Document) -> None:
    if file is None:
        return
    if file.is_symlink():
        document.note((key,), f"cannot be written: {file} is a link")
        return
    there = file.is_file() if file.exists() else file.parent.is_dir()
    if not there or not os.access(file if file.exists() else file.parent, os.W_OK):
        document.note((key,), f"cannot be written: {file}")


def _is_loopback(host: str | None) -> bool:
    try:
        return host in (None, "localhost") or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _company_files(path: Path | None, document: Document) -> list[Path]:
    if path is None:
        return []
    if not path.is_dir():
        files = [path] if path.is_file() else []
    else:
        files = sorted(each for each in path.iterdir() if each.suffix in (".yaml", ".yml"))
    if not files:
        document.note(("companies",), f"no such file, or no file in it: {path}")
    return files
