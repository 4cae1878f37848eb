"""checkin: in which order it is judged, what it gives, and who goes where by it."""

import msgspec
import pytest

from esl_bridge.callflow import ending
from esl_bridge.domain.company import DEFAULT_NODE, AgentEntry, Extension
from esl_bridge.domain.domain_events import AgentResumed
from esl_bridge.domain.states import Status
from esl_bridge.errors import WrongPassword
from tests.builders import (
    COMPANY,
    NAMES,
    NO_SUCH_CHANNEL,
    OUTSIDE,
    PASSWORD,
    TenantHarness,
    company,
)

A, B = NAMES["A"], NAMES["B"]
SPARE, SOFT = "90001_30000", "90001_30001"


def checkin(harness: TenantHarness, name: str = "A", connection: str = "A", **fields: object):
    fields = {"agent_pwd": PASSWORD} | fields
    return harness.ask(name, "checkin", connection, **fields)


# -- what it is judged by ---------------------------------------------------------------------


class Wrong:
    """A check-in at which everything is wrong that can be; mended one thing after the other."""

    def __init__(self) -> None:
        agents = dict(company().agents)
        agents[A] = AgentEntry(password_hash="hash", extension=None, enabled=False)
        extensions = dict(company().extensions) | {SPARE: Extension(password="secret")}
        self.harness = TenantHarness("AB", enabled=False, agents=agents, extensions=extensions)
        self.harness.agent("A").registered_at = {}
        self.fields = {"agent_pwd": "wrong", "ext_id": "90001_nowhere"}

    def password(self) -> None:
        self.fields["agent_pwd"] = PASSWORD

    def company_enabled(self) -> None:
        self._reconfigure(enabled=True)

    def agent_enabled(self) -> None:
        self._reconfigure_agent(enabled=True)

    def extension_there(self) -> None:
        self._reconfigure_agent(extension=A)

    def extension_exists(self) -> None:
        self.fields["ext_id"] = B

    def extension_not_in_use(self) -> None:
        self.fields["ext_id"] = SPARE

    def extension_its_own(self) -> None:
        self.fields["ext_id"] = A

    def not_elsewhere(self) -> None:
        self.harness.agent("A").connection = None

    def phone_registered(self) -> None:
        self.harness.agent("A").registered_at = {DEFAULT_NODE: ()}

    def _reconfigure(self, **changes: object) -> None:
        tenant = self.harness.tenant
        tenant.reconfigure(msgspec.structs.replace(tenant.company, **changes))

    def _reconfigure_agent(self, **changes: object) -> None:
        agents = dict(self.harness.tenant.company.agents)
        agents[A] = msgspec.structs.replace(agents[A], **changes)
        self._reconfigure(agents=agents)


ORDER = [
    ("4004", Wrong.password),
    ("1000", Wrong.company_enabled),
    ("1001", Wrong.agent_enabled),
    ("4005", Wrong.extension_there),
    ("4006", Wrong.extension_exists),
    ("4007", Wrong.extension_not_in_use),
    ("4012", Wrong.extension_its_own),
    ("4010", Wrong.not_elsewhere),
    ("4011", Wrong.phone_registered),
]


def test_faults_are_reported_in_the_order_of_the_protocol():
    wrong = Wrong()
    told = []
    for code, recover in ORDER:
        refusal = wrong.harness.refused(
            code, "A", "checkin", connection="elsewhere", **wrong.fields
        )
        told.append(refusal.code)
        recover(wrong)
    assert told == [code for code, _ in ORDER]
    checkin(wrong.harness, connection="elsewhere", **wrong.fields)


def test_an_unknown_agent_and_a_wrong_password_look_the_same(harness):
    nobody = harness.refused("4004", "90001_nobody", "checkin", agent_pwd=PASSWORD)
    wrong = harness.refused("4004", "A", "checkin", agent_pwd="wrong")
    assert type(nobody) is type(wrong)
    assert str(nobody) == str(wrong)


def test_a_browsers_phone_may_register_later():
    extensions = {agent: Extension(password="p", login_type=1) for agent in NAMES.values()}
    harness = TenantHarness("", extensions=extensions)
    reply = checkin(harness)
    assert (reply.login_type, reply.status) == ("1", "FREE")


def test_the_configuration_may_change_during_the_password_check():
    harness = TenantHarness("")
    harness.agent("A").registered_at = {DEFAULT_NODE: ()}
    without = {key: entry for key, entry in company().agents.items() if key != A}
    harness.verifies.append(lambda: harness.tenant.reconfigure(company(agents=without)))
    with pytest.raises(WrongPassword):
        checkin(harness)


# -- what it gives ----------------------------------------------------------------------------


def test_a_first_check_in_begins_a_session():
    harness = TenantHarness("")
    harness.agent("A").registered_at = {DEFAULT_NODE: ()}
    reply = checkin(harness, os="web", agent_ip="10.0.0.7")
    assert harness.got("A") == ["R", "OFFLINE>FREE"]
    agent = harness.agent("A")
    assert (agent.connection, agent.os) == ("A", "web")
    assert (reply.ext_id, reply.pbx, reply.rtc_address) == (A, "pbx:5070", "wss://rtc:7443")
    assert (reply.status, reply.sub_status, reply.in_call_numbers) == ("FREE", None, ())
    assert (reply.token, reply.epoch) == (agent.token, harness.tenant.epoch)
    assert reply.ext_pwd is None, "told to an address that is neither near nor encrypted"


