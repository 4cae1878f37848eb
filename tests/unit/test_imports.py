"""What tests share lives in modules that are no tests: a story can be moved, renamed or dropped
without another one that breaks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            module = f"tests.{node.module}" if node.level else node.module
            yield from (f"{module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def _is_a_test(imported: str) -> bool:
    package, *names = imported.split(".")
    return package in ("tests", "benchmarks") and any(name.startswith("test_") for name in names)


def test_no_module_imports_from_a_test_module():
    files = [file for folder in ("tests", "benchmarks") for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 200
    found = {
        f"{file.relative_to(ROOT)}: {imported}"
        for file in files
        for imported in _imported(file)
        if _is_a_test(imported)
    }
    assert found == set()
