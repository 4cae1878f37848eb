"""What agents and supervisors do in a call: each story runs to its end, or until the daemon is
killed.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.behaviour.world import AGENTS
from tests.faults.scene import Scene

Story = Callable[[Scene, str], None]

_OPERATED = {"operated_agent_id": AGENTS["A"], "operated_ext_id": AGENTS["A"]}


def transfers(scene: Scene, uuid: str) -> None:
    scene.ask("trans", uuid=uuid, type="1", trans_type="1", trans_number=AGENTS["D"])
    scene.answers("D")
    scene.was_told("TRANS", "END_CALL")
    scene.hear("C", "D")


def transfers_while_talking(scene: Scene, uuid: str) -> None:
    scene.ask("trans", uuid=uuid, type="2", trans_type="1", trans_number=AGENTS["D"])
    scene.answers("D")
    scene.was_told("TRANS", "END_CALL")
    scene.hear("C", "D")


def takes_a_transfer_back(scene: Scene, uuid: str) -> None:
    scene.ask("trans", uuid=uuid, type="1", trans_type="1", trans_number=AGENTS["D"])
    scene.rings("D")
    scene.ask("trans", uuid=uuid, type="3")
    scene.hear("C", "A")


def consults(scene: Scene, uuid: str) -> str:
    reply = scene.ask("consult", uuid=uuid, type="1", consult_type="0", consult_number=AGENTS["D"])
    scene.rings("D")
    return str(reply["consult_uuid"])


def consults_and_returns(scene: Scene, uuid: str) -> None:
    consults(scene, uuid)
    scene.answers("D")
    scene.was_told("CONSULT", "START_CALL")
    scene.ask("consult", uuid=uuid, type="2")
    scene.hear("C", "A")


def breaks_a_consult_off(scene: Scene, uuid: str) -> None:
    consults(scene, uuid)
    scene.ask("consult", uuid=uuid, type="2")
    scene.hear("C", "A")


def customer_leaves(scene: Scene, uuid: str) -> None:
    leg = consults(scene, uuid)
    scene.answers("D")
    scene.was_told("CONSULT", "START_CALL")
    scene.ask("consult_to_trans", consult_uuid=leg)
    scene.was_told("CONSULT_TO_TRANS", "END_CALL")
    scene.hear("C", "D")


def hands_over_while_it_rings(scene: Scene, uuid: str) -> None:
    leg = consults(scene, uuid)
    scene.ask("consult_to_trans", consult_uuid=leg)
    scene.answers("D")
    scene.was_told("CONSULT_TO_TRANS", "END_CALL")
    scene.hear("C", "D")


def three_talk(scene: Scene, uuid: str) -> None:
    scene.ask("three_way", uuid=uuid, three_way_type="0", three_way_number=AGENTS["D"])
    scene.answers("D")
    scene.was_told("THREE_WAY", "START_CALL")
    scene.world.phone("D").hangup()
    scene.was_told("THREE_WAY", "END_CALL")
    scene.hear("C", "A")


def holds(scene: Scene, uuid: str) -> None:
    scene.ask("hold", uuid=uuid, hold="1")
    scene.hear("C", "MOH")
    scene.ask("hold", uuid=uuid, hold="0")
    scene.hear("C", "A")


def listens(scene: Scene, _uuid: str) -> None:
    """The supervisor eavesdrops, and then is heard by more and more parties."""
    scene.ask("eavesdrop", by="S", **_OPERATED)
    scene.answers("S")
    scene.was_told("EAVESDROP", "START_CALL", "S")
    scene.ask("whisper", by="S", **_OPERATED)
    scene.was_told("WHISPER", "START_CALL", "S")
    scene.ask("force_call", by="S", **_OPERATED)
    scene.was_told("FORCE_CALL", "START_CALL", "S")
    scene.hear("C", "A", "S")


def takes_over(scene: Scene, _uuid: str) -> None:
    scene.ask("substitute", by="S", **_OPERATED)
    scene.answers("S")
    scene.was_told("SUBSTITUTE", "START_CALL", "S")
    scene.hear("C", "S")


def takes_over_from_one_who_holds(scene: Scene, uuid: str) -> None:
    scene.ask("hold", uuid=uuid, hold="1")
    scene.hear("C", "MOH")
    takes_over(scene, uuid)


def interrupts(scene: Scene, _uuid: str) -> None:
    scene.ask("interrupt_call", by="S", **_OPERATED)
    scene.was_told("INTERRUPT_CALL", "END_CALL", "S")


ALL = [
    transfers,
    transfers_while_talking,
    takes_a_transfer_back,
    consults_and_returns,
    breaks_a_consult_off,
    customer_leaves,
    hands_over_while_it_rings,
    three_talk,
    holds,
    listens,
    takes_over,
    takes_over_from_one_who_holds,
    interrupts,
]
