from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from esl_bridge.domain.company import Extension, External, Ivr
from esl_bridge.errors import SwitchRefused
from esl_bridge.esl.commands import ALLOWED_API, Command
from esl_bridge.render import render
from esl_bridge.render.check import _MODULES, check_switch
from tests.unit.esl.commands import TEXTS

_FILES = {
    "esl-bridge.local": "directory/esl_bridge.xml",
    "esl_bridge": "dialplan/esl_bridge.xml",
    "esl_bridge_guard": "dialplan/esl_bridge.xml",
    "public": "dialplan/public/05_esl_bridge.xml",
    "conference.conf": "autoload_configs/conference.conf.xml",
    "sofia.conf": "sip_profiles/esl_bridge.xml",
    "acl.conf": "autoload_configs/acl.conf.xml",
    "callcenter.conf": "autoload_configs/callcenter.conf.xml",
}


_TAKES_ALL = '<context><extension name="all"><condition/></extension></context>'


def _loads(modules):
    lines = "".join(f'<load module="{name}"/>' for name in modules)
    return f"<configuration><modules>{lines}</modules></configuration>"


def _event_socket(address, password, *lists):
    params = [("listen-ip", address), ("password", password)]
    params += [("apply-inbound-acl", each) for each in lists]
    lines = "".join(f'<param name="{name}" value="{value}"/>' for name, value in params)
    return f"<configuration><settings>{lines}</settings></configuration>"


def _version_in(folder):
    found = re.search('"presence-hosts" value="(.*?)"', _profile_in(folder).read_text())
    return found[1]


def _profile_in(folder):
    return folder / "sip_profiles/esl_bridge.xml"


