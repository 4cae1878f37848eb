"""All tenants, and the owner of each leg and extension."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from esl_bridge.domain.cancelled_legs import CancelledLegs
from esl_bridge.domain.company import Companies, Company, folded
from esl_bridge.domain.leg_book import Owners
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.tenant import Tenant


class TenantRegistry:
    """``nodes``: the settings of each switch by its name; a company that names none is homed on the
    first. ``owners``, ``new_id``, ``clock``, ``now`` and ``now_ms``: see Tenant."""

    def __init__(
        self,
        nodes: Mapping[str, SwitchSettings],
        new_id: Callable[[], str],
        clock: Callable[[], float],
        now: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self.nodes = nodes
        self._first = next(iter(nodes))
        self._new_id = new_id
        self._clock = clock
        self._now = now
        self._now_ms = now_ms
        self.tenants: dict[str, Tenant] = {}
        self.owners: Owners = defaultdict(dict)
        self.cancelled_legs = CancelledLegs()
        self._extensions: dict[str, Tenant] = {}

    def reconfigure(self, companies: Companies) -> None:
        """Apply this configuration. The tenant of a removed company stays until its calls are over
        and none of its agents is at work."""
        for _ in self.reconfiguring(companies):
            pass

    def reconfiguring(self, companies: Companies) -> Iterator[Tenant]:
        """The same in steps, one agent or phone at a time; yields the tenant being changed. Only
        one such change may be under way."""
        for code, company in companies.items():
            tenant = self.tenants.get(code) or self._open(company)
            tenant.move_to(self._home_of(company))
            for _ in tenant.reconfiguring(company):
                yield tenant
        for code in self.tenants.keys() - companies.keys():
            yield from self._close(self.tenants[code])
        # An extension of a removed company may belong to another company by now.
        closed_first = sorted(self.tenants.values(), key=lambda tenant: not tenant.closed)
        at: dict[str, Tenant] = {}
        for tenant in closed_first:
            for extension in tenant.company.extensions:
                at[folded(extension)] = tenant
                yield tenant
        self._extensions = at

    def _open(self, company: Company) -> Tenant:
        """A tenant without agents."""
        empty = replace(company, agents={})
        tenant = Tenant(
            empty,
            self._home_of(company),
            self._new_id,
            self._clock,
            self._now,
            self._now_ms,
            self.owners,
            self.cancelled_legs,
        )
        self.tenants[company.code] = tenant
        return tenant

    def _close(self, tenant: Tenant) -> Iterator[Tenant]:
        for _ in tenant.closing():
            yield tenant
        self.tenant(tenant.company.code)

    def reopen(self, code: str) -> Tenant:
        """The tenant of a company that may have been removed, for what is still under way there."""
        if code not in self.tenants:
            for _ in self._open(Company(code=code)).closing():
                pass
        return self.tenants[code]

    def tenant(self, code: str) -> Tenant | None:
        """The tenant of a company, also of a removed one that is not over yet."""
        tenant = self.tenants.get(code)
        if tenant is not None and tenant.is_over:
            del self.tenants[code]
            return None
        return tenant

    def tenant_at(self, node: str, extension: str, domain: str = "") -> Tenant | None:
        """The tenant that an extension at a switch belongs to; extensions are unique across
        companies. An extension at another domain of the switch belongs to none, nor does one at a
        switch on which its company is not homed."""
        tenant = self._extensions.get(folded(extension))
        if tenant is None or tenant.node != node:
            return None
        return tenant if domain in ("", tenant.switch_settings.domain) else None

    def homed_on(self, node: str) -> list[Tenant]:
        """The tenants whose phones and queues are on a switch."""
        return [tenant for tenant in self.tenants.values() if tenant.node == node]

    def with_legs_on(self, node: str) -> list[Tenant]:
        """As ``homed_on``, and those with legs there that have moved to another home since."""
        return list(dict.fromkeys([*self.homed_on(node), *self.owners[node].values()]))

    def _home_of(self, company: Company) -> SwitchSettings:
        return self.nodes[company.switch or self._first]
