"""A simulated FreeSWITCH that speaks ESL on a socket, with phones that tests control."""

from esl_bridge.simulator.server import Simulator
from esl_bridge.simulator.session import Accounts, User

__all__ = ["Accounts", "Simulator", "User"]
