"""From bytes to a validated request, and from a reply or a push to bytes.

Reading takes two steps, since a refusal has to name its request: :meth:`Codec.read` turns bytes
into an :class:`Envelope` of untrusted fields, and :meth:`Codec.request` turns that into a typed
request.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, EnumType, auto
from typing import Any, get_args, get_type_hints

import msgpack
import msgspec

from esl_bridge.errors import BadField, BadMsgType, Malformed
from esl_bridge.protocol.envelope import Reply, ReplyEnvelope, Request
from esl_bridge.protocol.tolerance import Tolerance, as_text

ALIASES = {"pickup": "answer"}
"""Other names of requests; the reply repeats the name that was sent."""
REPLY_NAMES = {"ping": "pong"}
"""The ``msg_type`` of a reply, where it is not its request's."""
_CONTAINERS = (dict, list)
# Messages have a handful. Each costs time, and 64 KiB can hold 65,000.
_MOST_CONTAINERS = 1_000
_MOST_MEMBERS = 1_000
# An unterminated string extends to the end of the message: else each quote in it would be tried as
# the beginning of one, which takes half a minute for 64 KiB.
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = b"[]{}"
_AS_LISTS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_CULPRIT = re.compile(r"missing required field `(\w+)`|at `\$\.(\w+)")


class Form(Enum):
    """The encoding of a connection's messages."""

    JSON = auto()
    MSGPACK = auto()


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was read but is not trusted yet; a missing field is ``""``.

    ``msg_type`` is what the client sent (``pickup``, not ``answer``), since the reply repeats it.
    """

    req_id: str = ""
    msg_type: str = ""
    company_code: str = ""
    agent_id: str = ""
    fields: Mapping[str, object] = {}


class Codec:
    """Reads messages into the given request classes, by their ``msg_type``; ``nesting``: how deep
    one may be."""

    def __init__(self, requests: Mapping[str, type[Request]], nesting: int) -> None:
        self._requests = requests
        self._tolerances = {name: Tolerance(request) for name, request in requests.items()}
        self._nesting = nesting

    def read(self, data: bytes, form: Form) -> Envelope:
        """Read one message; raises Malformed, with the fields that could be read, if it is none."""
        try:
            read = _from_json if form is Form.JSON else _from_msgpack
            fields = read(data, self._nesting)
            if not isinstance(fields, dict):
                raise ValueError("no object")
            if form is Form.JSON and data.count(b":") > len(fields):
                _refuse_twin_keys(data)
        except (ValueError, RecursionError, msgspec.MsgspecError) as error:
            raise _malformed(data, form, error) from error
        return Envelope(
            req_id=_text(fields, "req_id"),
            msg_type=_text(fields, "msg_type").strip(" \t"),
            company_code=_text(fields, "company_code"),
            agent_id=_text(fields, "agent_id"),
            fields=fields,
        )

    def request(self, envelope: Envelope) -> Request:
        """Validate a message; raises BadMsgType, or BadField that names the first bad field."""
        name = ALIASES.get(envelope.msg_type, envelope.msg_type)
        if name not in self._requests:
            raise BadMsgType(envelope.msg_type)
        kind = self._requests[name]
        try:
            return msgspec.convert(envelope.fields, kind)
        except msgspec.ValidationError:  # not as declared; the tolerated forms are tried next
            fields = kind.relevant(self.meant(name, envelope.fields))
        try:
            return msgspec.convert(fields, kind)
        except msgspec.ValidationError as error:
            culprit = _culprit(error)
            raise BadField(culprit, str(error), _allowed(kind, culprit)) from error

    def meant(self, name: str, fields: Mapping[str, object]) -> Mapping[str, object]:
        """The fields of a message after the tolerated coercions, valid or not."""
        return self._tolerances[name].read(fields)


def reply(
    envelope: Envelope, code: str, msg: str, fields: Reply | None = None
) -> dict[str, object]:
    """Build a reply: the envelope's fields first, then the reply's own in their declared order.

    A refusal may have fields of its own too, such as the present state of ``hold`` or ``mute``.
    """
    begins = ReplyEnvelope(
        req_id=envelope.req_id,
        msg_type=REPLY_NAMES.get(envelope.msg_type, envelope.msg_type),
        company_code=envelope.company_code,
        agent_id=envelope.agent_id,
        code=code,
        msg=msg,
    )
    message: dict[str, object] = msgspec.structs.asdict(begins)
    if fields is not None:
        names = zip(fields.__struct_fields__, fields.__struct_encode_fields__, strict=True)
        for name, encoded in names:
            if (value := getattr(fields, name)) is not None:
                message[encoded] = value
    return message


_json_decoder = msgspec.json.Decoder()
_json_encoder = msgspec.json.Encoder()
_msgpack_encoder = msgspec.msgpack.Encoder()


def encode(message: msgspec.Struct | Mapping[str, object], form: Form) -> bytes:
    """Encode a reply or a push."""
    encoder = _json_encoder if form is Form.JSON else _msgpack_encoder
    return encoder.encode(message)


class Shared:
    """Encodes messages that have ``parts`` in common; the parts are encoded once for each form."""

    def __init__(self, **parts: object) -> None:
        self._parts = parts
        self._written: dict[Form, dict[str, msgspec.Raw]] = {}

    def encode(self, message: msgspec.Struct, form: Form) -> bytes:
        if form not in self._written:
            encoder = _json_encoder if form is Form.JSON else _msgpack_encoder
            self._written[form] = {
                name: msgspec.Raw(encoder.encode(part)) for name, part in self._parts.items()
            }
        return encode(msgspec.structs.replace(message, **self._written[form]), form)


def _from_json(data: bytes, nesting: int) -> object:
    if data.count(b"{") + data.count(b"[") <= nesting:  # few brackets cannot nest deeply
        return _json_decoder.decode(data)
    brackets = _TEXT.sub(b"", data).translate(_AS_LISTS, _NO_BRACKETS)
    if brackets.count(b"[") > _MOST_CONTAINERS:  # checked before decoding: freeing them takes long
        raise ValueError(f"more than {_MOST_CONTAINERS} objects and lists")
    fields = _json_decoder.decode(data)
    for _ in range(nesting):
        brackets = brackets.replace(b"[]", b"")  # the innermost
    if brackets:
        raise ValueError(f"nested deeper than {nesting}")
    return fields


def _from_msgpack(data: bytes, nesting: int) -> object:
    # No part can be longer than the whole, so a forged length allocates no memory.
    counted = itertools.count()
    fields = msgpack.unpackb(
        data,
        object_pairs_hook=lambda pairs: _few(_unique(pairs), counted),
        list_hook=lambda items: _few(items, counted),
        strict_map_key=True,
        max_str_len=len(data),
        max_bin_len=len(data),
        max_ext_len=len(data),
        max_array_len=min(len(data), _MOST_MEMBERS),
        max_map_len=min(len(data), _MOST_MEMBERS),
    )
    if next(counted) > nesting and _nests_deeper(
        fields, nesting
    ):  # few brackets cannot nest deeply
        raise ValueError(f"nested deeper than {nesting}")
    return fields


def _few(value: object, counted: Iterator[int]) -> object:
    """A list or an object, unless there are too many."""
    if next(counted) >= _MOST_CONTAINERS:
        raise ValueError(f"more than {_MOST_CONTAINERS} objects and lists")
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object without duplicate keys: two readers may disagree about which one counts."""
    unique = dict(pairs)
    if len(unique) < len(pairs):
        raise ValueError("a key occurs twice")
    return unique


