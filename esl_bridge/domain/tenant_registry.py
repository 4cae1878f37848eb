"""All companies' tenants, and whose a leg or an extension is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from esl_bridge.domain.company import Company, folded
from esl_bridge.domain.given_up import GivenUp
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.tenant import Tenant


class TenantRegistry:
    """``new_id``, ``clock``, ``now`` and ``now_ms`` as a tenant needs them."""

    def __init__(
        self,
        switch_settings: SwitchSettings,
        new_id: Callable[[], str],
        clock: Callable[[], float],
        now: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._switch_settings = switch_settings
        self._new_id = new_id
        self._clock = clock
        self._now = now
        self._now_ms = now_ms
        self.tenants: dict[str, Tenant] = {}
        self.owners: dict[str, Tenant] = {}
        self.given_up = GivenUp()
        self._extensions: dict[str, Tenant] = {}

    def take_up(self, companies: Mapping[str, Company]) -> None:
        """Work by this configuration from now on. The tenant of a company that is gone stays until
        its calls are over and nobody is at work there."""
        for _ in self.taking_up(companies):
            pass

    def taking_up(self, companies: Mapping[str, Company]) -> Iterator[Tenant]:
        """The same as the caller goes on, one agent or phone after the other; gives the tenant that
        it changes. Only one such change may be under way."""
        for code, company in companies.items():
            tenant = self.tenants.get(code) or self._open(company)
            for _ in tenant.taking_up(company):
                yield tenant
        for code in self.tenants.keys() - companies.keys():
            yield from self._close(self.tenants[code])
        # A phone of a company that is gone may be another's by now.
        closed_first = sorted(self.tenants.values(), key=lambda tenant: not tenant.closed)
        at: dict[str, Tenant] = {}
        for tenant in closed_first:
            for extension in tenant.company.extensions:
                at[folded(extension)] = tenant
                yield tenant
        self._extensions = at

    def _open(self, company: Company) -> Tenant:
        """Nobody is there yet."""
        empty = replace(company, agents={})
        tenant = Tenant(
            empty,
            self._switch_settings,
            self._new_id,
            self._clock,
            self._now,
            self._now_ms,
            self.owners,
            self.given_up,
        )
        self.tenants[company.code] = tenant
        return tenant

    def _close(self, tenant: Tenant) -> Iterator[Tenant]:
        for _ in tenant.closing():
            yield tenant
        self.tenant(tenant.company.code)

    def reopen(self, code: str) -> Tenant:
        """The tenant of a company that may be gone by now, for what goes on there still."""
        if code not in self.tenants:
            for _ in self._open(Company(code=code)).closing():
                pass
        return self.tenants[code]

    def tenant(self, code: str) -> Tenant | None:
        """The company's tenant, if there is such a company, or its end is not over yet."""
        tenant = self.tenants.get(code)
        if tenant is not None and tenant.is_over:
            del self.tenants[code]
            return None
        return tenant

    def tenant_at(self, extension: str, domain: str = "") -> Tenant | None:
        """The tenant whose phone this is; extensions are unique among all companies. One of the
        same name at another domain of the switch is nobody's."""
        if domain not in ("", self._switch_settings.domain):
            return None
        return self._extensions.get(folded(extension))
