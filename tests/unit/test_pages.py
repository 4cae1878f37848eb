"""The documents name files that exist, and links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    if page.parent.name != "protocol" and page.name != "CHANGELOG.md"
)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_IN_DIAGRAM = re.compile(r"\b[a-z0-9_]+/[a-z0-9_/]+\.py\b")
_FILE = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:py|service)|(?:[\w-]+/)+")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_FUNCTION = re.compile(r"`(\w+)\(\)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_TO_HEADING = re.compile(r"\]\(([^)#\s:]+\.md)#([^)]+)\)")
_ROOTS = ("", "esl_bridge", "tests", "tests/unit", "tests/behaviour", "docs")
# Files of the reader's own switch or machine, and names that stand for any.
_ELSEWHERE = re.compile(r"^(?:site|sip_profiles|autoload_configs|directory|dialplan|build|agents)/")


def files_named_in(page: Path) -> set[str]:
    text = page.read_text("utf-8")
    words = [word for span in _CODE.findall(text) for word in span.split()]
    named = {word for word in words if _FILE.fullmatch(word) and not _ELSEWHERE.match(word)}
    return {name for name in named | set(_IN_DIAGRAM.findall(text)) if "NAME" not in name}


def exists(name: str) -> bool:
    if any((ROOT / root / name).exists() for root in _ROOTS):
        return True
    return "/" not in name and any(
        True for part in ("esl_bridge", "tests", "benchmarks") for _ in (ROOT / part).rglob(name)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page: Path):
    assert sorted(name for name in files_named_in(page) if not exists(name)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_to_files(page: Path):
    links = {link for link in _LINK.findall(page.read_text("utf-8")) if "://" not in link}
    assert sorted(link for link in links if not (page.parent / link).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_to_headings(page: Path):
    links = _TO_HEADING.findall(page.read_text("utf-8"))
    dead = [link for link in links if link[1] not in anchors(page.parent / link[0])]
    assert dead == []


def anchors(page: Path) -> set[str]:
    headings = _HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_functions_that_the_index_names_are_in_the_files_beside_them():
    index = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("\n## ")[1]
    assert index.startswith("Where is what")
    rows = [row for row in index.splitlines() if row.startswith("|")]
    named = [(function, row) for row in rows for function in _FUNCTION.findall(row)]
    assert named
    assert [name for name, row in named if f"def {name}(" not in sources_named_in(row)] == []


def sources_named_in(row: str) -> str:
    files = [word for span in _CODE.findall(row) for word in span.split() if word.endswith(".py")]
    return "".join((ROOT / "esl_bridge" / name).read_text("utf-8") for name in files)
