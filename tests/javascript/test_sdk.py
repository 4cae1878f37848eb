"""What the client is made of: its types, its size, what is shipped."""

from __future__ import annotations

import gzip
import subprocess

import pytest

from tests.javascript.conftest import ROOT

SDK = ROOT / "esl_bridge" / "web" / "sdk"
BIN = ROOT / "node_modules" / ".bin"
KIBIBYTES = 6


def run(tool: str, *arguments: object) -> str:
    if not (BIN / tool).exists():
        pytest.skip(f"NO {tool.upper()} HERE (make javascript, which needs npm)")
    done = subprocess.run(
        [BIN / tool, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_types_are_right_by_those_of_the_protocol():
    run("tsc", "--project", ROOT / "tests" / "javascript" / "tsconfig.json")


def test_a_page_loads_at_most_six_kibibytes_of_it():
    minified = run("esbuild", "--minify", SDK / "esl-bridge.js")
    assert len(gzip.compress(minified.encode(), 9)) <= KIBIBYTES * 1024


def test_it_needs_nothing_else():
    source = (SDK / "esl-bridge.js").read_text("utf-8")
    assert [line for line in source.splitlines() if line.startswith("import")] == []
    assert "import(" not in source.replace("{import(", "")
