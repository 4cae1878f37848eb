"""The companies' files: each company by itself, and what must be unique across companies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from time import thread_time

from esl_bridge.config.document import Document, Key
from esl_bridge.config.mistakes import Mistake
from esl_bridge.config.reading import ConfigReader
from esl_bridge.domain.company import Company, External, Identifier, Route, folded


def read_companies(
    files: list[Path], nodes: Sequence[str]
) -> tuple[dict[str, Company], list[Mistake]]:
    """Each company by its code; mistakes are noted in the documents. ``nodes``: the names of the
    switches; empty: unknown."""
    companies: dict[str, Company] = {}
    owners: dict[tuple[str, str], tuple[str, str]] = {}
    documents = [Document(file) for file in files]
    for document in documents:
        for code, company in _companies_of(document):
            if code in companies:
                document.note((code,), "a company with this code is in another file")
            companies[code] = company
            _judge(company, document)
            _judge_home(company, nodes, document)
            _claim(owners, company, "extensions", company.extensions, document)
            _claim(owners, company, "numbers", company.numbers, document)
    return companies, [mistake for document in documents for mistake in document.mistakes]


def _companies_of(document: Document) -> Iterator[tuple[str, Company]]:
    for code, node in ConfigReader(document).nodes(document.root, Identifier):
        yield code, ConfigReader(document).struct(node, Company, (code,), code=code)


def _claim(
    owners: dict[tuple[str, str], tuple[str, str]],
    company: Company,
    section: str,
    names: Mapping[str, object],
    document: Document,
) -> None:
    """The switch holds the extensions and numbers of all companies together, and ignores their
    case: each has one owner, and one spelling."""
    for name in names:
        owner, first = owners.setdefault((section, folded(name)), (company.code, name))
        if owner != company.code:
            document.note((company.code, section, name), f"already belongs to company {owner}")
        elif first != name:
            document.note((company.code, section, name), f"is {first} to the switch: the same")


def _judge(company: Company, document: Document) -> None:
    _judge_external(company.external, (company.code, "external"), document)
    _judge_agents(company, document)
    for number, route in company.numbers.items():
        _judge_route(route, company, (company.code, "numbers", number), document)
    _judge_route(company.fallback, company, (company.code, "fallback"), document)


def _judge_home(company: Company, nodes: Sequence[str], document: Document) -> None:
    names = ", ".join(nodes)
    if company.switch is None and len(nodes) > 1:
        document.note((company.code, "switch"), f"missing: which of {names} it is homed on")
    if company.switch is not None and nodes and company.switch not in nodes:
        document.note((company.code, "switch"), f"no such switch: {company.switch}; one of {names}")


_SLOW_SECONDS = 0.002  # for one number; others take some microseconds
_SLOW = "takes for ever with some numbers: it repeats what repeats already"


def _judge_external(external: External | None, key: Key, document: Document) -> None:
    if external is None:
        return
    for section in ("allowed", "barred"):
        for at, pattern in enumerate(getattr(external, section) or ()):
            try:
                slow = _is_slow(re.compile(pattern or ""))
            except re.error as error:
                document.note((*key, section, f"[{at}]"), f"is not a valid pattern: {error}")
                continue
            if slow:
                document.note((*key, section, f"[{at}]"), _SLOW)


def _is_slow(pattern: re.Pattern[str]) -> bool:
    r"""Whether matching a number could take for ever and block the service, as with ``(\d+)*``,
    which tries every way to split a number of 32 digits. If so, each step here takes 16 times as
    long as the one before, and the loop stops."""
    lengths, digits, ends = range(8, 33, 4), ("0", "1", "12"), "9*#"
    numbers = (
        (digit * length)[: length - 1] + end
        for length, digit, end in product(lengths, digits, ends)
    )
    # A machine that is busy makes one look longer, and not each of three.
    return any(
        all(_seconds_for(pattern, number) > _SLOW_SECONDS for _ in range(3)) for number in numbers
    )


def _seconds_for(pattern: re.Pattern[str], number: str) -> float:
    began = thread_time()
    pattern.fullmatch(number)
    return thread_time() - began


def _judge_agents(company: Company, document: Document) -> None:
    for agent_id, agent in company.agents.items():
        key = (company.code, "agents", agent_id)
        if agent.extension is not None and agent.extension not in company.extensions:
            document.note((*key, "extension"), f"no such extension: {agent.extension}")
        for skill in agent.skills:
            if skill not in company.skills:
                document.note((*key, "skills", skill), f"no such skill: {skill}")


def _judge_route(route: Route | None, company: Company, key: Key, document: Document) -> None:
    if route is None:
        return
    known: dict[str, Mapping[str, object]] = {
        "skill": company.skills,
        "ivr": company.ivrs,
        "agent": company.agents,
    }
    named = [name for name in route.__struct_fields__ if getattr(route, name) is not None]
    if len(named) != 1:
        document.note(key, "must have exactly one of skill, ivr, agent, number")
    for name in named:
        target = getattr(route, name)
        if name in known and target not in known[name]:
            document.note((*key, name), f"no such {name}: {target}")
    if route.number is not None and company.external is None:
        document.note((*key, "number"), "the company has no external section to call it by")
    if route.number in company.numbers:
        document.note((*key, "number"), "is the company's own number: the call would loop")
