"""Which module carries on which procedure: whatever happens, it is asked what to do."""

from __future__ import annotations

from typing import Any, Protocol

from esl_bridge.callflow import (
    conference,
    consulting,
    monitoring,
    phone_loss,
    rejoining,
    takeover,
    transferring,
)
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import procedures
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import AutomaticProcedure, Procedure
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError


class ProcedureHandlers(Protocol):
    """The functions of a procedure's module; each gets the procedure that is under way in the
    call."""

    def pursue(self, tenant: Tenant, procedure: Any) -> Steps:
        """Bring the legs where the phase wants them; also after a restart of the service."""

    def parked(self, tenant: Tenant, procedure: Any, leg: Leg) -> Steps | None:
        """A leg waits for the daemon."""

    def bridged(self, tenant: Tenant, procedure: Any) -> Steps | None:
        """Two legs of the call have been bridged."""

    def ended(
        self, tenant: Tenant, procedure: Any, leg: Leg, why: type[BridgeError] | None
    ) -> Steps:
        """A leg has ended. Reports the actions now, before the leg is dropped; the steps run after
        that."""


MODULES: dict[type, ProcedureHandlers] = {
    procedures.Consult: consulting,
    procedures.Transfer: transferring,
    procedures.Conference: conference,
    procedures.Rejoining: rejoining,
    procedures.PhoneLoss: phone_loss,
    procedures.Monitoring: monitoring,
    procedures.Takeover: takeover,
}


def module_of(procedure: Procedure | AutomaticProcedure) -> ProcedureHandlers:
    return MODULES[type(procedure)]
