"""Every request class of the service, by its msg_type, and a codec that knows them."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

from esl_bridge import operations
from esl_bridge.config import Limits
from esl_bridge.protocol.codec import Codec
from esl_bridge.protocol.envelope import Request


def _descendants(kind: type[Request]) -> Iterator[type[Request]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def _every_request() -> dict[str, type[Request]]:
    for module in pkgutil.iter_modules(operations.__path__, "esl_bridge.operations."):
        importlib.import_module(module.name)
    return {
        str(kind.__struct_config__.tag): kind
        for kind in _descendants(Request)
        if kind.__module__.startswith("esl_bridge.operations.")
    }


@pytest.fixture(scope="session")
def requests() -> dict[str, type[Request]]:
    return _every_request()


@pytest.fixture(scope="session")
def codec(requests: dict[str, type[Request]]) -> Codec:
    return Codec(requests, Limits().nesting)
