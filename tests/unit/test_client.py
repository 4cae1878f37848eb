"""What can be said of the Python client without a service."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from esl_bridge.client import Code, NotConnected, sign_in
from esl_bridge.protocol.texts import CATALOGUES, Language


def test_it_needs_no_gevent():
    program = "import sys, esl_bridge.client; print('gevent' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_its_codes_are_those_of_the_protocol():
    assert set(get_args(Code)) == set(CATALOGUES[Language.ENGLISH])


def test_where_nobody_listens_it_says_so():
    with pytest.raises(NotConnected):
        sign_in("ws://127.0.0.1:1/agent", company="90001", agent="A", password="example")
    with pytest.raises(NotConnected):
        sign_in("tcp://127.0.0.1:1", company="90001", agent="A", password="example")


def test_an_address_of_another_kind_is_a_mistake():
    for url in ("http://127.0.0.1:8780/agent", "tcp://127.0.0.1"):
        with pytest.raises(ValueError):
            sign_in(url, company="90001", agent="A", password="example")
