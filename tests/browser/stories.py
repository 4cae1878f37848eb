"""Two agents whose phones are browsers, and a customer outside; told in a network of their own.

``python -m tests.browser.stories FOLDER``: one line of JSON for each story, as it is told.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.browser.harness import CUSTOMER, NUMBER_OF_A, B, BrowserHarness

MOH = {"MOH"}
BOTH, NONE = "3", "0"


def offers(invitation: str, what: str) -> bool:
    return any(line.startswith(what) for line in invitation.splitlines())


def calls_in(harness: BrowserHarness) -> str:
    a, c = harness.agents["A"], harness.customer
    c.dial(NUMBER_OF_A)
    uuid = str(a.push("callin")["uuid"])
    a.answer()
    a.push("agent_change", agent_status="CALLING")
    harness.hear(A="C", C="A")
    return uuid


def is_called(harness: BrowserHarness) -> str:
    a, c = harness.agents["A"], harness.customer
    a.auto_answer()
    uuid = str(a.ok("call", callee_number=CUSTOMER)["uuid"])
    c.wait_ringing()
    c.answer()
    a.push("callback", action="CALL", phase="START_CALL")
    return uuid


def a_customer_calls_in(harness: BrowserHarness) -> None:
    calls_in(harness)
    invitation = harness.agents["A"].invitation()
    assert not offers(invitation, "m=video"), "pictures that nobody has asked for"
    assert not offers(invitation, "Session-Expires"), "session timers"
    assert not offers(invitation, "X-Call-UUID"), "a leg that the agent has not asked for"


def a_customer_is_called(harness: BrowserHarness) -> None:
    uuid = is_called(harness)
    harness.hear(A="C", C="A")
    assert offers(harness.agents["A"].invitation(), f"X-Call-UUID: {uuid}")
    harness.agents["A"].hangup()
    harness.customer.wait_idle()


def a_customer_is_held(harness: BrowserHarness) -> None:
    a, uuid = harness.agents["A"], calls_in(harness)
    a.ok("hold", uuid=uuid, hold="1")
    harness.hear(A=set(), C=MOH)
    a.ok("hold", uuid=uuid, hold="0")
    harness.hear(A="C", C="A")


def a_page_holds_by_itself(harness: BrowserHarness) -> None:
    a = harness.agents["A"]
    calls_in(harness)
    a.js("lab.session.hold()")
    harness.hear(A=set(), C=MOH)
    a.js("lab.session.unhold()")
    harness.hear(A="C", C="A")


def a_colleague_is_consulted_and_takes_over(harness: BrowserHarness) -> None:
    a, b, uuid = harness.agents["A"], harness.agents["B"], calls_in(harness)
    b.auto_answer()
    a.ok("consult", uuid=uuid, type="1", consult_type="0", consult_number=B)
    consult = a.push("callback", action="CONSULT", phase="START_CALL")["uuid"]
    harness.hear(A="B", B="A", C=MOH)
    a.ok("consult_to_trans", uuid=uuid, consult_uuid=consult)
    a.wait_idle()
    harness.hear(B="C", C="B")


def a_socket_is_lost_and_the_talk_goes_on(harness: BrowserHarness) -> None:
    a, uuid = harness.agents["A"], is_called(harness)
    a.forget()
    a.loses_its_socket()
    a.js("new Promise(done => setTimeout(done, 3000))")
    harness.hear(A="C", C="A")
    a.ok("hold", uuid=uuid, hold="1")
    harness.hear(C=MOH)
    a.ok("hold", uuid=uuid, hold="0")
    harness.hear(A="C", C="A")


def a_page_is_loaded_again_and_the_customer_is_not_lost(harness: BrowserHarness) -> None:
    a, b = harness.agents["A"], harness.agents["B"]
    is_called(harness)
    b.auto_answer()
    a.reload()
    harness.hear(C=MOH)
    assert harness.comes("A")["status"] == "CALLING"
    b.push("callin", 40)
    harness.hear(B="C", C="B")
    a.push("agent_change", 15, agent_status="FREE", reason="PHONE_LOST")


def pictures_are_where_they_were_asked_for_and_are_not_said_to_be_off(
    harness: BrowserHarness,
) -> None:
    a, b = harness.agents["A"], harness.agents["B"]
    for browser in (a, b):
        browser.auto_answer(video=True)
    uuid = a.ok("call", callee_number=B, out_line="0", video=BOTH)["uuid"]
    b.wait_talking()
    assert offers(a.invitation(), "m=video") and offers(b.invitation(), "m=video")
    for browser in (a, b):
        browser.wait("lab.stats().then(s => s.in_video && s.in_video.frames > 5)", 30)
    harness.hear(A="B", B="A")
    reply = a.ok("change_media", uuid=uuid, video=NONE)
    assert reply["video"] == int(BOTH), reply
    assert a.push("callback", action="CHANGE_MEDIA", phase="END_CALL", code="5202")
    seen = {browser: browser.frames() for browser in (a, b)}
    a.js("new Promise(done => setTimeout(done, 2000))")
    assert all(browser.frames() > before for browser, before in seen.items())


STORIES: list[Callable[[BrowserHarness], None]] = [
    a_customer_calls_in,
    a_customer_is_called,
    a_customer_is_held,
    a_page_holds_by_itself,
    a_colleague_is_consulted_and_takes_over,
    a_socket_is_lost_and_the_talk_goes_on,
    a_page_is_loaded_again_and_the_customer_is_not_lost,
    pictures_are_where_they_were_asked_for_and_are_not_said_to_be_off,
]


def main(folder: str) -> None:
    with BrowserHarness(Path(folder)) as harness:
        for story in STORIES:
            failure = ""
            try:
                story(harness)
            except Exception:  # noqa: BLE001  it is told, and the next one is tried
                failure = traceback.format_exc(limit=-3)
            sys.stdout.write(json.dumps([story.__name__, failure]) + "\n")
            sys.stdout.flush()
            harness.clear()


if __name__ == "__main__":
    main(sys.argv[1])
