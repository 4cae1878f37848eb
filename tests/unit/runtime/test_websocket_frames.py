"""Frames of sent messages. tests/fuzz compares the reading side with ServerProtocol."""

import pytest
from websockets.frames import Frame, Opcode

from esl_bridge.runtime.websocket_frames import whole


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_a_message_is_framed_as_the_library_frames_it(opcode, size):
    message = b"x" * size
    framed = whole(opcode is Opcode.TEXT, message)
    assert framed == Frame(opcode, message).serialize(mask=False)