def _refuse_twin_keys(data: bytes) -> None:
    """Check for duplicate keys the slow way: more colons than keys means duplicates, or colons in
    strings."""
    json.loads(data.decode(), object_pairs_hook=_unique)


def _nests_deeper(value: object, limit: int) -> bool:
    if not isinstance(value, _CONTAINERS):
        return False
    inner = value.values() if isinstance(value, dict) else value
    nested = [each for each in inner if isinstance(each, _CONTAINERS)]
    return limit == 0 or any(_nests_deeper(each, limit - 1) for each in nested)


def _malformed(data: bytes, form: Form, error: Exception) -> Malformed:
    if form is Form.MSGPACK:
        return Malformed(str(error))
    return Malformed(
        str(error), _glimpse(data, b"req_id"), _glimpse(data, b"msg_type").strip(" \t")
    )


def _glimpse(data: bytes, name: bytes) -> str:
    """A string field of text that is not quite JSON, else ``""``."""
    found = re.search(rb'"%b"\s*:\s*("(?:[^"\\]|\\.){0,256}")' % name, data)
    try:
        return msgspec.json.decode(found[1], type=str) if found else ""
    except (ValueError, msgspec.MsgspecError):
        return ""


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name, "")
    text = value if isinstance(value, str) else as_text(value)
    return text if isinstance(text, str) else ""


def _allowed(kind: type[Request], field: str) -> str:
    """The values of an enumerated field; "" for any other."""
    hint: Any = get_type_hints(kind).get(field)
    for each in (hint, *get_args(hint)):
        if isinstance(each, EnumType):
            members: Iterable[Enum] = each
            return " | ".join(str(member.value) for member in members)
    return ""


def _culprit(error: msgspec.ValidationError) -> str:
    found = _CULPRIT.search(str(error))
    assert found, error
    return found[1] or found[2]
