"""All companies' desks, and whose a leg or an extension is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from esl_bridge.domain.company import Company, folded
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.given_up import GivenUp
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
        self.given_up = GivenUp()
        self._extensions: dict[str, Desk] = {}

    def take_up(self, companies: Mapping[str, Company]) -> None:
        """Work by this configuration from now on. The desk of a company that is gone stays until
        its calls are over and nobody is at work there."""
        for _ in self.taking_up(companies):
            pass

    def taking_up(self, companies: Mapping[str, Company]) -> Iterator[Desk]:
        """The same as the caller goes on, one agent or phone after the other; gives the desk that
        it changes. Only one such change may be under way."""
        for code, company in companies.items():
            desk = self.desks.get(code) or self._open(company)
            for _ in desk.taking_up(company):
                yield desk
        for code in self.desks.keys() - companies.keys():
            yield from self._close(self.desks[code])
        # A phone of a company that is gone may be another's by now.
        closed_first = sorted(self.desks.values(), key=lambda desk: not desk.closed)
        at: dict[str, Desk] = {}
        for desk in closed_first:
            for extension in desk.company.extensions:
                at[folded(extension)] = desk
                yield desk
        self._extensions = at

    def _open(self, company: Company) -> Desk:
        """Nobody is there yet."""
        empty = replace(company, agents={})
        desk = Desk(
            empty,
            self._premises,
            self._new_id,
            self._clock,
            self._now,
            self._now_ms,
            self.owners,
            self.given_up,
        )
        self.desks[company.code] = desk
        return desk

    def _close(self, desk: Desk) -> Iterator[Desk]:
        for _ in desk.closing():
            yield desk
        self.desk(desk.company.code)

    def reopen(self, code: str) -> Desk:
        """The desk of a company that may be gone by now, for what goes on there still."""
        if code not in self.desks:
            for _ in self._open(Company(code=code)).closing():
                pass
        return self.desks[code]

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
        return self._extensions.get(folded(extension))
