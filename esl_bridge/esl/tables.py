"""The tables that the switch answers with: a line of names, lines of values, ``+OK``."""


def rows(text: str) -> list[dict[str, str]]:
    """Each row by the names of its columns."""
    lines = [line.split("|") for line in text.splitlines() if "|" in line]
    return [dict(zip(lines[0], line, strict=False)) for line in lines[1:]]
