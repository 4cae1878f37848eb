import pytest

from esl_bridge.simulator.dialstring import Target, application, inline, parse, words


@pytest.mark.parametrize(
    ("block", "variables"),
    [
        ("{a=1,b=2}", {"a": "1", "b": "2"}),
        ("{a=x\\,y}", {"a": "x,y"}),
        ("{^^:a=x,y:b=2}", {"a": "x,y", "b": "2"}),
        ("{a=x,y=z}", {"a": "x", "y": "z"}),  # an unescaped comma cuts
        ("{a=1}{b=2}", {"a": "1", "b": "2"}),
    ],
)
def test_variables_in_a_dial_string_are_read(block: str, variables: dict[str, str]) -> None:
    assert parse(f"{block}user/x") == [[Target("user/x", variables)]]


def test_groups_of_legs_have_common_and_own_variables() -> None:
    assert parse("{a=1}[b=2,a=3]user/x,user/y|user/z") == [
        [Target("user/x", {"a": "3", "b": "2"}), Target("user/y", {"a": "1"})],
        [Target("user/z", {"a": "1"})],
    ]


def test_quoted_words_stay_together_without_their_quotes() -> None:
    assert words("{a='b c'}user/x '&bridge([a=1]user/y)'") == [
        "{a=b c}user/x",
        "&bridge([a=1]user/y)",
    ]


def test_an_inline_dialplan_may_choose_its_separator() -> None:
    assert inline("m:^:set:a=1,b^bridge:[x=1,y=2]user/z^park:") == [
        ("set", "a=1,b"),
        ("bridge", "[x=1,y=2]user/z"),
        ("park", ""),
    ]


def test_an_application_is_read_with_its_argument() -> None:
    assert application("&bridge([a=(1)]user/y)") == ("bridge", "[a=(1)]user/y")
    assert application("&park()") == ("park", "")
