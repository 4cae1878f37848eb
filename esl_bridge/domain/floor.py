"""All companies' desks, and whose a leg or an extension is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from esl_bridge.domain.company import Company
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.premises import Premises


class Floor:
    """``new_id``, ``clock``, ``now`` and ``now_ms`` as a desk needs them."""

    def __init__(
        self,
        premises: Premises,
        new_id: Callable[[], str],
        clock: Callable[[], float],
        now: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._premises = premises
        self._new_id = new_id
        self._clock = clock
        self._now = now
        self._now_ms = now_ms
        self.desks: dict[str, Desk] = {}
        self.owners: dict[str, Desk] = {}
        self._extensions: dict[str, Desk] = {}

    def take_up(self, companies: Mapping[str, Company]) -> None:
        """Work by this configuration from now on. The desk of a company that is gone stays until
        its calls are over and nobody is at work there."""
        for code, company in companies.items():
            if code in self.desks:
                self.desks[code].take_up(company)
            else:
                self.desks[code] = self._open(company)
        for code in self.desks.keys() - companies.keys():
            self.desks[code].close()
            self.desk(code)
        # A phone of a company that is gone may be another's by now.
        closed_first = sorted(self.desks.values(), key=lambda desk: not desk.closed)
        self._extensions = {
            extension: desk for desk in closed_first for extension in desk.company.extensions
        }

    def _open(self, company: Company) -> Desk:
        return Desk(
            company,
            self._premises,
            self._new_id,
            self._clock,
            self._now,
            self._now_ms,
            self.owners,
        )

    def desk(self, code: str) -> Desk | None:
        """The company's desk, if there is such a company, or its end is not over yet."""
        desk = self.desks.get(code)
        if desk is not None and desk.is_over:
            del self.desks[code]
            return None
        return desk

    def desk_at(self, extension: str, domain: str = "") -> Desk | None:
        """The desk whose phone this is; extensions are unique among all companies. One of the same
        name at another domain of the switch is nobody's."""
        if domain not in ("", self._premises.domain):
            return None
        return self._extensions.get(extension)
