"""The phones of one extension: which of them is called."""

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.company import AgentEntry


def agent() -> Agent:
    return Agent("a", AgentEntry(password_hash="hash"))


def test_a_single_phone_needs_no_choice():
    one = agent()
    one.set_phones("a", ["sip:1@x"])
    assert one.registered
    assert one.newest == ""


def test_known_phones_keep_their_order():
    one = agent()
    one.set_phones("a", ["sip:1@x", "sip:2@x"])
    one.set_phones("a", ["sip:2@x", "sip:3@x", "sip:1@x"])
    assert one.addresses == ("sip:1@x", "sip:2@x", "sip:3@x")
    assert one.newest == "sip:3@x"


def test_only_the_newest_of_too_many_phones_are_remembered():
    one = agent()
    one.set_phones("a", (f"sip:{number}@x" for number in range(100)))
    assert len(one.addresses) == 30
    assert one.newest == "sip:99@x"


def test_an_agent_without_phones_is_not_registered():
    one = agent()
    one.set_phones("a", ["sip:1@x"])
    one.set_phones("a", [])
    assert not one.registered
