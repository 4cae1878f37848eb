"""Every command that is sent to the switch, and its text."""

from esl_bridge.esl import commands, dialstring

LEG, OTHER = "call-0123456789abcdef0123456789abcdef", "7c5a0d1e-0000-4000-8000-000000000000"
PHONE = dialstring.OriginateLeg(LEG, "user/90001_1@d", {"a_b": "1"})
CONTACT = dialstring.Contact("user/90001_1@d", {"leg_timeout": "20", "a_b": "1"})
AGENT, QUEUE = "90001_1@90001", "1001@90001"

TEXTS = [
    (commands.uuid_kill(LEG), f"api uuid_kill {LEG} NORMAL_CLEARING"),
    (commands.uuid_kill(LEG, "USER_BUSY"), f"api uuid_kill {LEG} USER_BUSY"),
    (commands.uuid_answer(LEG), f"api uuid_answer {LEG}"),
    (commands.uuid_bridge(LEG, OTHER), f"api uuid_bridge {LEG} {OTHER}"),
    (commands.uuid_transfer(LEG, "ivr", "ctx"), f"api uuid_transfer {LEG} ivr XML ctx"),
    (
        commands.uuid_play(LEG, "local_stream://moh"),
        f"api uuid_broadcast {LEG} local_stream://moh aleg",
    ),
    (
        commands.uuid_ring(LEG),
        f"api uuid_broadcast {LEG} tone_stream://%(1000,0,450) aleg",
    ),
    (commands.uuid_break(LEG), f"api uuid_break {LEG} all"),
    (commands.uuid_mute(LEG, on=True), f"api uuid_audio {LEG} start read mute -4"),
    (commands.uuid_mute(LEG, on=False), f"api uuid_audio {LEG} start read mute 0"),
    (commands.uuid_deafen(LEG, on=True), f"api uuid_audio {LEG} start write mute -4"),
    (commands.uuid_deafen(LEG, on=False), f"api uuid_audio {LEG} start write mute 0"),
    (commands.uuid_set_media_stats(LEG), f"api uuid_set_media_stats {LEG}"),
    (commands.uuid_dump(LEG), f"api uuid_dump {LEG} json"),
    (
        commands.uuid_record(LEG, "start", "/rec", "90001/2026-01-01/a.mp3"),
        f"api uuid_record {LEG} start /rec/90001/2026-01-01/a.mp3",
    ),
    (commands.uuid_send_dtmf(LEG, "1w#"), f"api uuid_send_dtmf {LEG} 1w#@150"),
    (
        commands.uuid_setvar(LEG, a="1", b=""),
        f"api uuid_setvar_multi {LEG} a=1;b=",
    ),
    (commands.uuid_phone_event(LEG, "talk"), f"api uuid_phone_event {LEG} talk"),
    (commands.show_channels(), "api show channels as json"),
    (commands.sofia_contact("p", "90001_1", "d"), "api sofia_contact p/90001_1@d"),
    (
        commands.unregister("p", "1000", "d"),
        "api sofia profile p flush_inbound_reg 1000@d",
    ),
    (commands.show_registrations(), "api show registrations as json"),
    (commands.registrations("esl_bridge"), "api sofia status profile esl_bridge reg"),
    (commands.queue_agents(), "api callcenter_config agent list"),
    (commands.queue_members("1001@90001"), "api callcenter_config queue list members 1001@90001"),
    (commands.queue_tiers(), "api callcenter_config tier list"),
    (commands.agent_add(AGENT), f"api callcenter_config agent add {AGENT} callback"),
    (commands.agent_status(AGENT), f"api callcenter_config agent get status {AGENT}"),
    (commands.agent_del(AGENT), f"api callcenter_config agent del {AGENT}"),
    (
        commands.agent_contact(AGENT, CONTACT),
        f"api callcenter_config agent set contact {AGENT} [leg_timeout=20,a_b=1]user/90001_1@d",
    ),
    (
        commands.agent_rest(AGENT, "busy_delay", 5),
        f"api callcenter_config agent set busy_delay_time {AGENT} 5",
    ),
    (
        commands.agent_available(AGENT, available=True),
        f"api callcenter_config agent set status {AGENT} Available",
    ),
    (
        commands.agent_available(AGENT, available=False),
        f"api callcenter_config agent set status {AGENT} 'On Break'",
    ),
    (commands.tier_add(QUEUE, AGENT, 2), f"api callcenter_config tier add {QUEUE} {AGENT} 2 1"),
    (
        commands.tier_level(QUEUE, AGENT, 2),
        f"api callcenter_config tier set level {QUEUE} {AGENT} 2",
    ),
    (commands.tier_del(QUEUE, AGENT), f"api callcenter_config tier del {QUEUE} {AGENT}"),
    (commands.core_uuid(), "api global_getvar core_uuid"),
    (
        commands.originate(PHONE, dialstring.AfterAnswer(dialstring.park())),
        f"api bgapi originate {{^^;origination_uuid={LEG};a_b=1}}user/90001_1@d '&park()'",
    ),
    (
        commands.uuid_execute(LEG, dialstring.park(), dialstring.set_variable("a", "1")),
        f"api uuid_transfer {LEG} 'm:~:park~set:a=1' inline",
    ),
]
