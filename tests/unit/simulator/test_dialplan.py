"""The same XML that drives a real switch drives this one."""

from pathlib import Path

from esl_bridge.simulator import api
from esl_bridge.simulator.dialplan import Dialplan
from tests.unit.simulator.world import World

CONTEXT = """
<include><context name="esl_bridge">
  <extension name="mark" continue="true">
    <condition><action application="set" data="seen=$${domain}"/></condition>
  </extension>
  <extension name="both">
    <condition field="${esl_bridge_role}" expression="^agent$"/>
    <condition field="destination_number" expression="^(\\d)(\\d)$">
      <action application="bridge" data="user/$2$1"/>
    </condition>
  </extension>
  <extension name="other">
    <condition field="destination_number" expression="^1"><action application="echo"/></condition>
  </extension>
</context></include>
"""


def applications(world: World, role: str, destination: str) -> list[tuple[str, str]]:
    world.switch.dialplan = Dialplan([CONTEXT], {"domain": "example"})
    leg = world.switch.dial_in(world.switch.extensions["ann"], destination)
    leg.variables["esl_bridge_role"] = role
    leg.profile.context = "esl_bridge"
    return world.switch.dialplan.applications(leg)


def test_all_conditions_of_an_extension_must_match(world: World) -> None:
    assert applications(world, "agent", "12") == [("set", "seen=example"), ("bridge", "user/21")]
    assert applications(world, "spy", "12") == [("set", "seen=example"), ("echo", "")]
    assert applications(world, "spy", "22") == [("set", "seen=example")]


def test_a_file_in_a_folder_belongs_to_the_context_named_like_the_folder(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "public").mkdir()
    file = tmp_path / "public" / "05_numbers.xml"
    file.write_text(
        '<include><extension name="x"><condition field="destination_number" expression="^4$">'
        '<action application="park"/></condition></extension></include>'
    )
    world.switch.dialplan = Dialplan([file])
    leg = world.switch.dial_in(world.switch.outside_phone("1"), "4")
    assert world.switch.dialplan.applications(leg) == [("park", "")]


def test_a_condition_can_check_for_a_module(world: World) -> None:
    place = (
        '<context name="esl_bridge"><extension><condition field="${module_exists(mod_callcenter)}"'
        ' expression="^true$"><action application="echo"/></condition></extension></context>'
    )
    leg = world.switch.dial_in(world.switch.extensions["ann"], "1")
    leg.profile.context = "esl_bridge"
    dialplan = Dialplan([place])
    assert dialplan.applications(leg) == [("echo", "")]
    api.run(world.switch, "unload mod_callcenter")
    assert dialplan.applications(leg) == []
    api.run(world.switch, "load mod_callcenter")
    assert dialplan.applications(leg) == [("echo", "")]
