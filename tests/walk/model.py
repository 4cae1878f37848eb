"""An agent's state according to docs/protocol/STATES.md, written from that page alone.

It uses nothing of the product: where the two disagree, one of them has misread the page. A state is
a dictionary; a refusal is its sign in the table: "9", "6", "w".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

MANUAL = ("FREE", "BUSY", "REST", "ARRANGE")
IN_CALL = ("RINGING", "CALLING")


class Refused(Exception):
    """The table's cell is a refusal; ``args[0]`` is its sign."""


@dataclass(frozen=True)
class TriggerDetails:
    start: str = "FREE"
    start_asked: bool = False
    rest: float = 0
    wrap_up: float = 0
    reason: str = ""
    talked: bool = False
    supervising: bool = False
    missed_makes_busy: bool = False


@dataclass(frozen=True)
class Model:
    """``wrap_up`` and ``rest``: seconds of the time that runs, "over" once it has run out."""

    status: str = "OFFLINE"
    before: str = "FREE"
    base: str = "FREE"
    remembered: tuple[str, str, float] | None = None
    wrap_up: float | str | None = None
    rest: float | str | None = None
    reason: str = field(default="", compare=False)


def next_state(model: Model, trigger: str, details: TriggerDetails) -> Model:
    """The row ``trigger`` in the column of the present status."""
    model = replace(model, reason="")
    if trigger.startswith("CHECKIN"):
        return _checkin(model, trigger, details)
    if trigger.startswith("FORCE_"):
        return _force(model, trigger, details)
    if trigger.endswith("_AFTER_CALL_STOP"):
        return _after_call_stop(model, trigger, details)
    if trigger.startswith("MAKE_"):
        return _make(model, trigger.removeprefix("MAKE_"), details)
    return _EVENTS[trigger](model, details)


# -- requests ---------------------------------------------------------------------------------


def _checkin(model: Model, trigger: str, details: TriggerDetails) -> Model:
    if model.status == "OFFLINE" or trigger == "CHECKIN_RESET":
        # Note 4: remembered actions and timers are dropped. ARRANGE starts the wrap-up time.
        return _settle_in(replace(model, status="OFFLINE"), details.start, details)
    if not details.start_asked or model.status in IN_CALL:
        return model  # note 3
    return _make(model, details.start, details)


def _make(model: Model, status: str, details: TriggerDetails) -> Model:
    if model.status == "OFFLINE":
        raise Refused("9")
    if model.status in IN_CALL:
        raise Refused("w")
    if model.status == status and status in ("FREE", "BUSY"):
        return model
    if model.status == status:  # note 6
        return _timed(model, status, details)
    return _settle_in(model, status, details)


def _after_call_stop(model: Model, trigger: str, details: TriggerDetails) -> Model:
    if model.status == "OFFLINE":
        raise Refused("9")
    if model.status in MANUAL:
        raise Refused("6")
    verb = trigger.removesuffix("_AFTER_CALL_STOP")
    if verb == "CANCEL":  # note 17
        return replace(model, remembered=None)
    status = "OFFLINE" if verb == "CHECKOUT" else verb.removeprefix("MAKE_")
    return replace(model, remembered=(status, details.reason or "AFTER_CALL", details.rest))


def _force(model: Model, trigger: str, details: TriggerDetails) -> Model:
    if model.status == "OFFLINE":
        if trigger == "FORCE_CHECKOUT":
            return model
        raise Refused("w")
    if trigger == "FORCE_CHECKOUT":
        return _settle_in(model, "OFFLINE", details)
    if trigger == "FORCE_RESET":  # note 8: also where the state stays BUSY
        return _settle_in(model, "BUSY", details)
    status = trigger.removeprefix("FORCE_MAKE_")
    if model.status in IN_CALL:
        return replace(model, remembered=(status, details.reason or "AFTER_CALL", details.rest))
    return model if model.status == status else _settle_in(model, status, details)


def _settle_in(model: Model, status: str, details: TriggerDetails) -> Model:
    """A state entered by a request, for good."""
    base = model.base
    if status == "ARRANGE":  # note 7
        base = {"REST": "BUSY", "OFFLINE": "FREE"}.get(model.status, model.status)
    anew = replace(
        model, base=base, remembered=None, wrap_up=None, rest=None, reason=details.reason
    )
    return replace(_timed(anew, status, details), status=status)


