"""What the laboratory hears is what was said, whatever the codec."""

from __future__ import annotations

import ctypes
from collections import deque
from ctypes.util import find_library
from itertools import islice

import numpy as np
import pytest

from tests.lab.codecs import G722, LINEAR, PCMA, PCMU, RATE, TELEPHONE_EVENT, decoded, is_sound
from tests.lab.sound import EVENTS, heard, rtp_tone_and_keys

TONES = {"A": 575, "B": 725, "C": 875}
_OPUS, _VOIP = 102, 2048
_PACKET = RATE // 50


def packets(hz: int, law: int) -> list[tuple[int, bytes]]:
    sent = islice(rtp_tone_and_keys(hz, law, deque()), 50)
    return [(packet[1] & 0x7F, packet[12:]) for packet in sent]


def tone(hz: int, rate: int = RATE) -> np.ndarray:
    return (9830 * np.sin(2 * np.pi * hz * np.arange(rate) / rate)).astype("<i2")


@pytest.mark.parametrize("law", [PCMU, PCMA])
def test_g711_is_decoded(law: int) -> None:
    sound = decoded(packets(875, law))
    assert heard(sound, TONES) == {"C"}
    assert np.abs(sound[:RATE] - tone(875)).max() < 520  # a step of its size


def test_the_two_laws_of_g711_are_distinct() -> None:
    """Values of ITU-T G.711: silence, and the greatest of each."""
    assert [LINEAR[PCMU][code] for code in (0xFF, 0x80, 0x00)] == [0, 32124, -32124]
    assert [LINEAR[PCMA][code] for code in (0xD5, 0xAA, 0x2A)] == [8, 32256, -32256]


@pytest.mark.skipif(find_library("spandsp") is None, reason="NO SPANDSP HERE: G.722 is not tried")
def test_g722_is_decoded() -> None:
    library = ctypes.CDLL("libspandsp.so.2")
    library.g722_encode_init.restype = ctypes.c_void_p
    state = ctypes.c_void_p(library.g722_encode_init(None, 64_000, 0))
    said, coded = tone(725, 16_000), ctypes.create_string_buffer(RATE)
    assert library.g722_encode(state, coded, said.ctypes.data_as(ctypes.c_void_p), 16_000) == RATE
    sent = [(G722, coded.raw[at : at + _PACKET]) for at in range(0, RATE, _PACKET)]
    assert heard(decoded(sent), TONES) == {"B"}


@pytest.mark.skipif(find_library("opus") is None, reason="NO OPUS HERE: it is not tried")
def test_opus_is_decoded() -> None:
    library = ctypes.CDLL("libopus.so.0")
    library.opus_encoder_create.restype = ctypes.c_void_p
    state = ctypes.c_void_p(library.opus_encoder_create(RATE, 1, _VOIP, None))
    sent, coded = [], ctypes.create_string_buffer(1000)
    for part in tone(575).reshape(-1, _PACKET):
        size = library.opus_encode(
            state, part.ctypes.data_as(ctypes.c_void_p), _PACKET, coded, len(coded)
        )
        sent.append((_OPUS, coded.raw[:size]))
    assert heard(decoded(sent), TONES) == {"A"}


def test_a_change_of_codec_leaves_no_gap() -> None:
    assert heard(decoded([*packets(575, PCMU), *packets(575, PCMA)]), TONES) == {"A"}


def test_pressed_keys_are_reported_and_are_not_sound() -> None:
    sent = list(islice(rtp_tone_and_keys(575, PCMU, deque("5*")), 60))
    events = [packet for packet in sent if packet[1] & 0x7F == TELEPHONE_EVENT]
    pressed = {packet[4:8]: EVENTS[packet[12]] for packet in events}
    assert list(pressed.values()) == ["5", "*"]
    assert not any(is_sound((packet[1] & 0x7F, packet[12:])) for packet in events)
