"""When lines of the log are written."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import gevent
import pytest

from esl_bridge.runtime.log_handler import BatchingHandler


class Output(io.StringIO):
    """Counts what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


@pytest.fixture
def output() -> Output:
    return Output()


@pytest.fixture
def log(output: Output) -> Iterator[logging.Logger]:
    handler = BatchingHandler(output)
    logger = logging.Logger("a logger of this test", logging.INFO)
    logger.addHandler(handler)
    yield logger
    handler.close()


def test_lines_of_one_iteration_are_written_together(log: logging.Logger, output: Output) -> None:
    for number in range(3):
        log.info("line %d", number)
    assert output.getvalue() == ""
    gevent.sleep(0)
    assert output.getvalue() == "line 0\nline 1\nline 2\n"
    assert output.writes == 1


def test_later_lines_are_written_too(log: logging.Logger, output: Output) -> None:
    for number in range(2):
        log.info("line %d", number)
        gevent.sleep(0)
    assert output.getvalue() == "line 0\nline 1\n"


def test_a_warning_is_written_at_once_and_in_its_order(log: logging.Logger, output: Output) -> None:
    log.info("before")
    log.warning("now")
    assert output.getvalue() == "before\nnow\n"
    log.info("after")
    gevent.sleep(0)
    assert output.getvalue() == "before\nnow\nafter\n"


def test_lines_of_other_threads_are_written(log: logging.Logger, output: Output) -> None:
    gevent.get_hub().threadpool.spawn(log.info, "from a thread").get()
    gevent.sleep(0)
    assert output.getvalue() == "from a thread\n"


def test_what_waits_is_written_at_the_end(log: logging.Logger, output: Output) -> None:
    log.info("the last words")
    log.handlers[0].flush()
    assert output.getvalue() == "the last words\n"


def test_a_line_that_cannot_be_formatted_fails_nobody(log: logging.Logger, output: Output) -> None:
    log.info("%d calls", "many")
    log.info("goes on")
    gevent.sleep(0)
    assert output.getvalue() == "goes on\n"
