from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from esl_bridge.config import Settings
from esl_bridge.domain.company import Company, Extension
from esl_bridge.render import UnfitValue, render

Companies = dict[str, Company]

FILES = {
    "directory/esl_bridge.xml",
    "sip_profiles/esl_bridge.xml",
    "dialplan/esl_bridge.xml",
    "dialplan/public/05_esl_bridge.xml",
    "autoload_configs/callcenter.conf.xml",
    "autoload_configs/conference.conf.xml",
}


def written(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def tree(folder: Path, name: str) -> ElementTree.Element:
    return ElementTree.parse(folder / name).getroot()


def params(element: ElementTree.Element) -> dict[str, str]:
    return {param.attrib["name"]: param.attrib["value"] for param in element.iter("param")}


def user(folder: Path, name: str) -> ElementTree.Element | None:
    return tree(folder, "directory/esl_bridge.xml").find(f".//user[@id='{name}']")


def with_password(company: Company, password: str) -> Companies:
    extension = Extension(password=password)
    return {company.code: msgspec.structs.replace(company, extensions={"90001_20000": extension})}


def test_render_writes_well_formed_xml_with_a_mark_in_the_first_line(settings, companies, tmp_path):
    assert render(settings, companies, tmp_path) == []
    assert written(tmp_path) == FILES
    for name in FILES:
        tree(tmp_path, name)
        assert "esl-bridge render" in (tmp_path / name).read_text().splitlines()[0]


def test_include_tags_stand_on_lines_of_their_own(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    for name in FILES:
        lines = [line.strip() for line in (tmp_path / name).read_text().splitlines()]
        assert {line for line in lines if "include>" in line} <= {"<include>", "</include>"}


def test_a_password_is_rendered_unchanged(settings, company, tmp_path):
    password = """a&b<c>d"e'f$g{h}$$"""
    render(settings, with_password(company, password), tmp_path)
    assert params(user(tmp_path, "90001_20000"))["password"] == password


@pytest.mark.parametrize("hostile", ["$${domain}", "x${system(id)}", "a\nb", "a\x00b"])
def test_text_that_the_switch_would_expand_is_refused_before_anything_is_written(
    settings, company, tmp_path, hostile
):
    with pytest.raises(UnfitValue, match="extension 90001_20000: password"):
        render(settings, with_password(company, hostile), tmp_path)
    assert written(tmp_path) == set()


def test_an_extension_names_its_company_and_guards_its_calls(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    variables = user(tmp_path, "90001_20000").iter("variable")
    assert {variable.attrib["name"]: variable.attrib["value"] for variable in variables} == {
        "user_context": "esl_bridge",
        "sip-force-extension": "90001_20000",
        "intercept_unbridged_only": "true",
        "intercept_unanswered_only": "true",
        "execute_on_answer_guard": "execute_extension answered XML esl_bridge_guard",
        "esl_bridge_company": "90001",
        "esl_bridge_extension": "90001_20000",
    }


def test_no_phone_can_register_as_the_daemon(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    account = params(user(tmp_path, "daemon"))
    assert account["allow-empty-password"] == "false"
    assert "password" not in account


def test_the_switchs_reply_to_the_daemons_login_fits_its_512_bytes(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    account = params(user(tmp_path, "daemon"))
    reply = (
        "~Reply-Text: +OK accepted\n"
        f"Allowed-Events: {account['esl-allowed-events']}\n"
        f"Allowed-API: {account['esl-allowed-api']}\n"
        "Allowed-LOG: false\n\n"
    )
    assert len(reply) < 512


def test_render_notes_that_there_is_no_account_without_a_user(settings, companies, tmp_path):
    switch = msgspec.structs.replace(settings.switch, user=None)
    notes = render(msgspec.structs.replace(settings, switch=switch), companies, tmp_path)
    assert user(tmp_path, "daemon") is None
    assert len(notes) == 1 and "switch.user" in notes[0]


@pytest.mark.parametrize(
    ("number", "to"),
    [
        ("40010001", "skill_1001@90001 XML esl_bridge"),
        ("40010002", "arrive XML esl_bridge"),
        ("+8640010003", "ivr_main XML default"),
        ("40010004", "arrive XML esl_bridge"),
    ],
)
def test_a_number_leads_to_its_route(settings, companies, tmp_path, number, to):
    render(settings, companies, tmp_path)
    conditions = tree(tmp_path, "dialplan/public/05_esl_bridge.xml").iter("condition")
    found = [c for c in conditions if re.search(c.attrib["expression"], number)]
    assert len(found) == 1
    *settings_of_it, last = ((a.attrib["application"], a.attrib["data"]) for a in found[0])
    assert last == ("transfer", to)
    assert settings_of_it == [
        ("set", "esl_bridge_company=90001"),
        ("set", "esl_bridge_role=customer"),
        ("set", f"esl_bridge_number={number}"),
        ("set", "esl_bridge_contact_id=contact-${md5(${uuid})}"),
        ("set", "hangup_after_bridge=true"),
        ("set", "playback_timeout_sec=43200"),
    ]


@pytest.mark.parametrize("number", ["400100011", "140010001", "x8640010003", "+864001000"])
def test_a_number_of_no_company_does_not_match(settings, companies, tmp_path, number):
    render(settings, companies, tmp_path)
    conditions = tree(tmp_path, "dialplan/public/05_esl_bridge.xml").iter("condition")
    assert not [c for c in conditions if re.search(c.attrib["expression"], number)]


def test_calls_of_phones_are_handled_by_the_first_extension(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    places = tree(tmp_path, "dialplan/esl_bridge.xml").findall("context[1]/extension")
    names = [place.attrib["name"] for place in places]
    assert names[:2] == ["esl_bridge_phone", "esl_bridge_phone_misdialled"]
    assert names[-1] == "esl_bridge_nowhere"
    assert "esl_bridge_skill_1001@90001" in names


def test_a_skill_is_a_queue(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    (queue,) = tree(tmp_path, "autoload_configs/callcenter.conf.xml").iter("queue")
    assert queue.attrib["name"] == "1001@90001"
    assert params(queue)["strategy"] == "longest-idle-agent"
    assert params(queue)["max-wait-time"] == "77"
    entered = tree(tmp_path, "dialplan/esl_bridge.xml").find(".//action[@application='callcenter']")
    assert entered.attrib["data"] == queue.attrib["name"]


def test_a_skills_extension_needs_mod_callcenter(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    place = "context/extension[@name='esl_bridge_skill_1001@90001']/condition"
    *before, last = tree(tmp_path, "dialplan/esl_bridge.xml").findall(place)
    assert not [action for condition in before for action in condition]
    assert dict(last.attrib) == {
        "field": "${module_exists(mod_callcenter)}",
        "expression": "^true$",
    }


def test_the_profile_registers_into_the_domain(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    profile = params(tree(tmp_path, "sip_profiles/esl_bridge.xml"))
    assert profile["force-register-domain"] == "esl-bridge.local"
    assert (profile["sip-port"], profile["ws-binding"]) == ("5070", "127.0.0.1:5067")
    assert profile["auth-calls"] == "true"


def test_a_switch_behind_nat_announces_its_outer_address(settings, companies, tmp_path):
    render(_serving(settings, external_ip="203.0.113.9"), companies, tmp_path)
    found = params(tree(tmp_path, "sip_profiles/esl_bridge.xml"))
    assert (found["ext-rtp-ip"], found["ext-sip-ip"]) == ("203.0.113.9", "203.0.113.9")


def test_a_switch_without_nat_announces_its_own_address(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    found = params(tree(tmp_path, "sip_profiles/esl_bridge.xml"))
    assert not {"ext-rtp-ip", "ext-sip-ip"} & found.keys()


def test_a_phone_counts_as_behind_nat_also_in_the_switchs_own_network(
    settings, companies, tmp_path
):
    render(settings, companies, tmp_path)
    found = params(tree(tmp_path, "sip_profiles/esl_bridge.xml"))
    assert found["local-network-acl"] == "255.255.255.255/32"
    # Who is behind NAT itself tells the two addresses apart by its network.
    render(_serving(settings, external_ip="203.0.113.9"), companies, tmp_path)
    assert "local-network-acl" not in params(tree(tmp_path, "sip_profiles/esl_bridge.xml"))


def test_remote_daemons_and_the_loopback_may_use_the_event_socket(settings, companies, tmp_path):
    render(_serving(settings, daemon_networks=("10.1.0.7", "2001:db8::/64")), companies, tmp_path)
    (found,) = tree(tmp_path, "autoload_configs/acl.conf.xml").iter("list")
    assert found.attrib == {"name": "esl_bridge", "default": "deny"}
    assert [node.attrib for node in found] == [
        {"type": "allow", "cidr": cidr}
        for cidr in ("127.0.0.0/8", "::1/128", "10.1.0.7/32", "2001:db8::/64")
    ]


def _serving(settings, **changes):
    switch = msgspec.structs.replace(settings.switch, **changes)
    return msgspec.structs.replace(settings, switch=switch)


@pytest.mark.parametrize(
    ("switch", "binding"),
    [
        ({"rtc": "ws://192.168.1.5:5067"}, "192.168.1.5:5067"),
        ({"rtc": "ws://[fd00::5]:5067", "ws_port": 5068}, "[fd00::5]:5068"),
        ({"rtc": "ws://localhost:5067"}, "127.0.0.1:5067"),
        ({"rtc": "wss://192.168.1.5/sip"}, "127.0.0.1:5067"),
        ({"rtc": "ws://phones.example:5067"}, "$${local_ip_v4}:5067"),
        ({"rtc": "ws://203.0.113.9:5067", "external_ip": "203.0.113.9"}, "$${local_ip_v4}:5067"),
        ({"rtc": "wss://phones.example", "ws_address": "10.0.0.2"}, "10.0.0.2:5067"),
    ],
)
def test_browsers_connect_to_the_address_that_rtc_names(
    settings, companies, tmp_path, switch, binding
):
    switch = msgspec.structs.replace(settings.switch, **switch)
    render(msgspec.structs.replace(settings, switch=switch), companies, tmp_path)
    assert params(tree(tmp_path, "sip_profiles/esl_bridge.xml"))["ws-binding"] == binding


def test_the_profile_accepts_browsers_in_private_networks_and_offers_no_video(
    settings, companies, tmp_path
):
    render(settings, companies, tmp_path)
    profile = tree(tmp_path, "sip_profiles/esl_bridge.xml")
    named = [(p.attrib["name"], p.attrib["value"]) for p in profile.iter("param")]
    assert [value for name, value in named if name == "apply-candidate-acl"] == [
        "rfc1918.auto",
        "any_v4.auto",
        "any_v6.auto",
    ]
    assert "VP8" not in params(profile)["outbound-codec-prefs"]


def test_a_disabled_company_is_not_rendered(settings, company, tmp_path):
    closed = msgspec.structs.replace(company, enabled=False)
    render(settings, {"90001": closed}, tmp_path)
    assert not [name for name in FILES if "90001" in (tmp_path / name).read_text()]


def test_rendering_a_second_time_changes_nothing(
    settings: Settings, companies: Companies, tmp_path: Path
):
    render(settings, companies, tmp_path)
    before = {name: (tmp_path / name).stat() for name in FILES}
    render(settings, companies, tmp_path)
    after = {name: (tmp_path / name).stat() for name in FILES}
    assert {n: (s.st_ino, s.st_mtime_ns) for n, s in before.items()} == {
        n: (s.st_ino, s.st_mtime_ns) for n, s in after.items()
    }


def test_a_rendered_file_is_replaced_and_readable_by_its_owner_only(settings, company, tmp_path):
    render(settings, with_password(company, "old"), tmp_path)
    render(settings, with_password(company, "new"), tmp_path)
    assert params(user(tmp_path, "90001_20000"))["password"] == "new"
    assert (tmp_path / "directory/esl_bridge.xml").stat().st_mode & 0o777 == 0o640
    assert written(tmp_path) == FILES


def test_a_file_that_was_not_rendered_is_left_alone_and_named(settings, companies, tmp_path):
    foreign = tmp_path / "autoload_configs" / "conference.conf.xml"
    foreign.parent.mkdir()
    foreign.write_text("<configuration/>")
    for _ in range(2):
        (note,) = render(settings, companies, tmp_path)
    assert foreign.read_text() == "<configuration/>"
    assert written(tmp_path) == FILES | {"autoload_configs/conference.conf.xml.esl_bridge"}
    assert str(foreign) in note and "<profiles>" in note


def test_each_of_several_switches_has_a_folder_with_its_own_companies(settings, company, tmp_path):
    one = msgspec.structs.replace(settings.switch, sip_port=5072)
    other = msgspec.structs.replace(settings.switch, sip_port=5074, user=None)
    several = msgspec.structs.replace(settings, switch=None, switches={"a": one, "b": other})
    on_a = msgspec.structs.replace(company, switch="a")
    extension = Extension(password="secret")
    on_b = Company(code="90002", switch="b", extensions={"90002_1": extension})
    (note,) = render(several, {"90001": on_a, "90002": on_b}, tmp_path)
    assert note.startswith("switches.b.user is not set")
    a, b = tmp_path / "a", tmp_path / "b"
    assert written(a) == written(b) == FILES
    assert user(a, "90001_20000") is not None and user(a, "90002_1") is None
    assert user(b, "90002_1") is not None and user(b, "90001_20000") is None
    assert params(tree(b, "sip_profiles/esl_bridge.xml"))["sip-port"] == "5074"
