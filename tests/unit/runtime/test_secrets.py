"""Passwords, hashes and tokens are in no log, and in no reply but the one that carries them."""

import json
import logging

import gevent
import pytest
from argon2 import PasswordHasher

from esl_bridge.config import ConfigError, load
from tests.unit.runtime.service import (
    AGENT_PASSWORD,
    HASH,
    OUTSIDE,
    PHONE_PASSWORD,
    SWITCH_PASSWORD,
    B,
    serving,
)

WRONG = "wrong-secret"


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(20):
        yield


def asks_all_it_can(service):
    """Check-ins that go well and that do not, and a call; gives each answer, and the token."""
    client = service.client()
    told = [
        client.ask("checkin", agent_pwd=WRONG),
        client.ask("checkin", agent_pwd=AGENT_PASSWORD, company_code="90009"),
        client.ask("checkin", agent_pwd=AGENT_PASSWORD, agent_id="nobody"),
        client.ask("checkin", agent_pwd=AGENT_PASSWORD, ext_id="nowhere"),
        client.ask("checkin", agent_pwd=AGENT_PASSWORD * 20),
        client.ask("checkin", token=WRONG),
        client.ask("checkin", agent_pwd=[AGENT_PASSWORD]),
    ]
    client.text(b'{"req_id":"x","agent_pwd":"%b"' % AGENT_PASSWORD.encode())
    told.append(client.next())
    token = client.checkin()["token"]
    told += [
        client.ask("get_status", token=token[::-1]),
        client.ask("get_status"),
        client.ask("call", callee_number=OUTSIDE),
        client.ask("change_status", action="MAKE_REST", agent_pwd=AGENT_PASSWORD, token=token),
    ]
    for peer in service.switch.peers:
        peer.close()
    told.append(client.push(lambda message: message["msg_type"] == "agent_change"))
    client.leave()
    again = service.client()
    assert again.ask("checkin", token=token)["code"] == "0"
    return [*told, *client.pushes, *again.pushes], token


def test_no_secret_is_logged_or_sent_even_at_debug_level(tmp_path, caplog, capfd, monkeypatch):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "websockets.client")  # our clients'
    with serving(tmp_path) as service:
        told, token = asks_all_it_can(service)

        def fails(*_):
            raise RuntimeError

        monkeypatch.setattr(PasswordHasher, "verify", fails)
        refused = service.client(B).ask("checkin", agent_pwd=AGENT_PASSWORD)
        assert refused["code"] == "9999"
    assert "RuntimeError" in caplog.text
    texts = [caplog.text, *capfd.readouterr(), json.dumps([*told, refused])]
    for secret in (AGENT_PASSWORD, PHONE_PASSWORD, SWITCH_PASSWORD, WRONG, HASH, token):
        assert not any(secret in text for text in texts), secret


def test_a_check_in_sends_the_phones_password_and_no_other_secret(tmp_path):
    with serving(tmp_path) as service:
        reply = json.dumps(service.client().checkin())
    assert PHONE_PASSWORD in reply
    for secret in (AGENT_PASSWORD, SWITCH_PASSWORD, HASH):
        assert secret not in reply


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"password: {PHONE_PASSWORD}", f"password: [{PHONE_PASSWORD}]"),
        (f"password: {PHONE_PASSWORD}", f"password: {PHONE_PASSWORD}\n      password: x"),
        (f"password: {PHONE_PASSWORD}", f"password: '{PHONE_PASSWORD}"),
        (f"password: {PHONE_PASSWORD}", f"password: {PHONE_PASSWORD * 50}"),
        (f"password: {PHONE_PASSWORD}", f"passwort: {PHONE_PASSWORD}"),
        (f"password_hash: {HASH}", f"password_hash: {{a: {HASH}}}"),
        (f"password: {SWITCH_PASSWORD}", f"password: {{{SWITCH_PASSWORD}: 1}}"),
        (f"password: {SWITCH_PASSWORD}", f"password: 'a b {SWITCH_PASSWORD}\x00'"),
    ],
    ids=range(8),
)
def test_a_mistake_in_a_file_is_reported_without_the_secret(tmp_path, old, new):
    with serving(tmp_path):
        pass
    for file in tmp_path.glob("*.yaml"):
        file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(ConfigError) as refusal:
        load(tmp_path / "esl_bridge.yaml")
    for secret in (PHONE_PASSWORD, SWITCH_PASSWORD, HASH):
        assert secret not in str(refusal.value)
