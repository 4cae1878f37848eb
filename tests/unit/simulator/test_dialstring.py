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
def test_variables(block: str, variables: dict[str, str]) -> None:
    assert parse(f"{block}user/x") == [[Target("user/x", variables)]]


def test_groups_and_own_variables() -> None:
    assert parse("{a=1}[b=2,a=3]user/x,user/y|user/z") == [
        [Target("user/x", {"a": "3", "b": "2"}), Target("user/y", {"a": "1"})],
        [Target("user/z", {"a": "1"})],
    ]


def test_quotes_hold_words_together_and_vanish() -> None:
    assert words("{a='b c'}user/x '&bridge([a=1]user/y)'") == [
        "{a=b c}user/x",
        "&bridge([a=1]user/y)",
    ]


def test_inline_with_a_separator_of_its_own() -> None:
    assert inline("m:^:set:a=1,b^bridge:[x=1,y=2]user/z^park:") == [
        ("set", "a=1,b"),
        ("bridge", "[x=1,y=2]user/z"),
        ("park", ""),
    ]


def test_application() -> None:
    assert application("&bridge([a=(1)]user/y)") == ("bridge", "[a=(1)]user/y")
    assert application("&park()") == ("park", "")