@pytest.mark.parametrize(
    ("asked", "configured", "status"),
    [
        (None, "FREE", "FREE"),
        (None, "BUSY", "BUSY"),
        ("REST", "BUSY", "REST"),
        ("ARRANGE", "FREE", "ARRANGE"),
    ],
)
def test_a_check_in_enters_its_start_status(asked, configured, status):
    harness = TenantHarness("", start_status=configured, wrap_up_seconds=7, rest_minutes=3)
    harness.agent("A").registered_at = {DEFAULT_NODE: ()}
    checkin(harness, start_status=asked)
    assert harness.got("A") == ["R", f"OFFLINE>{status}"]
    timers = {"REST": 180, "ARRANGE": 7}
    assert [timer.seconds for _, timer in harness.timers] == [
        seconds for name, seconds in timers.items() if name == status
    ]


# -- token ------------------------------------------------------------------------------------


def test_a_password_that_changes_during_its_check_is_wrong():
    """Else who has the old one would have a token after it."""
    harness = TenantHarness("")
    harness.agent("A").registered_at = {DEFAULT_NODE: ()}
    changed = dict(company().agents) | {A: AgentEntry(password_hash="new", extension=A)}
    harness.verifies.append(lambda: harness.tenant.reconfigure(company(agents=changed)))
    with pytest.raises(WrongPassword):
        checkin(harness)


def test_a_token_stands_for_the_password_and_stays(harness):
    token = checkin(harness).token
    harness.agent("A").connection = None
    again = checkin(harness, connection="second", agent_pwd=None, token=token)
    assert again.token == token
    assert harness.agent("A").connection == "second"


def test_a_password_makes_a_new_token_and_voids_the_old(harness):
    token = checkin(harness).token
    assert checkin(harness).token != token
    harness.refused("4004", "A", "checkin", agent_pwd=None, token=token)


@pytest.mark.parametrize("how", ["checkout", "force", "grace"])
def test_a_token_ends_with_the_session(harness, how):
    token = checkin(harness).token
    if how == "checkout":
        harness.ask("A", "checkout")
    elif how == "force":
        harness.ask("S", "change_status", action="FORCE_CHECKOUT", operated_agent_id=A)
    else:
        harness.put("A", Status.OFFLINE).token = ""
    harness.refused("4004", "A", "checkin", agent_pwd=None, token=token)


@pytest.mark.parametrize("token", ["x", "token-B", "token-A "])
def test_a_wrong_token_is_a_wrong_password(harness, token):
    harness.refused("4004", "A", "checkin", agent_pwd=PASSWORD, token=token)
    harness.refused("4004", "90001_nobody", "checkin", token=token)


# -- who is there already ---------------------------------------------------------------------


@pytest.mark.parametrize("asked", [None, "BUSY", "REST", "ARRANGE", "FREE"])
@pytest.mark.parametrize("status", ["FREE", "BUSY", "REST", "ARRANGE"])
def test_checking_in_again_on_the_same_connection_keeps_the_state_unless_asked(
    harness, status, asked
):
    harness.put("A", Status[status])
    checkin(harness, start_status=asked)
    moved = [f"{status}>{asked}"] if asked not in (None, status) else []
    assert harness.got("A") == ["R", *moved]


@pytest.mark.parametrize("answered", [False, True])
def test_a_start_status_is_ignored_in_a_ring_or_call(harness, answered):
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.rings(near)
    if answered:
        harness.pick_up(near)
    harness.forget()
    reply = checkin(harness, start_status="REST")
    assert reply.status == ("CALLING" if answered else "RINGING")
    assert harness.got("A") == ["R"]


def test_checking_in_elsewhere_is_refused_unless_the_company_allows_it(harness):
    harness.refused("4010", "A", "checkin", connection="second", agent_pwd=PASSWORD)
    harness = TenantHarness(take_over=True)
    harness.talk("A", "B")
    reply = checkin(harness, connection="second", agent_ip="10.0.0.9", os="web")
    assert (reply.status, reply.in_call_numbers) == ("CALLING", (B,))
    assert harness.got("A") == ["R"]
    [kicked] = harness.kicked
    assert (kicked.connection, kicked.agent_ip, kicked.os) == ("A", "10.0.0.9", "web")


def test_a_token_takes_over_from_a_connection_that_seems_alive(harness):
    token = checkin(harness).token
    harness.talk("A", "B")
    reply = checkin(harness, connection="second", agent_pwd=None, token=token, os="web")
    assert [(leg.number, leg.state) for leg in reply.legs] == [(A, "talks"), (B, "talks")]
    assert harness.got("A") == ["R"]
    assert [one.connection for one in harness.kicked] == ["A"]
    harness.refused("4009", "A", "get_status")
    assert harness.ask("A", "get_status", connection="second").status == "CALLING"