class RenderedSwitch:
    """Answers as a switch does that has loaded the rendered files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.absent: set[str] = set()
        self.denied: set[str] = set()
        self.configuration = {
            "modules.conf": _loads(_MODULES),
            "event_socket.conf": _event_socket("127.0.0.1", "secret"),
            "pre_load_modules.conf": "<configuration/>",
            "post_load_modules.conf": "<configuration/>",
        }
        self.gateways = {"carrier": "UP"}
        self.profiles = {"esl_bridge"}
        self.runs_by: str | None = None
        self.queues: set[str] | None = None
        self.streams = "moh/8000,/usr/share/music/8000\n"

    def __call__(self, command: Command) -> str:
        name, *arguments = command.words
        if name in self.denied:
            raise SwitchRefused("-ERR permission denied")
        if not arguments:
            raise SwitchRefused("-USAGE: ...")
        if arguments[-1] in self.absent:
            return "Invalid Profile!" if name == "sofia" else "can't find anything"
        return {
            "show": lambda _: self._interfaces(),
            "local_stream": lambda _: self.streams,
            "sofia": self._sofia,
            "callcenter_config": self._queues,
            "xml_locate": self._xml,
        }[name](arguments[-1])

    def _interfaces(self) -> str:
        rows = [
            {"type": "application", "name": module, "ikey": module}
            for module in _MODULES
            if module not in self.absent
        ]
        rows += [
            {"type": "file", "name": name, "ikey": "mod_sndfile"}
            for name in ("local_stream", "tone_stream", "wav")
        ]
        return json.dumps({"row_count": len(rows), "rows": rows})

    def _sofia(self, name: str) -> str:
        if name in self.profiles:
            runs_by = _version_in(self.folder) if self.runs_by is None else self.runs_by
            return f"Name             \t{name}\nPres Hosts       \t{runs_by}\n"
        if name not in self.gateways:
            return "Invalid Profile! Invalid Gateway!"
        return f"Status  \t{self.gateways[name]}"

    def _queues(self, _: str) -> str:
        if self.queues is not None:
            return "\n".join(["name|strategy", *self.queues, "+OK"])
        root = ElementTree.parse(self.folder / "autoload_configs/callcenter.conf.xml")
        names = [queue.attrib["name"] for queue in root.iter("queue")]
        return "\n".join(["name|strategy", *(f"{name}|ring-all" for name in names), "+OK"])

    def _xml(self, wanted: str) -> str:
        if wanted in self.configuration:
            return self.configuration[wanted]
        if wanted not in _FILES:
            return _TAKES_ALL
        return ElementTree.tostring(
            ElementTree.parse(self.folder / _FILES[wanted]).getroot(), encoding="unicode"
        )


@pytest.fixture
def switch(settings, companies, tmp_path):
    render(settings, companies, tmp_path)
    return RenderedSwitch(tmp_path)


def test_check_finds_nothing_missing_on_a_complete_switch(switch, settings, companies):
    assert check_switch(switch, settings.switch, companies) == []


@pytest.mark.parametrize(
    ("absent", "says"),
    [
        ("mod_callcenter", ["mod_callcenter is not loaded: no skills"]),
        ("mod_shout", ["mod_shout is not loaded: no recordings as mp3"]),
        ("default", ["dialplan: no context default, named by an IVR or a survey"]),
        ("asking", ["dialplan: no context asking, named by an IVR or a survey"]),
    ],
)
def test_check_names_whatever_is_missing(switch, settings, companies, absent, says):
    switch.absent.add(absent)
    assert check_switch(switch, settings.switch, companies) == says


def _takes(*extensions):
    return f'<context name="default">{"".join(extensions)}</context>'


def _taking(expression, field="destination_number", name="theirs", more=""):
    condition = f'<condition field="{field}" expression="{expression}"/>'
    return f'<extension name="{name}"{more}>{condition}</extension>'


@pytest.mark.parametrize(
    "context",
    [
        _takes(),
        _takes(_taking("^survey$"), _taking(r"^(10[01]\d)$")),
        _takes(_taking("^ivr_main", name="esl_bridge_phone")),
        _takes(_taking("^true$", "${call_debug}", more=' continue="true"')),
    ],
)
def test_check_names_an_ivr_without_an_extension(switch, settings, companies, context):
    switch.configuration["default"] = context
    assert check_switch(switch, settings.switch, companies) == [
        "dialplan: context default has no extension for ivr_main, named by an IVR or a survey"
    ]


@pytest.mark.parametrize(
    "extension",
    [
        _taking("^ivr_main$"),
        _taking("^ivr_"),
        _taking("^${named}$"),
        _taking("/^IVR_MAIN$/i"),
        _taking("^(?|ivr_main|x)$"),  # which Python cannot read
        _taking("^true$", "${at_night}"),
        '<extension name="any"><condition regex="any">'
        '<regex field="destination_number" expression="^ivr_main$"/></condition></extension>',
    ],
)
def test_check_does_not_name_an_ivr_that_an_extension_may_match(
    switch, settings, companies, extension
):
    switch.configuration["default"] = _takes(extension)
    assert check_switch(switch, settings.switch, companies) == []


@pytest.mark.parametrize(
    ("absent", "says"),
    [
        ("esl_bridge", "SIP profile esl_bridge does not run"),
        ("esl_bridge", "dialplan esl_bridge: esl_bridge_arrive, esl_bridge_hold"),
        ("esl_bridge_guard", "dialplan esl_bridge_guard: esl_bridge_past_the_dialplan, esl"),
        ("public", "dialplan public: esl_bridge_number_+8640010003"),
        ("esl-bridge.local", "directory esl-bridge.local, extensions: 90001_20000 missing"),
        ("conference.conf", "mod_conference, profiles: esl_bridge missing"),
        ("sofia.conf", "SIP profile esl_bridge does not register into esl-bridge.local"),
    ],
)
def test_check_names_files_that_were_not_rendered(switch, settings, companies, absent, says):
    switch.absent.add(absent)
    assert any(line.startswith(says) for line in check_switch(switch, settings.switch, companies))


def test_check_names_a_profile_by_which_phones_can_run_commands(switch, settings, companies):
    profile = switch.folder / "sip_profiles/esl_bridge.xml"
    off = 'name="extended-info-parsing" value="false"'
    profile.write_text(profile.read_text().replace(off, off.replace("false", "true")))
    assert check_switch(switch, settings.switch, companies)[0] == (
        "SIP profile esl_bridge lets phones past the daemon; render, copy, restart it"
    )


STOCK = {"external": {"auth-calls": "false"}, "internal": {"auth-calls": "true"}}
SHUT = {"enable-chat": "false", "disable-transfer": "true", "apply-inbound-acl": "carriers"}


def _has_profiles(switch, profiles):
    """Beside the rendered one."""
    root = ElementTree.parse(switch.folder / "sip_profiles/esl_bridge.xml").getroot()
    for name, values in profiles.items():
        profile = ElementTree.SubElement(root, "profile", {"name": name})
        settings = ElementTree.SubElement(profile, "settings")
        for param, value in values.items():
            ElementTree.SubElement(settings, "param", {"name": param, "value": value})
    switch.configuration["sofia.conf"] = ElementTree.tostring(root, encoding="unicode")
    switch.profiles |= set(profiles)


def test_check_names_the_risks_of_the_stock_profiles(switch, settings, companies):
    _has_profiles(switch, STOCK)
    told = "SIP profile {} lets anybody who reaches it run commands or take over calls; set {}, "
    assert check_switch(switch, settings.switch, companies) == [
        told.format(
            "external",
            "enable-chat to false, disable-transfer to true, "
            "apply-inbound-acl to a list of your carriers' addresses",
        )
        + "reloadxml, restart it",
        told.format("internal", "enable-chat to false") + "reloadxml, restart it",
    ]


def test_check_does_not_name_closed_or_stopped_profiles(switch, settings, companies):
    _has_profiles(switch, {"external": SHUT, "internal": STOCK["internal"]})
    switch.profiles.discard("internal")
    assert check_switch(switch, settings.switch, companies) == []


def test_check_names_another_profile_that_runs_commands_by_info(switch, settings, companies):
    _has_profiles(switch, {"other": SHUT | {"extended-info-parsing": "true"}})
    (line,) = check_switch(switch, settings.switch, companies)
    assert "set extended-info-parsing to false, reloadxml" in line


@pytest.mark.parametrize("shut", ["enable-chat", "disable-transfer"])
def test_check_names_a_profile_rendered_by_an_earlier_version(switch, settings, companies, shut):
    profile = switch.folder / "sip_profiles/esl_bridge.xml"
    profile.write_text(profile.read_text().replace(f'name="{shut}"', 'name="unknown"'))
    assert check_switch(switch, settings.switch, companies) == [
        "SIP profile esl_bridge lets phones past the daemon; render, copy, restart it"
    ]


def test_check_names_a_directory_by_which_phones_can_take_over_talks(switch, settings, companies):
    file = switch.folder / "directory/esl_bridge.xml"
    file.write_text(file.read_text().replace("execute_extension answered", "no", 1))
    (line,) = check_switch(switch, settings.switch, companies)
    assert line.startswith(
        "directory esl-bridge.local: a phone can hear any call by an INVITE with Replaces"
    )


_LOOKED_UP = "sofia/esl_bridge/${dialed_user}%${dialed_domain}"
_HONEST = "{outbound_redirect_fatal=true}"


@pytest.mark.parametrize(
    "dial_string",
    [
        "{^^:outbound_redirect_fatal=true}${sofia_contact(esl_bridge/${dialed_user}@x)}",
        _HONEST + "${sofia_contact */${dialed_user}@${dialed_domain}}",
        _HONEST + "${SOFIA_CONTACT(${dialed_user}@${dialed_domain})}",
        _HONEST + "sofia/esl_bridge/${sip_contact_uri}",
        _HONEST + "${sofia_contact(esl_bridge/bob@x)",
        _LOOKED_UP,
    ],
    ids=["as it was", "blank", "capitals", "a variable", "unclosed", "follows 302"],
)
@pytest.mark.parametrize("level", [".//domain/params", ".//user/params"])
def test_check_names_a_directory_by_which_a_phone_can_run_commands(
    switch, settings, companies, dial_string, level
):
    file = switch.folder / "directory/esl_bridge.xml"
    tree = ElementTree.parse(file)
    params = tree.find(level)
    assert params is not None
    ElementTree.SubElement(params, "param", {"name": "Dial-String", "value": dial_string})
    tree.write(file)
    (line,) = check_switch(switch, settings.switch, companies)
    assert line.startswith(
        "directory esl-bridge.local: its dial-string gives whoever has a phone's "
    )


_STOCK_DOMAIN = """<section name="directory">
<domain name="esl-bridge.local"/>
<domain name="203.0.113.7">
  <params><param name="dial-string" value="{}"/></params>
  <groups><group><users>
    <user><params><param name="{}" value="{}"/></params></user>
  </users></group></groups>
