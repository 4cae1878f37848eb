"""Checks the pushes of each agent in a walk against the rules of docs/protocol/SEQUENCES.md."""

from __future__ import annotations

from typing import Any

from esl_bridge.domain.call import ActionKind
from esl_bridge.domain.domain_events import ActionAdvanced, AgentStateChanged, LegOffered

STORIES = (
    ["INITIATE"],
    ["INITIATE", "START_CALL"],
    ["INITIATE", "END_CALL"],
    ["INITIATE", "START_CALL", "END_CALL"],
)
OF_RECORDS = (["START_CALL"], ["START_CALL", "END_CALL"], ["END_CALL"])


class Story:
    """``talks``: how many actions have come to a talk."""

    def __init__(self) -> None:
        self._shown: dict[str, tuple[str, str]] = {}
        self._phases: dict[tuple[str, str, str], list[str]] = {}
        self._offered: dict[str, str] = {}
        self.talks = 0

    def read(self, agent: str, told: list[Any]) -> None:
        for item in told:
            match item:
                case AgentStateChanged():
                    self._moved(agent, item)
                case ActionAdvanced():
                    self._advanced(agent, item)
                case LegOffered():  # at a check-in before RINGING, too
                    self._offered[agent] = item.uuid

    def _moved(self, agent: str, item: AgentStateChanged) -> None:
        status, sub = self._shown.get(agent, ("OFFLINE", ""))
        assert item.last_status == status, item
        assert (item.status, item.sub_status) != (status, sub), item
        if item.status == "RINGING" and item.reason not in ("CALL", "SUBSTITUTE"):
            assert self._offered.get(agent) == item.uuid, f"not told by callin: {item}"
        self._shown[agent] = (item.status, item.sub_status)
        if item.status == "OFFLINE":
            assert not self._open(agent), f"{item}, and still open: {self._open(agent)}"

    def _advanced(self, agent: str, item: ActionAdvanced) -> None:
        assert self._shown[agent][0] != "OFFLINE", item
        if not item.req_id:  # EXT_UN_REG, or a phone that changed its media by itself
            assert item.phase == "END_CALL", item
            return
        seen = self._phases.setdefault((agent, item.req_id, item.kind), [])
        seen.append(str(item.phase))
        assert seen in (OF_RECORDS if item.kind is ActionKind.RECORD else STORIES), (
            f"{seen}: {item}"
        )
        self.talks += item.phase == "START_CALL" and item.kind is not ActionKind.RECORD

    def _open(self, agent: str) -> list[str]:
        return [
            f"{kind} {req_id}"
            for (whose, req_id, kind), seen in self._phases.items()
            if whose == agent and seen[-1] != "END_CALL"
        ]

    def is_over(self) -> None:
        for agent in self._shown:
            assert not self._open(agent), f"{agent} never heard the end of {self._open(agent)}"
