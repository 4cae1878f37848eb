"""Each example that the source documents print is understood as it stands, or refused as text."""

import json
import re
from pathlib import Path

import msgpack
import pytest

from esl_bridge.errors import BadMsgType, Malformed
from esl_bridge.protocol.codec import Form

DOCUMENTS = Path(__file__).parents[3] / "docs" / "protocol"
# An object stands alone: its braces begin and end lines, fenced or not.
EXAMPLE = re.compile(r"^\{.*?^\} *$", re.MULTILINE | re.DOTALL)


def examples() -> list[str]:
    texts = [path.read_text("utf-8") for path in sorted(DOCUMENTS.glob("*.zh.md"))]
    return [found[0] for text in texts for found in EXAMPLE.finditer(text)]


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


WHOLE = [text for text in examples() if is_json(text)]
BROKEN = [text for text in examples() if not is_json(text)]


def name(text: str) -> str:
    return re.search(r'"msg_type": *" ?(\w+)', text)[1]


def is_request(text: str) -> bool:
    return '"code"' not in text and name(text) not in {"callback", "callin", "agent_change"}


REQUESTS = [text for text in WHOLE if is_request(text)]


def test_the_documents_have_the_expected_number_of_examples():
    assert (len(REQUESTS), len(WHOLE), len(BROKEN)) == (26, 41, 27)
    assert sum(map(is_request, BROKEN)) == 5


@pytest.mark.parametrize("text", REQUESTS, ids=name)
@pytest.mark.parametrize("form", Form)
def test_each_documented_request_is_understood(codec, requests, text, form):
    data = text.encode() if form is Form.JSON else msgpack.packb(json.loads(text))
    envelope = codec.read(data, form)
    request = codec.request(envelope)
    assert type(request) is requests[name(text)]
    assert envelope.req_id == request.req_id == json.loads(text).get("req_id", "")


@pytest.mark.parametrize("text", [text for text in WHOLE if not is_request(text)], ids=name)
def test_each_documented_reply_or_push_can_be_read_and_is_no_request(codec, requests, text):
    envelope = codec.read(text.encode(), Form.JSON)
    assert envelope.msg_type == name(text)
    if envelope.msg_type not in requests:
        with pytest.raises(BadMsgType):
            codec.request(envelope)


@pytest.mark.parametrize("text", BROKEN, ids=name)
def test_an_example_that_is_not_json_is_malformed(codec, text):
    with pytest.raises(Malformed) as refused:
        codec.read(text.encode(), Form.JSON)
    assert refused.value.msg_type == name(text)
    req_id = re.search(r'"req_id": *"([^"]+)"', text)
    assert refused.value.req_id == (req_id[1] if req_id else "")
