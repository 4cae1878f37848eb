"""What /readyz says about one switch, and about several."""

from types import SimpleNamespace

from esl_bridge.runtime.health import Health


def node(trouble="", *served_twice):
    return SimpleNamespace(up=not trouble, trouble=trouble, served_twice=lambda: list(served_twice))


def health(*, draining=False, **nodes):
    return Health(nodes, SimpleNamespace(draining=draining))


def test_the_service_is_ready_while_its_only_switch_is_up():
    of_one = health(default=node())
    assert (of_one.why_not_ready(), of_one.warnings()) == ("", [])


def test_the_service_is_not_ready_while_its_only_switch_is_down():
    assert health(default=node("refused")).why_not_ready() == "no link to the switch: refused"


def test_a_warning_names_the_switch_that_is_down_where_others_are_up():
    of_two = health(a=node(), b=node("refused"))
    assert of_two.why_not_ready() == ""
    assert of_two.warnings() == ["no link to switch b: refused"]


def test_the_service_is_not_ready_and_names_all_switches_when_all_are_down():
    of_two = health(a=node("closed"), b=node("refused"))
    assert of_two.why_not_ready() == "no link to switch a: closed; no link to switch b: refused"


def test_a_warning_names_a_company_that_another_daemon_serves_and_its_switch():
    of_two = health(a=node("", "90001"), b=node())
    assert of_two.warnings() == ["company 90001 is served by another daemon on switch a, too"]
    assert health(default=node("", "90001")).warnings() == [
        "company 90001 is served by another daemon on this switch, too"
    ]


def test_a_service_that_shuts_down_is_not_ready():
    assert health(draining=True, a=node()).why_not_ready() == "shutting down"
