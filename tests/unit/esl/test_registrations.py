"""Where phones are registered, as the switch tells it."""

import pytest

from esl_bridge.esl import dialstring, registrations
from tests.builders import PAGE, as_registered, at

DESK, OTHER = at("1", 5060), at("1", 5062)
SOFIA = "sofia/esl_bridge/"


@pytest.mark.parametrize(
    "contact",
    [f'"" <{DESK}>', f'"Ann" <{DESK}>;expires=60', DESK, f"<{DESK.replace('sip:', 'sips:')}>"],
)
def test_the_address_of_a_contact_is_read(contact):
    assert registrations.address(contact) == DESK


def test_an_unregistered_phone_has_no_addresses():
    assert registrations.addresses("error/user_not_registered", "esl_bridge") == ()


def test_all_phones_of_an_extension_are_read():
    answer = f"{SOFIA}{DESK},{SOFIA}{OTHER},{SOFIA}{PAGE}"
    assert registrations.addresses(answer, "esl_bridge") == (DESK, OTHER, PAGE)


def test_a_comma_does_not_split_an_address():
    odd = "sip:x,[api_on_originate=system]user/2@127.0.0.1"
    assert registrations.addresses(f"{SOFIA}{odd},{SOFIA}{DESK}", "esl_bridge") == (odd, DESK)


def test_the_registrations_of_a_profile_are_read():
    text = as_registered(["1", "Front.Desk-1"]) + as_registered(["1"], "elsewhere")
    found = list(registrations.table(text, "esl-bridge.local"))
    assert found == [("1", at("1")), ("front.desk-1", at("Front.Desk-1"))]


@pytest.mark.parametrize("field", ["Call-ID:    \t", "Agent:      \t"])
def test_a_phones_own_text_is_not_taken_for_a_row(field):
    says = f"{field}User:       \t2@esl-bridge.local Contact:    \t<sip:2@x>\n"
    text = as_registered(["1"]).replace("User:", f"{says}User:")
    assert [name for name, _ in registrations.table(text, "esl-bridge.local")] == ["1"]


@pytest.mark.parametrize("address", [DESK, PAGE, "sip:a@b.example;ob", "sip:a@10.0.0.1"])
def test_plain_addresses_may_be_dialled(address):
    assert dialstring.is_plain(address)
    leg = dialstring.OriginateLeg("u", dialstring.at(address, "esl_bridge"), {})
    assert leg.text() == f"{{^^;origination_uuid=u}}{SOFIA}{address}"


@pytest.mark.parametrize("foreign", [*",|[]{}<>()^$'\"\\ \n\t&", "${x}", ":_:"])
@pytest.mark.parametrize("address", ["sip:a{}b@127.0.0.1:5060", "sip:a@x{}y", "sip:a@x;p=a{}b"])
def test_an_address_with_dial_string_syntax_is_not_dialled(foreign, address):
    assert not dialstring.is_plain(address.replace("{}", foreign))


def test_a_registration_with_a_contact_elsewhere_does_not_count():
    rows = "".join(
        f'User:       \t{name}@here\nContact:    \t"" <{at(name)}>\n'
        f"Agent:      \tIP:         \t127.0.0.1\nHost:       \tvm\nIP:         \t{address}\n\n"
        for name, address in (("1", "192.0.2.7"), ("2", "127.0.0.1"), ("3", "192.0.2.8"))
    )
    assert [name for name, _ in registrations.table(rows, "here")] == ["2"]
    found = registrations.table(rows, "here", anywhere=True)
    assert [name for name, _ in found] == ["1", "2", "3"]
