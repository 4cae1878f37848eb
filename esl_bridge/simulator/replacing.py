"""A caller takes a leg's place by SIP's ``Replaces``: no dialplan is asked (measured)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esl_bridge.simulator.activity import App, Parked
from esl_bridge.simulator.bridging import partner

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import Channel
    from esl_bridge.simulator.phone import SimPhone
    from esl_bridge.simulator.switch import Switch


def take_place(switch: Switch, phone: SimPhone, leg: Channel) -> Channel:
    """Whom the leg talks to is joined to the caller; one that talks to nobody is ended, and the
    caller goes on with what it did."""
    talks_to = partner(leg)
    thief = switch.dial_in(phone, "thief")
    thief.variables["sip_replaces_call_id"] = leg.uuid
    thief.other = leg
    if talks_to is None:
        goes_on = _does(leg)
        leg.hangup("ATTENDED_TRANSFER")
    else:
        goes_on = f"intercept:{talks_to.uuid}"
    thief.after_create = lambda: thief.route_inline(f"answer,{goes_on}")
    return thief


def _does(leg: Channel) -> str:
    activity = leg.activity
    if isinstance(activity, App):
        return f"{activity.name}:{activity.data}"
    return "park" if isinstance(activity, Parked) else "hangup"
