"""XML templates: ``{{name}}`` is replaced by a value that is checked and escaped."""

from __future__ import annotations

import re
from importlib.resources import files
from xml.sax.saxutils import escape

_PLACE = re.compile(r"\{\{(\w+)\}\}")
# The switch expands "$${x}" and "${x}", even in a password; and its preprocessor reads lines, not
# XML, so a line break would let a value reach it.
_UNFIT = re.compile(r"\$\$?\{|[\x00-\x1f\x7f]")


class UnfitValue(ValueError):
    """A setting that the switch would not take literally; the text says which and why."""


class Xml(str):
    """Text that is XML already and is inserted unescaped."""

    __slots__ = ()


def fill(template: str, /, **values: str | int) -> Xml:
    """Fill ``templates/NAME.xml`` or ``dialplans/NAME.xml``, named without the extension.

    Raises UnfitValue for a value that the switch would expand, or that contains a line break.
    """
    text = (files(__package__) / f"{template}.xml").read_text(encoding="utf-8")
    return Xml(_PLACE.sub(lambda place: _value(place[1], values[place[1]]), text))


def _value(name: str, value: str | int) -> str:
    if isinstance(value, Xml):
        return value
    text = str(value)
    if _UNFIT.search(text):
        raise UnfitValue(f"{name}: must contain neither a control character nor '${{'")
    return escape(text, {'"': "&quot;"})
