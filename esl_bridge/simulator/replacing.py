"""A caller takes a leg's place by SIP's ``Replaces``, past the dialplan (measured)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esl_bridge.simulator.activity import ParkedActivity, RunningApplication
from esl_bridge.simulator.bridging import partner

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.phone import SimPhone
    from esl_bridge.simulator.switch import SimulatedSwitch


def take_place(switch: SimulatedSwitch, phone: SimPhone, leg: SimulatedChannel) -> SimulatedChannel:
    """The leg's partner is bridged to the caller; a leg without a partner is ended, and the caller
    continues what it did."""
    talks_to = partner(leg)
    replacing_leg = switch.dial_in(phone, "intruder")
    replacing_leg.variables["sip_replaces_call_id"] = leg.uuid
    replacing_leg.other = leg
    if talks_to is None:
        goes_on = _does(leg)
        leg.hangup("ATTENDED_TRANSFER")
    else:
        goes_on = f"intercept:{talks_to.uuid}"
    replacing_leg.after_create = lambda: replacing_leg.thread.route_inline(f"answer,{goes_on}")
    return replacing_leg


def _does(leg: SimulatedChannel) -> str:
    activity = leg.activity
    if isinstance(activity, RunningApplication):
        return f"{activity.name}:{activity.data}"
    return "park" if isinstance(activity, ParkedActivity) else "hangup"