def _timed(model: Model, status: str, details: TriggerDetails) -> Model:
    match status:
        case "ARRANGE":
            return replace(model, wrap_up=details.wrap_up or None)
        case "REST":
            return replace(model, rest=details.rest or None)
    return model


# -- events -----------------------------------------------------------------------------------


def _checkout(model: Model, details: TriggerDetails) -> Model:
    if model.status == "OFFLINE":
        raise Refused("9")
    return _settle_in(model, "OFFLINE", details)


def _leg_rings(model: Model, details: TriggerDetails) -> Model:
    if model.status not in MANUAL:
        return model
    return replace(model, status="RINGING", before=model.status, reason=details.reason)


def _leg_answered(model: Model, details: TriggerDetails) -> Model:
    if model.status in MANUAL:
        return replace(model, status="CALLING", before=model.status, reason=details.reason)
    if model.status == "RINGING":
        return replace(model, status="CALLING", reason=details.reason)
    return model


def _ended_unanswered(model: Model, details: TriggerDetails) -> Model:
    return _remembered_else_before(model, details) if model.status == "RINGING" else model


def _ended_untalked(model: Model, details: TriggerDetails) -> Model:
    return _remembered_else_before(model, details) if model.status == "CALLING" else model


def _ended(model: Model, details: TriggerDetails) -> Model:
    return _after(model, details) if model.status == "CALLING" else model


def _switch_lost(model: Model, details: TriggerDetails) -> Model:
    if model.status == "RINGING":
        return _remembered_else_before(model, details)
    return _ended(model, details)


def _remembered_else_before(model: Model, details: TriggerDetails) -> Model:
    if model.remembered:
        return _do_remembered(model, details)
    if details.missed_makes_busy:  # note 11
        return _settle_in(model, "BUSY", details)
    return _back_to(model, model.before, details.reason)


def _after(model: Model, details: TriggerDetails) -> Model:
    """Note 1."""
    if model.remembered:
        return _do_remembered(model, details)
    before = "FREE" if model.before == "ARRANGE" else model.before
    model = replace(model, wrap_up=None)  # note 12: it is ended by the call
    if details.talked and details.wrap_up > 0 and not details.supervising:
        return replace(
            model, status="ARRANGE", base=before, wrap_up=details.wrap_up, reason=details.reason
        )
    return _back_to(model, before, details.reason)


def _do_remembered(model: Model, details: TriggerDetails) -> Model:
    assert model.remembered is not None
    status, reason, rest = model.remembered
    away = replace(model, status="OFFLINE")
    return _settle_in(away, status, replace(details, reason=reason, rest=rest))


def _back_to(model: Model, status: str, reason: str) -> Model:
    """Notes 11 and 12: what has run out meanwhile is applied now."""
    if status == "ARRANGE" and model.wrap_up == "over":
        return _back_to(replace(model, wrap_up=None), model.base, "WRAP_UP_OVER")
    if status == "REST" and model.rest == "over":
        return replace(model, status="BUSY", rest=None, reason="REST_TIMEOUT")
    return replace(model, status=status, reason=reason)


def _wrap_up_over(model: Model, _details: TriggerDetails) -> Model:
    if model.status == "ARRANGE":
        return _back_to(replace(model, wrap_up=None), model.base, "WRAP_UP_OVER")
    if model.status in IN_CALL and model.wrap_up is not None:
        return replace(model, wrap_up="over")
    return model


def _rest_over(model: Model, _details: TriggerDetails) -> Model:
    if model.status == "REST":
        return replace(model, status="BUSY", rest=None, reason="REST_TIMEOUT")
    if model.status in (*IN_CALL, "ARRANGE") and model.rest is not None:
        return replace(model, rest="over")
    return model


def _grace_over(model: Model, details: TriggerDetails) -> Model:
    return model if model.status == "OFFLINE" else _settle_in(model, "OFFLINE", details)


def _same(model: Model, _details: TriggerDetails) -> Model:
    return model


_EVENTS = {
    "CHECKOUT": _checkout,
    "LEG_RINGS": _leg_rings,
    "LEG_ANSWERED": _leg_answered,
    "LEG_ENDED_UNANSWERED": _ended_unanswered,
    "LEG_ENDED_UNTALKED": _ended_untalked,
    "LEG_ENDED": _ended,
    "WRAP_UP_OVER": _wrap_up_over,
    "REST_OVER": _rest_over,
    "CONNECTION_LOST": _same,
    "GRACE_OVER": _grace_over,
    "PHONE_UNREGISTERED": _same,
    "SWITCH_LOST": _switch_lost,
}
