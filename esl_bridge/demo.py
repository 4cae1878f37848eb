"""Runs the daemon with a simulated switch and a sample company, and prints what to type."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gevent.socket import wait_read

from esl_bridge.app import App, build
from esl_bridge.config import Listen, Settings, SwitchConfig, Timing
from esl_bridge.domain.company import AgentEntry, Company, Extension, External, Route
from esl_bridge.protocol.texts import Language
from esl_bridge.render import render
from esl_bridge.runtime.passwords import hash_password
from esl_bridge.simulator import Accounts, Simulator

COMPANY = "90001"
ANN, BO, SUE = "90001_20000", "90001_20001", "90001_20002"
PASSWORD = "example"  # of every agent and of the simulated switch
OUTSIDE, CUSTOMER, NUMBER = "13107618845", "13900000002", "40010001"
_ANSWERS_AFTER = 1.5  # seconds until a phone answers
_PATIENCE = 3600.0  # seconds until idle connections are closed: the user reads before typing

_INTRODUCTION = """\
esl-bridge demo: the daemon, a simulated switch and a sample company. Press Ctrl-C to stop.

  agents   Ann {ann}, Bo {bo}, Sue {sue} (a supervisor); password: {password}
  phones   all registered; each answers by itself after {answers_after} seconds
  numbers  {outside}: outside, to be called; {number}: the company's own, routed to Ann
  pages    http://{address}/docs/ (the protocol)  /healthz  /readyz  /metrics

To act as Ann, type in a second terminal:

    {python} -m esl_bridge console ws://{address}/agent {company} {ann}

It prints each message from the service after "<". Type or paste these lines there one by one, each
after the reply to the one before:
"""

_STEPS = (
    (
        'Check in. The reply says "code":"0" and "status":"FREE", and an agent_change says that\n'
        "Ann went from OFFLINE to FREE.",
        f"checkin agent_pwd={PASSWORD}",
    ),
    (
        "Call the outside number. The reply has the uuid of Ann's leg; a callback INITIATE\n"
        "follows, Ann is RINGING, then CALLING, and a callback START_CALL says that the two talk.",
        f"call callee_number={OUTSIDE}",
    ),
    (
        "Hold, once they talk: the far party hears music. UUID stands for the last uuid received.\n"
        'The reply says "hold":"1".',
        "hold uuid=UUID hold=1",
    ),
    (
        'Retrieve the call. The reply says "hold":"0".',
        "hold uuid=UUID hold=0",
    ),
    (
        "Hang up. Besides the reply there is a callback END_CALL, and Ann is FREE again.",
        "hangup uuid=UUID",
    ),
)

_END = """\
Now press Enter here, in the demo's own terminal: a customer calls {number}, and Ann, who must be
FREE, receives a callin. Use its uuid to hold and to hang up.

To act as Bo as well, open a third terminal and use his id instead of Ann's. Ann calls Bo with

    call callee_number={bo} out_line:=0
"""


class Demo:
    """A running demo."""

    def __init__(self, app: App, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    def instructions(self) -> str:
        """The instructions; lines to type are indented by four blanks."""
        host, port = self._app.address
        facts = {
            "ann": ANN,
            "bo": BO,
            "sue": SUE,
            "password": PASSWORD,
            "answers_after": _ANSWERS_AFTER,
            "outside": OUTSIDE,
            "number": NUMBER,
            "address": f"{host}:{port}",
            "company": COMPANY,
            "python": sys.executable,
        }
        steps = (
            f"{number}. {text}\n\n    {typed}\n"
            for number, (text, typed) in enumerate(_STEPS, start=1)
        )
        return "\n".join((_INTRODUCTION.format(**facts), *steps, _END.format(**facts)))

    def call_in_at_enter(self) -> None:
        """A customer calls whenever Enter is pressed, as long as there is a stdin."""
        if sys.stdin is None:
            return
        keyboard = sys.stdin.fileno()
        while _pressed(keyboard):
            customer = self._simulator.switch.outside_phone(CUSTOMER)
            self._simulator.switch.dial_in(customer, NUMBER)
            print(f"{CUSTOMER} calls {NUMBER}", flush=True)


@contextmanager
def demo(port: int) -> Iterator[Demo]:
    """Run the demo within the context; if the port is taken, or 0, it uses any."""
    company = _company()
    simulator = _simulator(company)
    simulator.start()
    try:
        app = _start_app(port, simulator.port, company)
        try:
            app.wait_until_ready()
            yield Demo(app, simulator)
        finally:
            app.stop()
    finally:
        simulator.stop()


def _pressed(keyboard: int) -> bool:
    wait_read(keyboard)
    return bool(os.read(keyboard, 1024))


def _company() -> Company:
    password_hash = hash_password(PASSWORD)
    names = {ANN: "Ann", BO: "Bo", SUE: "Sue"}
    return Company(
        code=COMPANY,
        name="Example",
        external=External(
            dial="sofia/gateway/carrier/{number}", caller_id=NUMBER, allowed=(r"1\d{10}",)
        ),
        extensions={agent_id: Extension(password="example-phone") for agent_id in names},
        agents={
            agent_id: AgentEntry(
                name=name,
                password_hash=password_hash,
                extension=agent_id,
                supervisor=agent_id == SUE,
            )
            for agent_id, name in names.items()
        },
        numbers={NUMBER: Route(agent=ANN)},
    )


def _settings(port: int, switch_port: int) -> Settings:
    return Settings(
        listen=Listen(agents=f"127.0.0.1:{port}"),
        switch=SwitchConfig(port=switch_port, password=PASSWORD),
        state="memory:",
        companies_path=Path(),
        audit=None,
        language=Language.ENGLISH,
        timing=Timing(idle_seconds=_PATIENCE, login_seconds=_PATIENCE),
    )


def _simulator(company: Company) -> Simulator:
    """A simulated switch with the files that `esl-bridge render` writes for the company."""
    settings = _settings(0, 0)
    [switch] = settings.nodes.values()
    with TemporaryDirectory() as folder:
        render(settings, {COMPANY: company}, Path(folder))
        dialplan = Path(folder, "dialplan")
        simulator = Simulator(
            accounts=Accounts(PASSWORD),
            domain=switch.domain,
            profile=switch.profile,
            dialplans=(dialplan / "esl_bridge.xml", dialplan / "public" / "05_esl_bridge.xml"),
        )
    for name in company.extensions:
        variables = {"esl_bridge_company": COMPANY, "esl_bridge_extension": name}
        phone = simulator.switch.add_extension(name, variables)
        simulator.switch.registered.append(phone)
        phone.plan.answer_after = _ANSWERS_AFTER
    simulator.switch.outside_phone(OUTSIDE).plan.answer_after = _ANSWERS_AFTER
    return simulator


def _start_app(port: int, switch_port: int, company: Company) -> App:
    app = build(_settings(port, switch_port), {COMPANY: company})
    try:
        app.start()
    except OSError as error:
        print(f"cannot listen on port {port} ({error.strerror}); using another\n")
        app = build(_settings(0, switch_port), {COMPANY: company})
        app.start()
    return app
