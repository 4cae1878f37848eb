"""All API commands."""

from esl_bridge.simulator import api_legs, api_lists, api_queues, api_rooms, control

__all__ = ["api_legs", "api_lists", "api_queues", "api_rooms", "control"]
