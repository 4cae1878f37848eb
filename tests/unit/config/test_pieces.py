"""Companies that one process has read and another takes over bit by bit."""

import subprocess
import sys

import pytest
from msgspec.structs import replace

from esl_bridge.config import ConfigError, Mistake
from esl_bridge.config.pieces import Assembly, CutShort, cut, cut_mistakes
from esl_bridge.domain.company import AgentEntry, Extension, Skill
from tests import builders

MOST = 40_000  # bytes of a line: some two milliseconds
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"


def company(number=3, **changes):
    """So many agents."""
    names = [f"90001_{each}" for each in range(number)]
    agent = AgentEntry(password_hash=HASH, skills={"1001": 1})
    agents = {one: replace(agent, extension=one) for one in names}
    fields = {
        "agents": agents,
        "extensions": {one: Extension(password="p") for one in names},
        "skills": {"1001": Skill(ring_seconds=7)},
        "numbers": {},
    }
    return builders.company(**fields | changes)


def put_together(lines):
    assembly = Assembly()
    for line in lines:
        assembly.add(line)
    return assembly.finish()


def test_companies_cut_into_lines_are_reassembled():
    several = [company(), company(1_000, code="90002"), company(0, code="90003")]
    companies = {one.code: one for one in several}
    assert put_together(cut(companies)) == companies


def test_no_line_of_a_company_is_long():
    assert max(map(len, cut({"90001": company(5_000)}))) < MOST


def test_mistakes_reach_the_reader_unchanged():
    mistakes = [Mistake("a.yaml", 3, "90001.agents", "must be a mapping")]
    with pytest.raises(ConfigError) as raised:
        put_together(cut_mistakes(ConfigError(mistakes)))
    assert raised.value.mistakes == mistakes


@pytest.mark.parametrize("lines", [[], [b"{}"], [b"Traceback"], list(cut({"1": company()}))[:-1]])
def test_an_incomplete_output_gives_no_companies(lines):
    with pytest.raises(CutShort):
        put_together(lines)


def test_the_reader_process_reports_a_missing_file(tmp_path):
    command = [sys.executable, "-m", "esl_bridge.config", str(tmp_path / "none.yaml")]
    told = subprocess.run(command, capture_output=True, check=True)
    with pytest.raises(ConfigError, match="cannot be read"):
        put_together(told.stdout.splitlines())
