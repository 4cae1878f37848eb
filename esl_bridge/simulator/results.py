"""The answer of an API command: text, at once or later."""

from __future__ import annotations

from collections.abc import Callable


class DeferredResult:
    """An answer that is not there yet; ``then`` is called with it, at once if it already is."""

    def __init__(self) -> None:
        self.text: str | None = None
        self._waiting: list[Callable[[str], object]] = []

    def set(self, text: str) -> None:
        """The first answer counts; what comes after it is not heard."""
        if self.text is not None:
            return
        self.text = text
        for call in self._waiting:
            call(text)

    def then(self, call: Callable[[str], object]) -> None:
        if self.text is None:
            self._waiting.append(call)
        else:
            call(self.text)


Answer = str | DeferredResult


def when_answered(answer: Answer, call: Callable[[str], object]) -> None:
    if isinstance(answer, DeferredResult):
        answer.then(call)
    else:
        call(answer)