</domain></section>"""


@pytest.mark.parametrize(
    "dial_string",
    [
        "{^^:x=y}${sofia_contact(*/${dialed_user}@${dialed_domain})},${verto_contact(x@y)}",
        "${Verto_Contact ${dialed_user}@${dialed_domain}}",
        "sofia/internal/${ sofia_contact(bob@x)",
    ],
    ids=["stock", "only verto", "unclosed"],
)
@pytest.mark.parametrize("of_user", [False, True])
def test_check_names_another_domain_by_which_a_phone_can_run_commands(
    switch, settings, companies, dial_string, of_user
):
    safe = "sofia/internal/${dialed_user}%${dialed_domain}"
    values = (safe, "dial-string", dial_string) if of_user else (dial_string, "other", "")
    switch.configuration["directory"] = _STOCK_DOMAIN.format(*values)
    (line,) = check_switch(switch, settings.switch, companies)
    assert line.startswith(
        "directory 203.0.113.7: its dial-string gives whoever has the password of"
    )
    assert safe in line
    switch.configuration["directory"] = _STOCK_DOMAIN.format(safe, "dial-string", safe)
    assert check_switch(switch, settings.switch, companies) == []


def test_check_accepts_a_manual_directory_that_looks_phones_up_as_ours_does(
    switch, settings, companies
):
    file = switch.folder / "directory/esl_bridge.xml"
    text = file.read_text()
    start = text.index('value="', text.index('"dial-string"')) + len('value="')
    end = text.index('"', start)
    file.write_text(text[:start] + _HONEST + _LOOKED_UP + text[end:])
    assert check_switch(switch, settings.switch, companies) == []


def test_check_queries_the_present_companies(switch, settings, company):
    grown = msgspec.structs.replace(
        company,
        extensions={**company.extensions, "90001_20009": Extension(password="x")},
        ivrs={"2001": Ivr(extension="ivr_main")},
    )
    assert check_switch(switch, settings.switch, {"90001": grown}) == [
        "directory esl-bridge.local, extensions: 90001_20009 missing; render, copy, reloadxml",
        "dialplan: context esl_bridge has no extension for ivr_main, named by an IVR or a survey",
    ]


def test_the_account_needs_exactly_the_commands_that_check_sends(switch, settings, companies):
    """By the daemon, whose every command is among those texts, and by the check itself."""
    asked = {"bgapi"} | {command.words[0] for command, _ in TEXTS}

    def note(command: Command) -> str:
        asked.update(command.words[:1] if command.words[1:] else ())
        return switch(command)

    check_switch(note, settings.switch, companies)
    assert set(ALLOWED_API) == asked


def _playing(settings, sound, host="127.0.0.1"):
    sounds = msgspec.structs.replace(settings.switch.sounds, hold=sound)
    switch = msgspec.structs.replace(settings.switch, sounds=sounds, host=host)
    return msgspec.structs.replace(settings, switch=switch)


@pytest.mark.parametrize(
    ("sound", "lacks"),
    [
        ("local_stream://moh", ""),
        ("local_stream://other", "the switch has no local stream other"),
        ("tone_stream://path", ""),
        ("vlc://x", "the switch cannot play vlc://"),
        ("/nowhere/music.mp3", "the switch cannot play files that end in .mp3"),
        ("/nowhere/music.wav", "this file does not exist on this machine"),
        ("ivr/music.wav", ""),
    ],
)
def test_check_names_hold_music_that_cannot_be_played(switch, settings, companies, sound, lacks):
    playing = _playing(settings, sound)
    render(playing, companies, switch.folder)
    said = check_switch(switch, playing.switch, companies)
    assert [line.startswith(f"hold music {sound}: {lacks}") for line in said] == [True] * bool(
        lacks
    )


def test_check_ignores_files_of_another_machine(switch, settings, companies):
    playing = _playing(settings, "/nowhere/music.wav", host="192.0.2.1")
    render(playing, companies, switch.folder)
    assert check_switch(switch, playing.switch, companies) == []


@pytest.mark.parametrize("streams", ["", "-ERR no reply", "moh/16000,/x\n"])
def test_check_names_a_switch_without_music(switch, settings, companies, streams):
    switch.streams = streams
    (line,) = check_switch(switch, settings.switch, companies)
    assert line.startswith("hold music local_stream://moh: the switch has no local stream moh")


@pytest.mark.parametrize(("file", "lacks"), [("a.wav", False), (None, True)])
def test_check_names_an_empty_folder_of_music(switch, settings, companies, tmp_path, file, lacks):
    folder = tmp_path / "music"
    folder.mkdir()
    if file:
        (folder / file).touch()
    switch.streams = f"default,{folder}\n"
    said = check_switch(switch, settings.switch, companies)
    assert [f"the folder of this stream has no files: {folder}" in line for line in said] == [
        True
    ] * lacks


def test_check_names_only_the_missing_rights_of_the_account(switch, settings, companies):
    switch.denied |= {"originate", "xml_locate"}
    assert check_switch(switch, settings.switch, companies) == [
        "the daemon's ESL account may not use originate, xml_locate"
    ]


def test_check_names_a_module_that_is_missing_after_the_next_boot(switch, settings, companies):
    switch.configuration["modules.conf"] = _loads(set(_MODULES) - {"mod_callcenter", "mod_shout"})
    switch.configuration["post_load_modules.conf"] = _loads(["mod_shout"])
    assert check_switch(switch, settings.switch, companies) == [
        "mod_callcenter: loaded for this boot only; name them in modules.conf.xml"
    ]


@pytest.mark.parametrize(
    ("address", "password", "lists", "says"),
    [
        ("::", "ClueCon", [], ["with the stock password"]),
        ("0.0.0.0", "secret", ["any_v4.auto"], ["lets everybody in"]),
        ("0.0.0.0", "ClueCon", ["any_v4.auto"], ["with the stock password", "lets everybody in"]),
        ("0.0.0.0", "secret", ["lan"], []),
        ("127.0.0.1", "ClueCon", ["any_v4.auto"], []),
        ("::1", "ClueCon", [], []),
    ],
)
def test_check_names_an_event_socket_open_to_the_world(
    switch, settings, companies, address, password, lists, says
):
    switch.configuration["event_socket.conf"] = _event_socket(address, password, *lists)
    told = check_switch(switch, settings.switch, companies)
    assert len(told) == len(says)
    for line, words in zip(told, says, strict=True):
        assert line.startswith(f"event socket: listens on {address} ") and words in line


def test_check_names_a_profile_older_than_the_rendered_one(switch, settings, companies):
    profile = switch.folder / "sip_profiles/esl_bridge.xml"
    text = profile.read_text().replace(",G722", "").replace("$${local_ip_v4}", "10.0.0.1")
    profile.write_text(text)
    assert check_switch(switch, settings.switch, companies) == [
        "SIP profile esl_bridge is older than the rendered one (inbound-codec-prefs, "
        "outbound-codec-prefs); render, copy, reloadxml, restart it"
    ]


def test_check_names_a_profile_from_before_browsers_were_supported(switch, settings, companies):
    profile = switch.folder / "sip_profiles/esl_bridge.xml"
    text = re.sub(r"\s*<param name=\"apply-candidate-acl\".*", "", profile.read_text())
    profile.write_text(text.replace('"127.0.0.1:5067"', '":5067"'))
    assert check_switch(switch, settings.switch, companies) == [
        "SIP profile esl_bridge is older than the rendered one (apply-candidate-acl, "
        "ws-binding); render, copy, reloadxml, restart it"
    ]


@pytest.mark.parametrize("runs_by", ["", "rendered-0123456789ab"])
def test_check_names_a_profile_that_was_reloaded_and_not_restarted(
    switch, settings, companies, runs_by
):
    switch.runs_by = runs_by
    assert check_switch(switch, settings.switch, companies) == [
        "SIP profile esl_bridge was reloaded but still runs its old parameters; "
        "sofia profile esl_bridge restart, while nobody talks"
    ]


def test_a_profile_rendered_with_other_settings_has_another_mark(
    switch, settings, companies, tmp_path
):
    other = msgspec.structs.replace(settings.switch, sip_port=5099)
    render(msgspec.structs.replace(settings, switch=other), companies, tmp_path / "other")
    assert _version_in(tmp_path / "other") != _version_in(switch.folder)


def test_check_names_a_queue_that_is_configured_but_not_loaded(switch, settings, companies):
    switch.queues = set()
    assert check_switch(switch, settings.switch, companies) == [
        "mod_callcenter, queues: 1001@90001 not loaded; for each: callcenter_config queue load NAME"
    ]
    switch.configuration["callcenter.conf"] = "<configuration/>"
    assert check_switch(switch, settings.switch, companies) == [
        "mod_callcenter, queues: 1001@90001 missing; render, copy, reloadxml, "
        "for each: callcenter_config queue load NAME"
    ]


@pytest.mark.parametrize(
    ("gateways", "says"),
    [
        ({"carrier": "UP"}, []),
        ({"carrier": "DOWN (ping)"}, ["gateway carrier, named by external.dial, is down"]),
        ({}, ["gateway carrier, named by external.dial, does not exist"]),
    ],
)
def test_check_names_a_gateway_that_is_missing_or_down(switch, settings, company, gateways, says):
    external = External(dial="sofia/gateway/carrier/{number}", caller_id="1", allowed=())
    companies = {"90001": msgspec.structs.replace(company, external=external)}
    switch.gateways = gateways
    told = check_switch(switch, settings.switch, companies)
    assert [line.partition(";")[0] for line in told] == says


ELSEWHERE = ("10.1.0.0/16", "192.0.2.7")


@pytest.mark.parametrize(
    ("address", "lists", "says"),
    [
        ("0.0.0.0", ["esl_bridge"], []),
        ("0.0.0.0", [], ["set apply-inbound-acl once, to esl_bridge"]),
        ("0.0.0.0", ["lan", "esl_bridge"], ["set apply-inbound-acl once, to esl_bridge"]),
        ("127.0.0.1", ["esl_bridge"], ["daemons on other hosts cannot reach 127.0.0.1"]),
    ],
)
def test_check_names_an_event_socket_that_refuses_a_remote_daemon(
    settings, companies, tmp_path, address, lists, says
):
    settings = _serving(settings, daemon_networks=ELSEWHERE)
    render(settings, companies, tmp_path)
    switch = RenderedSwitch(tmp_path)
    switch.configuration["event_socket.conf"] = _event_socket(address, "secret", *lists)
    told = check_switch(switch, settings.switch, companies)
    assert len(told) == len(says)
    for line, words in zip(told, says, strict=True):
        assert line.startswith(f"event socket: {words}")


def test_check_names_a_remote_daemon_that_the_loaded_list_lacks(settings, companies, tmp_path):
    render(_serving(settings, daemon_networks=ELSEWHERE[:1]), companies, tmp_path)
    switch = RenderedSwitch(tmp_path)
    switch.configuration["event_socket.conf"] = _event_socket("0.0.0.0", "secret", "esl_bridge")
    assert check_switch(
        switch, _serving(settings, daemon_networks=ELSEWHERE).switch, companies
    ) == ["acl.conf, list esl_bridge: 192.0.2.7/32 missing; render, copy, reloadxml"]


def _serving(settings, **changes):
    switch = msgspec.structs.replace(settings.switch, **changes)
    return msgspec.structs.replace(settings, switch=switch)
