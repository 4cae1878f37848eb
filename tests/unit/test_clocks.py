"""A clock that is set neither ends a rest early nor loses an agent: seconds are counted by one that
never goes back, and the time of day is only written, or kept for the next daemon."""

import ast
from pathlib import Path

import esl_bridge

ROOT = Path(esl_bridge.__file__).parent
KEEPS_DEADLINES = ROOT / "runtime" / "state_store.py"
NO_TIME_OF_DAY = {"monotonic", "thread_time"}
"""Neither is set by anybody: what has passed, and the processor's time of a thread."""


def taken_from_time(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name == "time")
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (each.name for each in node.names)


def test_no_duration_is_measured_by_the_time_of_day():
    for path in ROOT.rglob("*.py"):
        if "simulator" not in path.parts and path != KEEPS_DEADLINES:
            assert set(taken_from_time(path)) <= NO_TIME_OF_DAY | {"strftime"}, path


def test_saved_deadlines_use_the_time_of_day():
    assert set(taken_from_time(KEEPS_DEADLINES)) == {"time"}
