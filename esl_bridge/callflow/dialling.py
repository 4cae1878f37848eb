"""How legs are dialled: endpoint, channel variables, and limits that the switch itself enforces."""

from __future__ import annotations

from esl_bridge.callflow import contacts, failsafe_timers
from esl_bridge.callflow.steps import Effect, Steps
from esl_bridge.domain import numbers
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg, LegState
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import commands, dialstring
from esl_bridge.protocol.envelope import USUAL_TALK_SECONDS

TALK_SECONDS = USUAL_TALK_SECONDS
"""The longest talk of a call that no request has set a limit for."""


def marks(tenant: Tenant, leg: Leg) -> dict[str, str]:
    """Variables that identify the leg, so that its owner can be read from the switch alone."""
    variables = {
        "esl_bridge_company": tenant.company.code,
        "esl_bridge_role": leg.origin.purpose.lower(),
    }
    if leg.agent is not None:
        variables |= {"esl_bridge_agent": leg.agent.id, **as_extension(tenant, leg.agent)}
    else:  # the channel's destination changes once the leg is sent to music
        variables["esl_bridge_dialled"] = leg.number
    return variables | contacts.variables(leg.call)


def caller_shown(number: str) -> str:
    """A caller's number as a phone may display it: the outside may send anything."""
    return number if dialstring.is_number(number) else numbers.WITHHELD


def endpoint(tenant: Tenant, leg: Leg) -> str:
    if leg.agent is not None:
        return agents_phone(tenant, leg.agent)
    return dialstring.outside(tenant.policy.judge(leg.number).dial, leg.number)


def agents_phone(tenant: Tenant, agent: Agent) -> str:
    """The agent's newest phone. Given ``user/`` the switch would call the second in its table,
    because of how its look-up is written (measured, source)."""
    if dialstring.is_plain(agent.newest):
        return dialstring.at(agent.newest, tenant.switch_settings.profile)
    return dialstring.user(agent.extension, tenant.switch_settings.domain)


def as_extension(tenant: Tenant, agent: Agent) -> dict[str, str]:
    """The variables that the directory's dial-string sets, for a phone that is called past the
    directory."""
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
    """Ends a leg ``seconds`` after its answer, with the cause ALLOTTED_TIMEOUT.

    One colon: executed at once, after ``sched_cancel`` of the ring limit, which stands before it.
    With two colons it is queued, and may meet the leg when its phone holds already and music plays;
    the switch then forgets that it plays, and the music outlives the hold (measured: 1 of 5;
    source).
    """
    return f"sched_hangup:+{seconds}"


def ring_limit(seconds: int) -> dict[str, str]:
    """Ends a leg ``seconds`` after it began to ring, with the cause ALLOTTED_TIMEOUT, unless it was
    answered; ``leg_timeout`` alone is dropped at the first early media (measured).

    Not by ``execute_on_originate``: for ``user/`` the switch executes that again after the answer,
    and ends the talk (measured).
    """
    limit = f"sched_hangup:+{seconds}"  # one colon, as in talk_limit
    return {
        "leg_timeout": str(seconds),
        "execute_on_ring": limit,
        "execute_on_pre_answer": limit,
        "execute_on_answer_rings_no_more": "sched_cancel",
    }


def shows(number: str) -> dict[str, str]:
    """The caller id that a phone displays. Without a name the switch sends "Outbound Call"."""
    shown = caller_shown(number)
    return {"origination_caller_id_number": shown, "origination_caller_id_name": shown}


def timers(agent: Agent) -> dict[str, str]:
    """Session timers, by which the switch notices that a phone is gone; the loss of a WebSocket is
    reported without them."""
    return dialstring.NO_SESSION_TIMERS if agent.websocket else {}


def _offer(leg: Leg) -> dict[str, str]:
    """What is offered to one of the company's own phones. Outside legs use another SIP profile."""
    if leg.agent is None:
        return {}
    pictures = dialstring.WITH_PICTURES if leg.media.directions.video else {}
    return timers(leg.agent) | pictures


def own_phone(tenant: Tenant, near: Leg, number: str) -> dialstring.OriginateLeg:
    """The agent's own phone, called first. It displays whom the call is for, and can tell by the
    uuid in its INVITE that the agent requested the call."""
    variables = {
        **marks(tenant, near),
        **shows(number),
        **_offer(near),
        "sip_h_X-Call-UUID": near.uuid,
        # Else the header is copied to the INVITE of the next leg.
        "sip_copy_custom_headers": "false",
        **({"sip_auto_answer": "true"} if tenant.company.answer_own_leg else {}),
        "originate_timeout": str(tenant.company.ring_seconds),
        # Else early media completes the originate, and others are called before the agent answers.
        "ignore_early_media": "true",
        "hangup_after_bridge": "true",
        # Not as a bare tone_stream://: that ends after one cadence, and the call with it.
        "ringback": dialstring.RINGBACK,
        **dialstring.KEYS_END_NOTHING,
        **failsafe_timers.hold_music_limit(),
    }
    return dialstring.OriginateLeg(near.uuid, endpoint(tenant, near), variables)


def far_phone(tenant: Tenant, far: Leg, ring: int, talk: int) -> dialstring.OriginateLeg:
    """The called party; ``ring`` and ``talk`` are seconds."""
    variables = {
        **marks(tenant, far),
        **shows(tenant.number_shown_at(far)),
        **_offer(far),
        # Else a 302 has a number called that was not checked against the policy.
        "outbound_redirect_fatal": "true",
        # Else only the codec that the caller's phone chose is offered.
        "media_mix_inbound_outbound_codecs": "true",
        **ring_limit(ring),
        "hangup_after_bridge": "true",
        "execute_on_answer": talk_limit(talk),
        **dialstring.KEYS_END_NOTHING,
    }
    return dialstring.OriginateLeg(far.uuid, endpoint(tenant, far), variables)


def offered_phone(tenant: Tenant, leg: Leg, ring: int, talk: int) -> dialstring.OriginateLeg:
    """A phone that rings for a waiting customer, and is parked until it is bridged."""
    phone = far_phone(tenant, leg, ring, talk)
    net = {
        "originate_timeout": str(ring),
        **failsafe_timers.parked_limit(tenant),
        "ignore_early_media": "true",  # as in own_phone
    }
    return dialstring.OriginateLeg(phone.uuid, phone.endpoint, phone.variables | net)


def dial(leg: Leg, phone: dialstring.OriginateLeg, then: dialstring.AfterAnswer) -> Steps:
    """Originate a leg. If the switch has reported the leg it has executed the command."""
    yield Effect(commands.originate(phone, then), lambda: leg.state is not LegState.SETTING_UP)
