"""Tones: each speaker has one, and they are searched for in what a listener was sent.

Everything is looked at as linear sound of 8 kHz, whatever it was on the wire.
"""

from __future__ import annotations

import itertools
import struct
import wave
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.lab.codecs import LINEAR, PCMU, RATE, TELEPHONE_EVENT, Pcm

PACKET_SECONDS = 0.02
_PACKET = int(RATE * PACKET_SECONDS)
_BLOCK = RATE // 4  # samples looked at together: tones 4 Hz apart are told apart
_HELD, _PAUSE = 6, 5  # packets for which a key is held, and between two
EVENTS = "0123456789*#ABCD"  # RFC 2833 has them in this order
_LOUD = 200.0  # amplitude; a speaker has about 9800, by G.722 about 950 (measured)

#: Hz of what is no phone. Speakers are given theirs by ``speaker_hz``.
PLACES = {"MOH": 330, "RINGBACK": 450, "IVR": 2150, "SURVEY": 2450, "EARLY": 2750}


def speaker_hz(index: int) -> int:
    """A tone of its own for each phone; 150 Hz apart and off the harmonics of ``PLACES``."""
    return 575 + 150 * index


def _tone(hz: float, seconds: float, rate: int = RATE) -> NDArray[np.float64]:
    return 9830 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


def write_tone(path: Path, hz: float, seconds: float = 30, rate: int = RATE) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(_tone(hz, seconds, rate).astype("<i2").tobytes())


def _encoded(pcm: NDArray[np.float64], law: int) -> bytes:
    linear = LINEAR[law]
    order = np.argsort(linear, kind="stable")
    nearest = np.searchsorted(linear[order], pcm).clip(0, 255)
    encoded: bytes = order[nearest].astype(np.uint8).tobytes()
    return encoded


def rtp_tone(hz: int, law: int = PCMU) -> Iterator[bytes]:
    """Endless RTP packets of a tone, to be sent every ``PACKET_SECONDS``."""
    return rtp_tone_and_keys(hz, law, deque())


def rtp_tone_and_keys(hz: int, law: int, keys: deque[str]) -> Iterator[bytes]:
    """The same, with each key that is put into ``keys``, by RFC 2833."""
    numbers = itertools.count()
    sound = _encoded(_tone(hz, 1.0), law)
    for start in itertools.cycle(range(0, RATE, _PACKET)):
        yield _rtp(law, next(numbers)) + sound[start : start + _PACKET]
        if keys and start % (_PAUSE * _PACKET) == 0:
            yield from _key(keys.popleft(), numbers)


def _key(key: str, numbers: Iterator[int]) -> Iterator[bytes]:
    """A key pressed for some packets; its end is sent three times in case packets are lost."""
    began, code = next(numbers), EVENTS.index(key)
    for held in range(1, _HELD + 3):
        ends, lasts = held >= _HELD, min(held, _HELD) * _PACKET
        event = struct.pack("!BBH", code, 0x80 * ends + 10, lasts)
        yield _rtp(TELEPHONE_EVENT | 0x80 * (held == 1), next(numbers), began) + event


def _rtp(kind: int, number: int, at: int | None = None) -> bytes:
    """The header of a packet; ``at``: the number of the packet whose timestamp it has."""
    time = _PACKET * (number if at is None else at)
    return struct.pack("!BBHII", 0x80, kind, number & 0xFFFF, time & 0xFFFFFFFF, 7)


def heard(pcm: Pcm, tones: dict[str, int]) -> set[str]:
    """Which tones sound in at least half of it. Ringback is mostly silence: once is enough."""
    blocks = pcm[: len(pcm) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    if not len(blocks):
        return set()
    spectrum = np.abs(np.fft.rfft(blocks * np.hanning(_BLOCK))) * 4 / _BLOCK
    return {
        name
        for name, hz in tones.items()
        if _share(spectrum, hz) >= (0.01 if name == "RINGBACK" else 0.5)
    }


_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_KEYS = "123A456B789C*0#D"
_SHORT = RATE // 25  # samples; a digit of 150 ms has three whole blocks of these


def spoken_digits(pcm: Pcm) -> str:
    """The DTMF digits that sound in it, each once however long it lasts."""
    blocks = pcm[: len(pcm) // _SHORT * _SHORT].reshape(-1, _SHORT)
    spectrum = np.abs(np.fft.rfft(blocks * np.hanning(_SHORT))) * 4 / _SHORT
    found = "".join(_digit(block) for block in spectrum)
    return "".join(digit for digit, _ in itertools.groupby(found)).replace(" ", "")


def _loudest(hz: Sequence[int], block: NDArray[np.float64]) -> int:
    """The index of the loudest of these frequencies."""
    return max(range(4), key=lambda n: block[round(hz[n] * _SHORT / RATE)])


def _digit(block: NDArray[np.float64]) -> str:
    """The digit of one block, or a blank."""
    row, column = _loudest(_ROWS, block), _loudest(_COLUMNS, block)
    levels = (
        block[round(_ROWS[row] * _SHORT / RATE)],
        block[round(_COLUMNS[column] * _SHORT / RATE)],
    )
    return _KEYS[4 * row + column] if min(levels) > _LOUD else " "


def _share(spectrum: NDArray[np.float64], hz: int) -> float:
    """The fraction of the blocks in which a tone is clearly there."""
    bin_ = round(hz * _BLOCK / RATE)
    return float((spectrum[:, bin_ - 2 : bin_ + 3].max(axis=1) > _LOUD).mean())
