"""What is wrong with a configuration, and where."""

from msgspec import Struct


class Mistake(Struct, frozen=True):
    """``line`` counts from 1, 0 where a file has no lines; ``key``: ``switch.port``, say."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.key, self.text) if part)


class ConfigError(Exception):
    """The configuration is unusable; ``mistakes`` lists everything that is wrong."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes
