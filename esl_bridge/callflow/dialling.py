"""How legs are dialled: endpoint, channel variables, limits that the switch keeps by itself."""

from __future__ import annotations

from esl_bridge.callflow import contacts, failsafe_timers
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import numbers
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg, LegState
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl import commands, dialstring

TALK_SECONDS = 28_800
"""How long a talk may last that no request says it of; the default of those that do."""


def marks(tenant: Tenant, leg: Leg) -> dict[str, str]:
    """Whose leg this is, so that it can be told from the switch alone."""
    variables = {"esl_bridge_company": tenant.company.code, "esl_bridge_role": leg.purpose.lower()}
    if leg.agent is not None:
        variables |= {"esl_bridge_agent": leg.agent.id, **as_extension(tenant, leg.agent)}
    else:  # its destination is another once it has been sent to music
        variables["esl_bridge_dialled"] = leg.number
    return variables | contacts.variables(leg.call)


def caller_shown(number: str) -> str:
    """A caller's number as a phone may be shown it: what the outside sent can be anything."""
    return number if dialstring.is_number(number) else numbers.WITHHELD


def endpoint(tenant: Tenant, leg: Leg) -> str:
    if leg.agent is not None:
        return agents_phone(tenant, leg.agent)
    return dialstring.outside(tenant.policy.judge(leg.number).dial, leg.number)


def agents_phone(tenant: Tenant, agent: Agent) -> str:
    """Of several phones the newest: the switch would take the second of those in its table, as
    its look-up is written (measured, source)."""
    if dialstring.is_plain(agent.newest):
        return dialstring.at(agent.newest, tenant.switch_settings.profile)
    return dialstring.user(agent.extension, tenant.switch_settings.domain)


def as_extension(tenant: Tenant, agent: Agent) -> dict[str, str]:
    """What the directory's dial-string says of each phone, for one that is called past it."""
    if not dialstring.is_plain(agent.newest):
        return {}
    domain = tenant.switch_settings.domain
    return {
        "outbound_redirect_fatal": "true",
        "sip_invite_domain": domain,
        "presence_id": f"{agent.extension}@{domain}",
        "origination_callee_id_number": agent.extension,
    }


def talk_limit(seconds: int) -> str:
    """Ends a leg some seconds after its answer, with the cause ALLOTTED_TIMEOUT.

    One colon: done at once, behind ``sched_cancel`` of the ring limit, which stands before it. What
    is queued by two may find the leg with the music of a phone that holds already, and the switch
    then forgets that it plays: it goes on behind the hold (measured: 1 of 5; source).
    """
    return f"sched_hangup:+{seconds}"


def ring_limit(seconds: int) -> dict[str, str]:
    """Ends a leg some seconds after it has begun to ring, with the cause ALLOTTED_TIMEOUT, unless
    it has been answered; ``leg_timeout`` alone is given up at the first early media (measured).

    Not by ``execute_on_originate``: for ``user/`` the switch does that once more behind the answer,
    and ends the talk (measured).
    """
    limit = f"sched_hangup:+{seconds}"  # one colon: as of the talk limit
    return {
        "leg_timeout": str(seconds),
        "execute_on_ring": limit,
        "execute_on_pre_answer": limit,
        "execute_on_answer_rings_no_more": "sched_cancel",
    }


def shows(number: str) -> dict[str, str]:
    """What a phone shows of who calls. Without a name the switch says "Outbound Call"."""
    shown = caller_shown(number)
    return {"origination_caller_id_number": shown, "origination_caller_id_name": shown}


def timers(agent: Agent) -> dict[str, str]:
    """By which the switch notices that a phone is gone; of one with a WebSocket it tells that."""
    return dialstring.NO_SESSION_TIMERS if agent.websocket else {}


def _offer(leg: Leg) -> dict[str, str]:
    """What a phone of the company's is asked for. Others have a profile that is not ours."""
    if leg.agent is None:
        return {}
    pictures = dialstring.WITH_PICTURES if leg.media.video else {}
    return timers(leg.agent) | pictures


def own_phone(tenant: Tenant, near: Leg, number: str) -> dialstring.OriginateLeg:
    """The agent's own phone, called first; it shows whom the call is for, and may know by its uuid
    that the agent has asked for it."""
    variables = {
        **marks(tenant, near),
        **shows(number),
        **_offer(near),
        "sip_h_X-Call-UUID": near.uuid,
        # Or whoever is called next has it in its INVITE, too.
        "sip_copy_custom_headers": "false",
        **({"sip_auto_answer": "true"} if tenant.company.answer_own_leg else {}),
        "originate_timeout": str(tenant.company.ring_seconds),
        # Early media would end the originate: others were called before anybody has answered.
        "ignore_early_media": "true",
        "hangup_after_bridge": "true",
        # Not as a tone_stream:// of its own: that ends after one cadence, and the call with it.
        "ringback": dialstring.RINGBACK,
        **dialstring.KEYS_END_NOTHING,
        **failsafe_timers.held(),
    }
    return dialstring.OriginateLeg(near.uuid, endpoint(tenant, near), variables)


def far_phone(tenant: Tenant, far: Leg, ring: int, talk: int) -> dialstring.OriginateLeg:
    """The party called; ``ring`` and ``talk`` are seconds."""
    variables = {
        **marks(tenant, far),
        **shows(_shown_at(tenant, far)),
        **_offer(far),
        # Or whoever answers 302 has a number called that nobody has held against the policy.
        "outbound_redirect_fatal": "true",
        # Or only the codec that the caller's phone has chosen is offered.
        "media_mix_inbound_outbound_codecs": "true",
        **ring_limit(ring),
        "hangup_after_bridge": "true",
        "execute_on_answer": talk_limit(talk),
        **dialstring.KEYS_END_NOTHING,
    }
    return dialstring.OriginateLeg(far.uuid, endpoint(tenant, far), variables)


def offered_phone(tenant: Tenant, leg: Leg, ring: int, talk: int) -> dialstring.OriginateLeg:
    """A phone that rings for a customer who waits, and is parked until it is joined to it."""
    phone = far_phone(tenant, leg, ring, talk)
    net = {
        "originate_timeout": str(ring),
        **failsafe_timers.parked(tenant),
        "ignore_early_media": "true",  # as of one's own phone
    }
    return dialstring.OriginateLeg(phone.uuid, phone.endpoint, phone.variables | net)


def dial(leg: Leg, phone: dialstring.OriginateLeg, then: dialstring.Then) -> Steps:
    """Have a leg called. Of one that the switch has told of it has understood the command, whatever
    became of the answer."""
    try:
        yield commands.originate(phone, then)
    except (SwitchTimedOut, SwitchUnavailable):
        if leg.state is LegState.SETTING_UP:
            raise


def _shown_at(tenant: Tenant, far: Leg) -> str:
    """An agent sees who calls, the outside the company's own number."""
    external = tenant.company.external
    return far.caller if far.inside or external is None else external.caller_id
