"""Decodes the sound that RTP carries into linear samples at 8 kHz.

G.711 is a table; G.722 and opus are decoded by the libraries that the phones themselves use.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 8000
PCMU, PCMA, G722, TELEPHONE_EVENT = 0, 8, 9, 101
_DYNAMIC, _EVENT_BYTES = 96, 4
_LONGEST = RATE // 8  # samples of one packet: 120 ms of opus
_G722_BITRATE, _G722_AT_8_KHZ = 64_000, 1

Pcm = NDArray[np.float64]
Packet = tuple[int, bytes]
"""Payload type and payload."""
Decoder = Callable[[bytes], NDArray[Any]]


def is_sound(packet: Packet) -> bool:
    """Whether a packet carries sound: DTMF events always have this length, and tones never do."""
    kind, payload = packet
    if kind == TELEPHONE_EVENT or len(payload) == _EVENT_BYTES:
        return False
    return kind in (PCMU, PCMA, G722) or kind >= _DYNAMIC


def decoded(packets: list[Packet]) -> Pcm:
    """Decode packets in their order. Opus is the only dynamic payload type that phones here use."""
    parts = [_decoded(kind, [payload for _, payload in of]) for kind, of in _by_kind(packets)]
    return np.concatenate(parts) if parts else np.empty(0)


def _by_kind(packets: list[Packet]) -> list[tuple[int, list[Packet]]]:
    return [(kind, list(of)) for kind, of in groupby(packets, key=itemgetter(0))]


def _decoded(kind: int, payloads: list[bytes]) -> Pcm:
    decode = {PCMU: _ulaw, PCMA: _alaw, G722: _g722}.get(kind, _opus)()
    return np.concatenate([decode(payload) for payload in payloads]).astype(float)


def _linear(code: NDArray[np.int32], law: int) -> NDArray[np.int32]:
    """Decode G.711 by the exponent and mantissa that each byte has once its bits are inverted."""
    right = (~code if law == PCMU else code ^ 0x55) & 0xFF
    exponent, mantissa = (right & 0x70) >> 4, (right & 0x0F) << 4
    if law == PCMU:
        size = (((right & 0x0F) << 3) + 0x84 << exponent) - 0x84
        return np.where(right & 0x80, -size, size)
    size = np.where(exponent > 0, (mantissa + 0x108) << np.maximum(exponent - 1, 0), mantissa + 8)
    return np.where(right & 0x80, size, -size)


LINEAR = {law: _linear(np.arange(256, dtype=np.int32), law) for law in (PCMU, PCMA)}


def _ulaw() -> Decoder:
    return lambda payload: LINEAR[PCMU][np.frombuffer(payload, np.uint8)]


def _alaw() -> Decoder:
    return lambda payload: LINEAR[PCMA][np.frombuffer(payload, np.uint8)]


class _G722:
    """Decodes one stream of G.722: its lower sub-band."""

    def __init__(self) -> None:
        self._library = _spandsp()
        self._state = self._library.g722_decode_init(None, _G722_BITRATE, _G722_AT_8_KHZ)

    def __call__(self, payload: bytes) -> NDArray[Any]:
        sound = np.empty(2 * len(payload), np.int16)
        count = self._library.g722_decode(
            self._state, sound.ctypes.data_as(ctypes.c_void_p), payload, len(payload)
        )
        return sound[:count]

    def __del__(self) -> None:
        self._library.g722_decode_free(self._state)


class _Opus:
    """Decodes one stream of opus."""

    def __init__(self) -> None:
        self._library = _libopus()
        self._state = self._library.opus_decoder_create(RATE, 1, None)

    def __call__(self, payload: bytes) -> NDArray[Any]:
        sound = np.empty(_LONGEST, np.int16)
        target = sound.ctypes.data_as(ctypes.c_void_p)
        count = self._library.opus_decode(self._state, payload, len(payload), target, _LONGEST, 0)
        assert count >= 0, "not opus"
        return sound[:count]

    def __del__(self) -> None:
        self._library.opus_decoder_destroy(self._state)


def _g722() -> Decoder:
    return _G722()


def _opus() -> Decoder:
    return _Opus()


@cache
def _spandsp() -> ctypes.CDLL:
    library = ctypes.CDLL("libspandsp.so.2")
    library.g722_decode_init.restype = ctypes.c_void_p
    library.g722_decode_init.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int)
    library.g722_decode.argtypes = (
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int,
    )
    library.g722_decode_free.argtypes = (ctypes.c_void_p,)
    return library


@cache
def _libopus() -> ctypes.CDLL:
    library = ctypes.CDLL("libopus.so.0")
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_decoder_create.argtypes = (ctypes.c_int32, ctypes.c_int, ctypes.c_void_p)
    library.opus_decode.argtypes = (
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int32,
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_int,
    )
    library.opus_decoder_destroy.argtypes = (ctypes.c_void_p,)
    return library
