"""Dial strings: nothing that stands in one can leave its place in it."""

import re

import pytest

from esl_bridge.errors import BadField
from esl_bridge.esl import dialstring
from esl_bridge.esl.dialstring import AfterAnswer, Application, OriginateLeg

UUID = "call-1"
LEAVES = ["]x", "}x", "1]user/x", "1}user/x", "1;b=2", "1'&", "^^:", "a^b", "1|2", "${x}", "$x"]
LEAVES += ["1\nx", "1\r", "\0", " ", "1 2", "'", '"', "\\", "<", ">", "&", "\u2028", "\ud800"]


@pytest.mark.parametrize(("opening", "closing"), [("{", "}"), ("[", "]")])
def test_a_leg_is_written_with_its_variables_before_its_endpoint(opening, closing):
    leg = OriginateLeg(UUID, "user/90001_1@d", {"a": "1", "b": "%(1000,4000,450)"})
    assert leg.text(opening, closing) == (
        f"{opening}^^;origination_uuid=call-1;a=1;b=%(1000,4000,450){closing}user/90001_1@d"
    )


@pytest.mark.parametrize("text", LEAVES, ids=ascii)
@pytest.mark.parametrize("place", ["uuid", "endpoint", "value", "name"])
def test_hostile_text_cannot_leave_its_part_of_a_dial_string(place, text):
    parts = {"uuid": UUID, "endpoint": "user/1@d", "value": "1", "name": "a"} | {place: text}
    leg = OriginateLeg(parts["uuid"], parts["endpoint"], {parts["name"]: parts["value"]})
    for brackets in [("{", "}"), ("[", "]")]:
        with pytest.raises(BadField):
            leg.text(*brackets)


def test_the_block_has_one_end_and_its_separator_separates_only():
    leg = OriginateLeg(UUID, "user/90001_1@d", {"a": "x=1,(2)%#", "b": "y"})
    block, _, endpoint = leg.text()[1:].partition("}")
    assert re.findall(r"[{}\[\]]", block) == []
    assert block.split(";") == ["^^", "origination_uuid=call-1", "a=x=1,(2)%#", "b=y"]
    assert endpoint == "user/90001_1@d"


def test_the_uuid_of_a_leg_comes_first():
    """The switch tells which ``originate`` has failed by repeating its argument."""
    assert (
        OriginateLeg(UUID, "user/1@d", {"a": "1"}).text().startswith("{^^;origination_uuid=call-1;")
    )


@pytest.mark.parametrize(
    ("app", "text"),
    [
        (dialstring.park(), "'&park()'"),
        (dialstring.conference("r.90001", "quiet"), "'&conference(r.90001@quiet)'"),
        (
            dialstring.bridge(OriginateLeg(UUID, "user/1@d", {})),
            "'&bridge({ignore_early_media=false}[^^;origination_uuid=call-1]user/1@d)'",
        ),
        (dialstring.playback("tone_stream://%(1,2,3)"), "'&playback(tone_stream://%(1,2,3))'"),
    ],
)
def test_the_application_after_the_answer_is_quoted(app, text):
    assert AfterAnswer(app).text() == text


def test_inline_applications_are_joined_with_their_own_separator():
    apps = [
        dialstring.set_variable("ringback", dialstring.RINGBACK),
        dialstring.bridge(OriginateLeg(UUID, "user/1@d", {"a": "1"})),
    ]
    assert dialstring.inline(apps) == (
        "'m:~:set:ringback=%(1000,4000,450)"
        "~bridge:{ignore_early_media=false}[^^;origination_uuid=call-1;a=1]user/1@d'"
    )


def test_an_argument_that_could_end_an_inline_list_is_refused():
    with pytest.raises(BadField):
        dialstring.inline([Application("set", "a=~")])


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("13107618845", True),
        ("+8613107618845", True),
        ("90001_20000", True),
        ("anonymous", True),
        ("*1#", True),
        ("1" * 64, True),
        ("1" * 65, False),
        ("", False),
        ("1\n", False),
        ("1@x", False),
        ("1/2", False),
        ("１２３", False),
        ("٣", False),
        *((text, False) for text in LEAVES),
    ],
)
def test_only_plain_numbers_may_be_shown_to_phones(number, is_one):
    assert dialstring.is_number(number) is is_one


def test_an_outside_number_is_inserted_into_the_companys_endpoint():
    assert dialstring.outside("sofia/gateway/c/0{number}@x", "131") == "sofia/gateway/c/0131@x"
    for text in [*LEAVES, "1@evil", "1/2", "{number}"]:
        with pytest.raises(BadField):
            dialstring.outside("sofia/gateway/c/{number}", text)
