"""The catalogue has a text for every error there can be, in both languages, and none beside."""

import pytest

from esl_bridge import errors
from esl_bridge.protocol import texts
from esl_bridge.protocol.texts import CATALOGUES, Language

CODES = {kind.code for kind in vars(errors).values() if hasattr(kind, "code")}


@pytest.mark.parametrize("language", Language)
def test_each_code_has_a_text_and_each_text_a_code(language):
    assert set(CATALOGUES[language]) == CODES | {"0"}
    assert all(text == text.strip() != "" for text in CATALOGUES[language].values())


@pytest.mark.parametrize("language", Language)
def test_no_two_codes_say_the_same(language):
    assert len(set(CATALOGUES[language].values())) == len(CATALOGUES[language])


@pytest.mark.parametrize("language", Language)
def test_the_text_of_a_bad_field_names_it(language):
    assert "max_ring_time" in texts.say("4002", language, field="max_ring_time")


def test_each_text_is_in_its_language():
    assert texts.say("4004", Language.CHINESE) == "账号或密码错误"
    assert texts.say("4004", Language.ENGLISH) == "wrong account or password"
    assert all(text.isascii() for text in CATALOGUES[Language.ENGLISH].values())


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-US", Language.ENGLISH),
        ("en_us", Language.ENGLISH),
        (" zh-CN ", Language.CHINESE),
        ("fr", Language.CHINESE),
        ("", Language.CHINESE),
        (None, Language.CHINESE),
    ],
)
def test_a_header_chooses_the_language_and_a_malformed_one_the_default(header, language):
    assert texts.language_of(header, Language.CHINESE) is language
