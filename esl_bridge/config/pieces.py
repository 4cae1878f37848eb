"""Companies as short lines of JSON: one process reads the files, another takes the result over bit
by bit. Ten thousand agents in one piece would block it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from esl_bridge.config.mistakes import ConfigError, Mistake
from esl_bridge.domain.company import AgentEntry, Companies, Company, Extension

Entry = TypeVar("Entry")
_AT_ONCE = 100  # agents or extensions of a piece


class _Head(msgspec.Struct, tag="company", frozen=True):
    """A company without its agents and extensions, which follow."""

    company: Company


class _Agents(msgspec.Struct, tag="agents", frozen=True):
    entries: dict[str, AgentEntry]


class _Extensions(msgspec.Struct, tag="extensions", frozen=True):
    entries: dict[str, Extension]


class _Wrong(msgspec.Struct, tag="mistakes", frozen=True):
    mistakes: list[Mistake]


class _Warnings(msgspec.Struct, tag="warnings", frozen=True):
    """Settings that are valid but rarely intended."""

    sentences: list[str]


class _End(msgspec.Struct, tag="end", frozen=True):
    """Without it the output is incomplete."""


_Piece = _Head | _Agents | _Extensions | _Wrong | _Warnings | _End
_decode = msgspec.json.Decoder(_Piece).decode
_encode = msgspec.json.Encoder().encode


class CutShort(ValueError):
    """The lines end too early, or are invalid."""


def cut(companies: Companies, warnings: Sequence[str] = ()) -> Iterator[bytes]:
    for company in companies.values():
        yield _encode(_Head(replace(company, agents={}, extensions={})))
        for agents in _parts(company.agents):
            yield _encode(_Agents(agents))
        for extensions in _parts(company.extensions):
            yield _encode(_Extensions(extensions))
    yield _encode(_Warnings(list(warnings)))
    yield _encode(_End())


def cut_mistakes(error: ConfigError) -> Iterator[bytes]:
    yield _encode(_Wrong(error.mistakes))


def _parts(entries: Mapping[str, Entry]) -> Iterator[dict[str, Entry]]:
    rest = iter(entries.items())
    while part := dict(islice(rest, _AT_ONCE)):
        yield part


class Assembly:
    """Reassembles the lines; ``companies`` is complete once ``finish`` has returned, and
    ``warnings`` lists settings that are rarely intended."""

    def __init__(self) -> None:
        self.companies: dict[str, Company] = {}
        self.warnings: list[str] = []
        self._agents: dict[str, AgentEntry] = {}
        self._extensions: dict[str, Extension] = {}
        self._ended = False

    def add(self, line: bytes) -> None:
        """Raises ConfigError where the line reports mistakes, CutShort where it is invalid."""
        try:
            piece = _decode(line)
        except msgspec.DecodeError as error:
            raise CutShort(str(error)) from None
        match piece:
            case _Head():
                self._begin(piece.company)
            case _Agents():
                self._agents.update(piece.entries)
            case _Extensions():
                self._extensions.update(piece.entries)
            case _Wrong():
                raise ConfigError(piece.mistakes)
            case _Warnings():
                self.warnings = piece.sentences
            case _End():
                self._ended = True

    def finish(self) -> dict[str, Company]:
        if not self._ended:
            raise CutShort("not all was told")
        return self.companies

    def _begin(self, company: Company) -> None:
        self._agents, self._extensions = {}, {}
        whole = replace(company, agents=self._agents, extensions=self._extensions)
        self.companies[company.code] = whole
