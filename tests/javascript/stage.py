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
            "forgives": world.forgives,
            "legs_over": world.legs_over,
            "is_put_through": self._is_put_through,
            "goes_home": self._goes_home,
            "kill_daemon": self._kill_daemon,
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

    def _is_put_through(self) -> bool:
        """Whether the customer's call is answered in the end."""
        for _ in range(100):
            if self._world.is_answered("C"):
                return True
            if self._is_idle("C", 0.2):
                return False
        raise AssertionError("it rings for ever")

    def _goes_home(self, name: str) -> None:
        if not self._is_idle(name, 2):
            self._world.phone(name).hangup()
        self._world.phone(name).wait_idle()

    def _is_idle(self, name: str, seconds: float) -> bool:
        try:
            self._world.phone(name).wait_idle(seconds)
        except AssertionError:
            return False
        return True

    def _kill_daemon(self, name: str) -> list[str]:
        """At once, and start another; gives the legs of an agent's calls that were over by then."""
        self._world.kill_daemon_at_once()
        over = self._world.legs_over(name)
        self._world.start_daemon()
        return over

    def _reset(self) -> None:
        """Every agent is away."""
        for name in AGENTS:
            self._world.connect(name).checkin(reset=True)
        self._world.clean_up(all_taken=False)
