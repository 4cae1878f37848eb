"""Each builder's exact text, and that no foreign character gets into any of it."""

import inspect

import pytest

from esl_bridge.errors import BadField
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import ALLOWED_API, Command
from tests.unit.esl.commands import CONTACT, LEG, OTHER, TEXTS


@pytest.mark.parametrize(("command", "text"), TEXTS, ids=lambda each: str(each)[:40])
def test_each_command_has_its_text(command, text):
    assert command.line() == text


@pytest.mark.parametrize(
    ("digits", "tones"),
    [
        ("1", "d=150;w=100;1"),
        ("1w2", "d=150;w=600;1;w=100;2"),
        ("1wW", "d=150;w=1600;1"),
        ("w1", "d=150;%(0,500,0);w=100;1"),
        ("*#D", "d=150;w=100;*#;w=100;D"),
        ("W", "d=150;%(0,1000,0)"),
    ],
)
def test_digits_are_played_as_tones(digits, tones):
    line = commands.uuid_send_tones(LEG, digits).line()
    assert line == f"api uuid_broadcast {LEG} tone_stream://{tones} aleg"


# What a command is built from: the builder by each of its free arguments.
BUILDERS = {
    "unregister profile": lambda text: commands.unregister(text, "1000", "d"),
    "unregister extension": lambda text: commands.unregister("p", text, "d"),
    "unregister domain": lambda text: commands.unregister("p", "1000", text),
    "uuid_kill leg": lambda text: commands.uuid_kill(text),
    "uuid_kill cause": lambda text: commands.uuid_kill(LEG, text),
    "uuid_answer leg": commands.uuid_answer,
    "queue_members queue": commands.queue_members,
    "uuid_bridge leg": lambda text: commands.uuid_bridge(text, OTHER),
    "uuid_bridge other": lambda text: commands.uuid_bridge(LEG, text),
    "uuid_transfer leg": lambda text: commands.uuid_transfer(text, "e", "c"),
    "uuid_transfer extension": lambda text: commands.uuid_transfer(LEG, text, "c"),
    "uuid_transfer context": lambda text: commands.uuid_transfer(LEG, "e", text),
    "uuid_execute leg": lambda text: commands.uuid_execute(text, dialstring.park()),
    "uuid_play leg": lambda text: commands.uuid_play(text, "s"),
    "uuid_ring leg": commands.uuid_ring,
    "uuid_break leg": commands.uuid_break,
    "uuid_mute leg": lambda text: commands.uuid_mute(text, on=True),
    "uuid_mute leg off": lambda text: commands.uuid_mute(text, on=False),
    "uuid_deafen leg": lambda text: commands.uuid_deafen(text, on=True),
    "uuid_set_media_stats leg": commands.uuid_set_media_stats,
    "uuid_dump leg": commands.uuid_dump,
    "uuid_record leg": lambda text: commands.uuid_record(text, "start", "/rec", "a/b.wav"),
    "uuid_record what": lambda text: commands.uuid_record(LEG, text, "/rec", "a/b.wav"),
    "uuid_record folder": lambda text: commands.uuid_record(LEG, "start", text, "a/b.wav"),
    "uuid_record file": lambda text: commands.uuid_record(LEG, "start", "/rec", text),
    "uuid_send_dtmf leg": lambda text: commands.uuid_send_dtmf(text, "1"),
    "uuid_send_dtmf digits": lambda text: commands.uuid_send_dtmf(LEG, text),
    "uuid_send_tones leg": lambda text: commands.uuid_send_tones(text, "1"),
    "uuid_send_tones digits": lambda text: commands.uuid_send_tones(LEG, text),
    "uuid_setvar leg": lambda text: commands.uuid_setvar(text, a="1"),
    "uuid_setvar value": lambda text: commands.uuid_setvar(LEG, a=text),
    "uuid_phone_event leg": lambda text: commands.uuid_phone_event(text, "talk"),
    "uuid_phone_event event": lambda text: commands.uuid_phone_event(LEG, text),
    "sofia_contact profile": lambda text: commands.sofia_contact(text, "e", "d"),
    "sofia_contact extension": lambda text: commands.sofia_contact("p", text, "d"),
    "sofia_contact domain": lambda text: commands.sofia_contact("p", "e", text),
    "registrations profile": commands.registrations,
    "originate uuid": lambda text: originate(uuid=text),
    "originate endpoint": lambda text: originate(endpoint=text),
    "originate variable": lambda text: originate(name=text),
    "agent_add": commands.agent_add,
    "tell_serving daemon": lambda text: commands.tell_serving(text, ["90001"], 15),
    "tell_serving company": lambda text: commands.tell_serving("d", ["90001", text], 15),
    "agent_status": commands.agent_status,
    "agent_del": commands.agent_del,
    "agent_available": lambda text: commands.agent_available(text, available=True),
    "agent_contact agent": lambda text: commands.agent_contact(text, CONTACT),
    "agent_contact endpoint": lambda text: contact(endpoint=text),
    "agent_contact variable": lambda text: contact(name=text),
    "agent_contact value": lambda text: contact(value=text),
    "agent_rest agent": lambda text: commands.agent_rest(text, "busy_delay", 5),
    "agent_rest after": lambda text: commands.agent_rest("a", text, 5),
    "tier_add queue": lambda text: commands.tier_add(text, "a", 1),
    "tier_add agent": lambda text: commands.tier_add("q", text, 1),
    "tier_level queue": lambda text: commands.tier_level(text, "a", 1),
    "tier_level agent": lambda text: commands.tier_level("q", text, 1),
    "tier_del queue": lambda text: commands.tier_del(text, "a"),
    "tier_del agent": lambda text: commands.tier_del("q", text),
    "room": lambda text: dialstring.conference(text, "p"),
    "room profile": lambda text: dialstring.conference("r", text),
    "variable": lambda text: dialstring.set_variable(text, "1"),
    "user": lambda text: dialstring.user(text, "d"),
    "user domain": lambda text: dialstring.user("90001_1", text),
    "outside": lambda text: dialstring.outside("sofia/g/{number}", text),
}
# A tone stream needs more, by its own rules: see test_dialstring.
SOUNDS = {
    "uuid_play sound": lambda text: commands.uuid_play(LEG, text),
    "originate value": lambda text: originate(value=text),
    "set": lambda text: dialstring.set_variable("a", text),
    "playback": dialstring.playback,
}
FOREIGN = [
    *"\n\r\0 \t,;'\"|{}[]()<>^$\\&%`!~?=",
    "\u2028",
    "\x85",
    "\ud800",
    "\x1c",
    "１",
    "٣",
    "é",
]
FOREIGN_IN_SOUNDS = [each for each in FOREIGN if each not in "%(),="]


