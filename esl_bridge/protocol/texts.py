"""The catalogue of texts in ``msg``: one for each code and language."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

import yaml


class Language(StrEnum):
    """The languages of the catalogue, as the configuration and the handshake name them."""

    CHINESE = "zh-CN"
    ENGLISH = "en-US"


def _catalogue(name: str) -> Mapping[str, str]:
    text = files("esl_bridge.protocol").joinpath("texts", name).read_text("utf-8")
    catalogue: Mapping[str, str] = yaml.safe_load(text)
    return catalogue


CATALOGUES: Mapping[Language, Mapping[str, str]] = {
    Language.CHINESE: _catalogue("zh.yaml"),
    Language.ENGLISH: _catalogue("en.yaml"),
}


@lru_cache(maxsize=64)  # bounded, since clients choose the keys
def language_of(header: str | None, default: Language) -> Language:
    """The language that a ``LANGUAGE`` header asks for: ``zh-CN``, ``en-US``, or the default."""
    for known in Language:
        if header and header.strip().replace("_", "-").lower() == known.lower():
            return known
    return default


def say(code: str, language: Language, field: str | None = None, hint: str = "") -> str:
    """The text of ``code``; raises KeyError for an unknown code. A ``hint`` consists of the
    protocol's fields and values, which are the same in every language."""
    text = CATALOGUES[language][code].format(field=field or "")
    return f"{text} ({hint})" if hint else text
