"""The tables in the switch's answers: a line of column names, lines of values, ``+OK``."""

from collections.abc import Iterator
from operator import itemgetter


def rows(text: str) -> list[dict[str, str]]:
    """Each row as a dict by column name."""
    lines = [line.split("|") for line in text.splitlines() if "|" in line]
    return [dict(zip(lines[0], line, strict=False)) for line in lines[1:]]


def columns(text: str, *names: str) -> Iterator[tuple[str, ...]]:
    """These columns (two or more) of each row, read lazily: a table may be megabytes long. Empty
    where columns are missing, as in a table without rows; truncated rows are skipped."""
    lines = (line.split("|") for line in text.splitlines() if "|" in line)
    header = next(lines, [])
    if not {*names} <= {*header}:
        return
    wanted = itemgetter(*map(header.index, names))
    for line in lines:
        if len(line) >= len(header):
            yield wanted(line)
