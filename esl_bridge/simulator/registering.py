"""Phones register and unregister: the ``sofia::`` events, with headers as measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esl_bridge.simulator.events import Headers
    from esl_bridge.simulator.phone import SimPhone
    from esl_bridge.simulator.switch import SimulatedSwitch

_BEHIND_SECONDS = 0.2
"""A phone that did not unregister is reported first and removed later (measured: 0.1 to 0.3 s)."""


def register(switch: SimulatedSwitch, phone: SimPhone, spelt: str = "") -> None:
    """Registering again moves it to the end. ``spelt``: how it writes its extension."""
    forget(switch, phone)
    phone.registrations += 1
    switch.registered.append(phone)
    told = _contact(switch, phone) | {"status": "Registered(UDP)", "expires": "600"}
    name = spelt or phone.name
    told |= {"to-user": name, "to-host": switch.domain, "username": name}
    _tell(switch, "register", told | _user(switch, phone))


def unregister(switch: SimulatedSwitch, phone: SimPhone) -> None:
    forget(switch, phone)
    told = {"username": phone.name} | _contact(switch, phone) | {"expires": "0"}
    _tell(switch, "unregister", told | _user(switch, phone))


def lose_socket(switch: SimulatedSwitch, phone: SimPhone) -> None:
    """Its WebSocket is lost; the switch fills in few headers of this event."""
    who = {"from-user": phone.name, "from-host": switch.domain, "call-id": phone.contact_user}
    _tell(switch, "unregister", who | {"rpid": "unknown", "reason": "socket-disconnection"})
    before = phone.registrations

    def gone() -> None:
        if phone.registrations == before:  # it has not registered again meanwhile
            forget(switch, phone)

    switch.later(_BEHIND_SECONDS, gone)


def expire(switch: SimulatedSwitch, phone: SimPhone) -> None:
    """The registration expired; unlike the others this event has no ``from-user``."""
    who = {"user": phone.name, "username": phone.name, "host": switch.domain}
    where = {"contact": _address(phone), "realm": switch.domain, "network-ip": "127.0.0.1"}
    _tell(switch, "expire", who | where | {"expires": str(int(switch.clock.now()))})
    switch.later(_BEHIND_SECONDS, lambda: forget(switch, phone))


def forget(switch: SimulatedSwitch, phone: SimPhone) -> None:
    if phone in switch.registered:
        switch.registered.remove(phone)


def _tell(switch: SimulatedSwitch, what: str, told: Headers) -> None:
    head = {"Event-Subclass": f"sofia::{what}", "profile-name": switch.profile}
    switch.publish("CUSTOM", head | told)


def _address(phone: SimPhone) -> str:
    return f'"" <{phone.address}>'


def _contact(switch: SimulatedSwitch, phone: SimPhone) -> Headers:
    return {
        "from-user": phone.name,
        "from-host": switch.domain,
        "contact": _address(phone),
        "call-id": phone.contact_user,
        "rpid": "unknown",
        "realm": switch.domain,
        "network-ip": "127.0.0.1",
        "network-port": "5080",
        "user-agent": "simulated phone",
    }


def _user(switch: SimulatedSwitch, phone: SimPhone) -> Headers:
    return {
        "sip_auth_username": phone.name,
        "sip_auth_realm": switch.domain,
        "user_name": phone.name,
        "domain_name": switch.domain,
        "user_context": switch.user_context,
    }
