"""Phones come and go: the ``sofia::`` events of it, headers as measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esl_bridge.simulator.events import Headers
    from esl_bridge.simulator.phone import SimPhone
    from esl_bridge.simulator.switch import Switch


def register(switch: Switch, phone: SimPhone) -> None:
    phone.registered = True
    told = _contact(switch, phone) | {"status": "Registered(UDP)", "expires": "600"}
    told |= {"to-user": phone.name, "to-host": switch.domain, "username": phone.name}
    _tell(switch, "register", told | _user(switch, phone))


def unregister(switch: Switch, phone: SimPhone) -> None:
    phone.registered = False
    told = {"username": phone.name} | _contact(switch, phone) | {"expires": "0"}
    _tell(switch, "unregister", told | _user(switch, phone))


def expire(switch: Switch, phone: SimPhone) -> None:
    """The registration ran out; unlike the others this event has no ``from-user``."""
    phone.registered = False
    who = {"user": phone.name, "username": phone.name, "host": switch.domain}
    where = {"contact": _address(phone), "realm": switch.domain, "network-ip": "127.0.0.1"}
    _tell(switch, "expire", who | where | {"expires": str(int(switch.clock.now()))})


def _tell(switch: Switch, what: str, told: Headers) -> None:
    head = {"Event-Subclass": f"sofia::{what}", "profile-name": switch.profile}
    switch.publish("CUSTOM", head | told)


def _address(phone: SimPhone) -> str:
    return f'"" <sip:{phone.contact_user}@127.0.0.1:5080>'


def _contact(switch: Switch, phone: SimPhone) -> Headers:
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


def _user(switch: Switch, phone: SimPhone) -> Headers:
    return {
        "sip_auth_username": phone.name,
        "sip_auth_realm": switch.domain,
        "user_name": phone.name,
        "domain_name": switch.domain,
        "user_context": switch.user_context,
    }
