"""The configuration: two kinds of YAML files, read whole, and every mistake reported at once."""

from esl_bridge.config.loading import load, warnings
from esl_bridge.config.mistakes import ConfigError, Mistake
from esl_bridge.config.settings import (
    Limits,
    Listen,
    Settings,
    Sounds,
    SwitchConfig,
    Timing,
    host_and_port,
)

__all__ = [
    "ConfigError",
    "Limits",
    "Listen",
    "Mistake",
    "Settings",
    "Sounds",
    "SwitchConfig",
    "Timing",
    "host_and_port",
    "load",
    "warnings",
]
