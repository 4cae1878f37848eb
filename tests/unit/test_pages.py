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
