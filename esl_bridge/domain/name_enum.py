"""Enumerations whose values are their names, as the protocol spells them."""

from enum import StrEnum


class NameEnum(StrEnum):
    @staticmethod
    def _generate_next_value_(name: str, _start: int, _count: int, _last: list[str]) -> str:
        return name
