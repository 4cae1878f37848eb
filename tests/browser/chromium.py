"""A Chromium as an agent's phone (JsSIP, SIP over WebSocket) and desktop (the agent protocol).

Each has a tone of its own on its microphone, and tells whose tones it really plays: who hears whom
is measured at the loudspeaker, behind ICE, DTLS and the jitter buffer. Each is its own browser,
for the file that its microphone plays belongs to the browser. A page's origin,
``http://localhost:PORT``, is a secure context, and has to be in ``listen.origins``.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from websockets.sync.client import connect

from tests.lab.sound import write_tone

HERE = Path(__file__).parent
JSSIP = HERE.parents[1] / "build" / "jssip.js"
_BLINK_SECONDS = 0.05
_START_SECONDS = 60.0
_TONE_SECONDS = 2  # played again and again
_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0",
]


class BrowserError(Exception):
    """The page did not do, or did not come to, what it was to."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        return str(JSSIP) if path == "/jssip.js" else super().translate_path(path)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def pages() -> Iterator[str]:
    """Serves the page; gives its origin."""
    handler = functools.partial(_Quiet, directory=str(HERE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()


class Browser:
    """``hz``: what its microphone picks up."""

    def __init__(self, name: str, folder: Path, origin: str, hz: int) -> None:
        self.name, self._folder, self._hz = name, folder / name, hz
        self._url = f"{origin}/phone.html"
        self._asked = 0
        self._clock = threading.Event()

    def start(self) -> Browser:
        self._folder.mkdir(parents=True)
        tone = self._folder / "tone.wav"
        write_tone(tone, self._hz, _TONE_SECONDS, 48_000)
        own_leg = [
            f"--use-file-for-fake-audio-capture={tone}",
            f"--user-data-dir={self._folder}/profile",
        ]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["chromium", *_FLAGS, *own_leg, self._url],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        debugger = self._debugger()
        self._tab = self._until(lambda: self._page(debugger), _START_SECONDS)
        self._debug = connect(self._tab["webSocketDebuggerUrl"], max_size=None)
        self.wait("typeof lab !== 'undefined' && !!lab.request", _START_SECONDS)
        return self

    def _debugger(self) -> str:
        told = self._folder / "profile" / "DevToolsActivePort"
        self._until(lambda: told.exists() and "\n" in told.read_text(), _START_SECONDS)
        return f"http://127.0.0.1:{told.read_text().split()[0]}/json"

    def _page(self, debugger: str) -> dict[str, str] | None:
        if self._process.poll() is not None:
            raise BrowserError((self._folder / "log").read_text()[-2000:])
        with urlopen(Request(f"{debugger}/list")) as answer:
            tabs: list[dict[str, str]] = json.load(answer)
        return next((tab for tab in tabs if tab["url"] == self._url), None)

    def _until(self, found: Any, seconds: float) -> Any:
        for _ in range(int(seconds / _BLINK_SECONDS)):
            if result := found():
                return result
            self._clock.wait(_BLINK_SECONDS)
        raise BrowserError(f"{self.name}: not in {seconds} s")

    def kill(self) -> None:
        """As in a power cut."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- the page

    def js(self, expression: str) -> Any:
        """The expression's value, awaited."""
        result = self._ask(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in result:
            told = result["exceptionDetails"].get("exception", {}).get("description")
            raise BrowserError(f"{self.name}: {expression[:80]}: {told}")
        return result["result"].get("value")

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._asked += 1
        self._debug.send(json.dumps({"id": self._asked, "method": method, "params": params}))
        while True:
            reply: dict[str, Any] = json.loads(self._debug.recv(timeout=60))
            if reply.get("id") == self._asked:
                return dict(reply["result"])

    def _call(self, function: str, *args: Any) -> Any:
        return self.js(f"lab.{function}({', '.join(map(json.dumps, args))})")

    def wait(self, expression: str, seconds: float = 15) -> Any:
        """Until it is true; gives its value."""
        for _ in range(int(seconds / _BLINK_SECONDS)):
            if value := self.js(expression):
                return value
            self._clock.wait(_BLINK_SECONDS)
        log = self.js("window.lab && lab.log.slice(-12)")
        raise BrowserError(f"{self.name}: not in {seconds} s: {expression}: {log}")

    def reload(self) -> None:
        """As its user does; the page has forgotten everything."""
        self.js("lab.old = true")
        self._ask("Page.reload")
        self.wait("typeof lab !== 'undefined' && !!lab.request && !lab.old", _START_SECONDS)

    # -- the phone

    def register(self, extension: str, password: str, ws: str, domain: str) -> None:
        uri = f"sip:{extension}@{domain}"
        self._call("register", {"uri": uri, "password": password, "ws": ws})
        self.wait("lab.ua.isRegistered()")

    def auto_answer(self, *, video: bool = False) -> None:
        self.js(f"lab.auto = {json.dumps({'video': video})}")

    def answer(self) -> None:
        self.wait("!!lab.session && lab.session.isInProgress()")
        self._call("answer", {})

    def wait_talking(self) -> None:
        self.wait("!!lab.session && lab.session.isEstablished()")

    def wait_idle(self, seconds: float = 15) -> None:
        self.wait("!lab.session", seconds)

    def hangup(self) -> None:
        self._call("hangup")

    def loses_its_socket(self) -> None:
        """And has it back within a second or two."""
        self.js("lab.line.drop()")
        self.wait("lab.ua.isRegistered()")

    def invitation(self) -> str:
        """The last INVITE that came."""
        return str(self.js("lab.invites.at(-1)"))

    def frames(self) -> int:
        """Of video, that were shown up to now."""
        return int(self._call("stats").get("in_video", {}).get("frames") or 0)

    def hears(self, tones: dict[str, int]) -> set[str]:
        return set(self._call("hears", tones))

    # -- the desktop

    def check_in(self, url: str, company: str, agent: str, password: str) -> dict[str, Any]:
        who = {"company_code": company, "agent_id": agent, "ext_id": agent, "os": "web"}
        self.js(f"lab.identity = {json.dumps(who)}")
        self._call("connect", url)
        return self.ok("checkin", agent_pwd=password)

    def ask(self, msg_type: str, **fields: Any) -> dict[str, Any]:
        return dict(self._call("request", {"msg_type": msg_type, **fields}))

    def ok(self, msg_type: str, **fields: Any) -> dict[str, Any]:
        reply = self.ask(msg_type, **fields)
        assert reply["code"] == "0", reply
        return reply

    def push(self, msg_type: str, seconds: float = 15, **having: str) -> dict[str, Any]:
        """The first such push, here already or awaited; it is taken away."""
        wanted = {"msg_type": msg_type, **having}
        fits = " && ".join(f"p[{json.dumps(k)}] === {json.dumps(v)}" for k, v in wanted.items())
        taken = (
            f"(i => i < 0 ? null : lab.pushes.splice(i, 1)[0])(lab.pushes.findIndex(p => {fits}))"
        )
        return dict(self.wait(taken, seconds))

    def forget(self) -> None:
        self.js("lab.pushes.length = 0")
