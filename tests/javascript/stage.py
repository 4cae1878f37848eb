"""What stories in other languages have of a world: its phones and its switch, over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.behaviour.world import AGENTS, World
from tests.specified import Conversation

Answer = Callable[..., Any]


class Stage:
    """Serves ``POST /``, whose body is a list: what to do, and with what. Answers 200 with the
    result, or 500 with what was wrong."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._acts: dict[str, Answer] = {
            "phone": self._phone,
            "picks_up": self._picks_up,
            "hears": world.hears,
            "conversation": self._conversation,
            "reset": self._reset,
        }
        stage = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    status, answer = 200, stage.act(*json.loads(body))
                except Exception as error:  # noqa: BLE001
                    status, answer = 500, f"{type(error).__name__}: {error}"
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Stage:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def act(self, name: str, *arguments: Any) -> Any:
        return self._acts[name](*arguments)

    def _phone(self, name: str, verb: str, *arguments: Any) -> Any:
        return getattr(self._world.phone(name), verb)(*arguments)

    def _picks_up(self, name: str) -> None:
        """At a phone that rings, or is about to."""
        self._world.phone(name).wait_ringing()
        self._world.phone(name).answer()

    def _conversation(self, frames: list[tuple[str, Any]]) -> None:
        """Hold what a client has sent and received against the specification."""
        conversation = Conversation()
        for way, message in frames:
            (conversation.sent if way == "sent" else conversation.received)(message)

    def _reset(self) -> None:
        """Every agent is away."""
        for name in AGENTS:
            self._world.connect(name).checkin(reset=True)
        self._world.clean_up(all_taken=False)
