"""What a recording contains: each speaker's tone, searched for in every quarter of a second."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

BLOCK_SECONDS = 0.25
_LOUD = 400.0  # amplitude; a speaker has about 9800, mixed with others less

Sounds = list[list[list[str]]]
"""For each block, for each channel, whose tones sound."""


def sounds(path: Path, tones: dict[str, int]) -> Sounds:
    """Which tones a complete wav file contains, block by block."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)
    size = int(rate * BLOCK_SECONDS)
    blocks = len(pcm) // channels // size
    shaped = pcm[: blocks * size * channels].reshape(blocks, size, channels)
    spectrum = np.abs(np.fft.rfft(shaped * np.hanning(size)[:, None], axis=1)) * 4 / size
    bins = {name: round(hz * BLOCK_SECONDS) for name, hz in tones.items()}
    return [
        [
            [name for name, at in bins.items() if block[at - 2 : at + 3, channel].max() > _LOUD]
            for channel in range(channels)
        ]
        for block in spectrum
    ]