def contact(endpoint="user/1@d", name="a", value="1") -> Command:
    return commands.agent_contact("a", dialstring.Contact(endpoint, {name: value}))


def originate(uuid=LEG, endpoint="user/1@d", name="a", value="1") -> Command:
    phone = dialstring.OriginateLeg(uuid, endpoint, {name: value})
    return commands.originate(phone, dialstring.AfterAnswer(dialstring.park()))


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_foreign_character_anywhere_in_an_argument_is_refused(builder):
    build = BUILDERS[builder]
    plain = "11" if "digits" in builder else "AA" if "cause" in builder else "aa"
    build(plain)
    for text in anywhere(FOREIGN, plain):
        with pytest.raises(BadField):
            build(text)


@pytest.mark.parametrize("file", ["../a", "a/../b", "/a", "a//b", "a/", ".a", "a/.b", "..", "."])
def test_a_recording_stays_in_its_folder(file):
    with pytest.raises(BadField):
        commands.uuid_record(LEG, "start", "/rec", file)


@pytest.mark.parametrize("builder", SOUNDS)
def test_a_foreign_character_in_a_sound_or_setting_is_refused(builder):
    SOUNDS[builder]("aa")
    for text in anywhere(FOREIGN_IN_SOUNDS, "aa"):
        with pytest.raises(BadField):
            SOUNDS[builder](text)


def anywhere(foreign, plain):
    return [plain[:at] + each + plain[at:] for each in foreign for at in range(len(plain) + 1)]


@pytest.mark.parametrize("builder", [each for each in BUILDERS if each != "uuid_setvar value"])
def test_empty_arguments_are_refused(builder):
    with pytest.raises(BadField):
        BUILDERS[builder]("")


@pytest.mark.parametrize("builder", BUILDERS | SOUNDS)
def test_a_very_long_argument_is_refused(builder):
    with pytest.raises(BadField):
        (BUILDERS | SOUNDS)[builder]("1" * 10_000)


def test_every_builder_of_commands_is_covered():
    built = {
        name
        for name, each in inspect.getmembers(commands, inspect.isfunction)
        if each.__module__ == commands.__name__
        and inspect.signature(each).parameters
        and not name.startswith("_")
    }
    assert built <= {name.partition(" ")[0] for name in BUILDERS}


def test_every_command_is_allowed_to_the_user_of_the_switch():
    for command, _ in TEXTS:
        assert command.words[0] in ALLOWED_API
        assert not command.background or "bgapi" in ALLOWED_API
    assert sorted(ALLOWED_API) == list(ALLOWED_API)


@pytest.mark.parametrize(
    ("command", "slow"),
    [
        (commands.uuid_kill("call-1"), False),
        (commands.show_channels(), True),
        (commands.show_registrations(), True),
        (commands.uuid_record("call-1", "start", "/rec", "90001/a.mp3"), True),
    ],
)
def test_commands_that_may_block_their_link_are_marked_slow(command, slow):
    assert command.slow is slow


@pytest.mark.parametrize(
    ("command", "alone"),
    [
        (commands.uuid_mute(LEG, on=True), True),
        (commands.uuid_dump(LEG), True),
        (commands.show_channels(), True),
        (commands.uuid_kill(LEG), False),
        (commands.uuid_play(LEG, "local_stream://moh"), False),
        (commands.uuid_bridge(LEG, "call-2"), False),
    ],
)
def test_commands_that_change_no_call_are_marked(command, alone):
    assert command.leaves_calls_alone is alone


def test_the_announcement_of_companies_is_an_event_with_headers():
    command = commands.tell_serving("d", ["90001", "90002"], 15)
    assert command.line() == "sendevent CUSTOM"
    assert command.headers == (
        "Event-Subclass: esl_bridge::serving",
        "Serving-Daemon: d",
        "Serving-Companies: 90001 90002",
        "Serving-Seconds: 15",
    )
