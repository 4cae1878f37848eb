"""The API commands: a table by name, and background jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from esl_bridge.simulator.results import Answer, when_answered

if TYPE_CHECKING:
    from esl_bridge.simulator.switch import SimulatedSwitch

Command = Callable[["SimulatedSwitch", str], Answer]
COMMANDS: dict[str, Command] = {}
NO_CHANNEL = "-ERR No such channel!\n"


def command(name: str) -> Callable[[Command], Command]:
    """Register an API command; it receives the switch and its arguments as one string."""

    def register(function: Command) -> Command:
        COMMANDS[name] = function
        return function

    return register


def run(switch: SimulatedSwitch, line: str) -> Answer:
    """Run ``NAME ARGUMENTS``, and publish an API event for it."""
    name, _, arguments = line.strip().partition(" ")
    function = COMMANDS.get(name)
    answer = (
        function(switch, arguments.strip()) if function else f"-ERR {name} Command not found!\n"
    )
    switch.publish("API", {"API-Command": name, "API-Command-Argument": arguments.strip()})
    return answer


def run_job(switch: SimulatedSwitch, line: str, job: str) -> None:
    """Run a command whose answer is published as BACKGROUND_JOB."""
    name, _, arguments = line.strip().partition(" ")
    headers = {"Job-UUID": job, "Job-Command": name}
    if arguments:
        headers["Job-Command-Arg"] = arguments
    when_answered(run(switch, line), lambda text: switch.publish("BACKGROUND_JOB", headers, text))


@command("bgapi")
def bgapi(switch: SimulatedSwitch, arguments: str) -> Answer:
    """As an API command it generates the job id, or takes one from a leading ``uuid:ID``."""
    job = switch.new_uuid()
    if arguments.startswith("uuid:"):
        job, _, arguments = arguments.removeprefix("uuid:").partition(" ")
    run_job(switch, arguments, job)
    return f"+OK Job-UUID: {job}\n"