@pytest.mark.parametrize("token", ["x", "token-B"])
def test_a_wrong_token_does_not_take_over(harness, token):
    harness.refused("4004", "A", "checkin", connection="second", token=token)
    assert harness.kicked == []


def test_a_ringing_leg_is_offered_to_the_new_connection():
    harness = TenantHarness(take_over=True)
    harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.forget()
    checkin(harness, connection="second", epoch="e", seq=3)
    assert harness.got("A") == ["R", "callin"]
    back = harness.last_push("A", AgentResumed)
    assert (back.epoch, back.seq, back.offer.uuid) == ("e", 3, leg)


def test_an_agents_own_ringing_call_is_not_offered():
    harness = TenantHarness(take_over=True)
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.rings(near)
    harness.forget()
    checkin(harness, connection="second")
    assert harness.got("A") == ["R"]


@pytest.mark.parametrize("answered", [False, True])
def test_a_check_in_with_reset_ends_the_call(harness, answered):
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near) if answered else harness.rings(near)
    if answered:
        harness.pick_up(far)
        harness.bridge(near, far)
    harness.ask("A", "change_status", action="MAKE_REST_AFTER_CALL_STOP")
    harness.forget()
    checkin(harness, connection="second", reset=True, start_status="BUSY")
    end = ["CALL.E+", "CALLING>BUSY"] if answered else ["CALL.E- 5207", "RINGING>BUSY"]
    assert harness.got("A") == ["R", *end]
    assert harness.switch.heard[0].startswith(f"api uuid_kill {near} ")
    assert harness.kicked[0].connection == "A"
    harness.ends(near)
    harness.ends(far)
    assert harness.got("A") == []
    assert harness.status("A") is Status.BUSY
    harness.nothing_left()


def test_a_check_in_with_reset_is_silent_where_the_state_is_the_start_status(harness):
    harness.put("A", Status.REST)
    harness.ask("A", "change_status", action="MAKE_REST", rest_min=5)
    harness.forget()
    checkin(harness, reset=True, start_status="REST")
    assert harness.got("A") == ["R"]
    assert harness.agent("A").state.remembered is None


def test_a_check_in_with_reset_ends_the_call_on_a_dead_switch(harness):
    near, _ = harness.talk("A", "B")
    harness.switch.will("uuid_kill", NO_SUCH_CHANNEL)
    assert checkin(harness, reset=True).status == "FREE"
    assert harness.agent("A").own_leg is None
    assert near in harness.tenant.legs


# -- back while a leg is still up -------------------------------------------------------------


def test_an_agent_who_returns_in_a_talk_gets_its_state(harness):
    near, far = harness.talk("A", "B")
    lost(harness, "A")
    assert harness.got("A") == ["CALLING>OFFLINE CONNECTION_LOST"]
    reply = checkin(harness, start_status="REST")
    assert (reply.status, reply.in_call_numbers) == ("CALLING", (B,))
    assert harness.got("A") == ["R", "OFFLINE>CALLING"]
    harness.ends(far)
    harness.ends(near)
    assert harness.got("A") == ["CALL.E+", "CALLING>REST"]
    harness.nothing_left()


def test_an_agent_who_returns_while_a_call_rings_gets_the_callin(harness):
    harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.forget()
    lost(harness, "A")
    harness.forget()
    checkin(harness, connection="second")
    assert harness.got("A") == ["R", "callin", "OFFLINE>RINGING"]
    harness.ends(leg, "NO_ANSWER")
    assert harness.got("A") == ["RINGING>FREE NO_ANSWER"]


def test_an_agent_whose_call_ended_while_it_was_away_gets_no_push(harness):
    near, far = harness.talk("A", "B")
    lost(harness, "A")
    harness.forget()
    harness.ends(near)
    harness.ends(far)
    assert harness.got("A") == []
    checkin(harness)
    assert harness.got("A") == ["R", "OFFLINE>FREE"]
    harness.nothing_left()


def lost(harness: TenantHarness, name: str) -> None:
    """The connection went, and nobody came back in time."""
    harness.agent(name).connection = None
    ending.lose(harness.tenant, harness.agent(name))
    harness.publish_changes()


def test_agents_of_one_company_cannot_check_in_at_another(harness):
    assert harness.tenant.company.code == COMPANY
    harness.refused("4004", "90002_1", "checkin", agent_pwd=PASSWORD)


def test_a_check_in_with_reset_also_ends_the_talk_that_outlived_the_grace_time(harness):
    near, _ = harness.talk("A", OUTSIDE)
    lost(harness, "A")
    harness.forget()
    checkin(harness, reset=True)
    assert harness.switch.heard == [f"api uuid_kill {near} NORMAL_CLEARING"]


def test_a_ringing_call_is_offered_once_to_each_connection(harness):
    harness.caller()
    harness.rings(harness.offered("A"))
    assert harness.got("A") == ["callin", "FREE>RINGING"]
    checkin(harness, connection="A")
    assert harness.got("A") == ["R"]
