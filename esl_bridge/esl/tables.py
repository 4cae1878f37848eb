"""The tables that the switch answers with: a line of names, lines of values, ``+OK``."""

from collections.abc import Iterator
from operator import itemgetter


def rows(text: str) -> list[dict[str, str]]:
    """Each row by the names of its columns."""
    lines = [line.split("|") for line in text.splitlines() if "|" in line]
    return [dict(zip(lines[0], line, strict=False)) for line in lines[1:]]


def columns(text: str, *names: str) -> Iterator[tuple[str, ...]]:
    """These two columns or more of each row, read as they are asked for: a table may be megabytes.
    None where it has no such columns, as one without rows has no names either; a row that is cut
    short is left out."""
    lines = (line.split("|") for line in text.splitlines() if "|" in line)
    header = next(lines, [])
    if not {*names} <= {*header}:
        return
    wanted = itemgetter(*map(header.index, names))
    for line in lines:
        if len(line) >= len(header):
            yield wanted(line)
