"""Wrong passwords of phones are counted, and a log line names the address."""

import logging

import pytest

from esl_bridge.esl.events import PasswordRefused
from esl_bridge.runtime.refused_passwords import RefusedPasswords


@pytest.fixture
def heard(caplog):
    caplog.set_level(logging.WARNING)
    return lambda: [record.getMessage() for record in caplog.records]


def test_each_refused_password_is_counted_and_logged_once_a_second_for_each_address(heard):
    count, now = [], [0.0]
    refused_passwords = RefusedPasswords(lambda: count.append(1), lambda: now[0])
    for now[0] in (5.0, 5.3, 5.9, 6.1):
        refused_passwords.refused(PasswordRefused("90001_1", "203.0.113.9"))
    refused_passwords.refused(PasswordRefused("90001_1", "2001:db8::1"))
    assert len(count) == 5
    assert heard() == [
        "phone refused: address=203.0.113.9 extension=90001_1",
        "phone refused: address=203.0.113.9 extension=90001_1",
        "phone refused: address=2001:db8::1 extension=90001_1",
    ]


@pytest.mark.parametrize("hostile", ["x\nphone refused: address=192.0.2.1", "a b", "", "\u202e"])
def test_a_hostile_name_or_address_is_logged_as_a_question_mark(heard, hostile):
    refused_passwords = RefusedPasswords(lambda: None)
    refused_passwords.refused(PasswordRefused(hostile, "203.0.113.9"))
    refused_passwords.refused(PasswordRefused("90001_1", hostile))
    assert heard() == [
        "phone refused: address=203.0.113.9 extension=?",
        "phone refused: address=? extension=90001_1",
    ]


def test_refusals_from_many_addresses_do_not_fill_the_memory():
    now = [0.0]
    refused_passwords = RefusedPasswords(lambda: None, lambda: now[0])
    for number in range(5_000):
        now[0] = number / 100
        refused_passwords.refused(PasswordRefused("90001_1", f"2001:db8::{number:x}"))
    assert len(refused_passwords._told) <= 1_000
