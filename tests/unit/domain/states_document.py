"""The tables of docs/protocol/STATES.md, as they are written there."""

from pathlib import Path

STATES = Path(__file__).parents[3] / "docs" / "protocol" / "STATES.md"


def table(first_header: str) -> dict[str, dict[str, str]]:
    """The rows of the table that starts so: first cell -> {column: cell}."""
    lines = STATES.read_text("utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first_header} |"))
    columns = _cells(lines[start])[1:]
    rows = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        name, *cells = _cells(line)
        rows[name] = dict(zip(columns, cells, strict=True))
    return rows


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
