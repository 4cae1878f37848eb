"""The dialplan: the applications for a destination in a context.

Read from XML like the real switch's (context, extension, condition, action), so the same files
drive both; anti-actions, and ``break`` other than on-false, are not supported.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.leg_thread import Application

_VARIABLE = re.compile(r"\$\{([\w.:-]+)\}")
_MD5 = re.compile(r"\$\{md5\(([^()${}]*)\)\}")
_MODULE = re.compile(r"\$\{module_exists\((\w+)\)\}")
_GLOBAL = re.compile(r"\$\$\{([\w.-]+)\}")
_INCLUDE = "X-PRE-PROCESS"
_GROUP = re.compile(r"\$(\d)")

DEFAULT = """
<include>
  <context name="esl_bridge">
    <extension name="ivr">
      <condition field="destination_number" expression="^ivr_\\w+$">
        <action application="answer"/>
        <action application="playback" data="tone_stream://%(1000,0,2150);loops=-1"/>
      </condition>
    </extension>
    <extension name="survey">
      <condition field="destination_number" expression="^survey$">
        <action application="answer"/>
        <action application="playback" data="tone_stream://%(1000,0,2450);loops=-1"/>
      </condition>
    </extension>
    <extension name="skill">
      <condition field="destination_number" expression="^skill_(\\w+)$">
        <action application="answer"/>
        <action application="callcenter" data="$1"/>
      </condition>
    </extension>
  </context>
</include>
"""


class Dialplan:
    def __init__(self, sources: Iterable[str | Path] = (), variables: dict[str, str] | None = None):
        """``sources``: XML text, or files of it; ``variables``: the ``$${...}`` ones."""
        self._globals = variables or {}
        self._contexts: dict[str, list[ElementTree.Element]] = {}
        for source in sources:
            self.add(source)

    def add(self, source: str | Path) -> None:
        """A file may contain whole contexts, or, in a folder ``public``, extensions of that
        context."""
        text = source.read_text() if isinstance(source, Path) else source
        root = ElementTree.fromstring(_GLOBAL.sub(self._global, text))
        contexts = [root] if root.tag == "context" else list(root.iter("context"))
        for context in contexts:
            self._add(context.get("name", "default"), context)
        if not contexts and isinstance(source, Path):
            self._add(source.parent.name, root)

    def _add(self, name: str, parent: ElementTree.Element) -> None:
        """Extensions added to a context with includes take the place of its first include."""
        new = [one for one in parent if one.tag in ("extension", _INCLUDE)]
        known = self._contexts.setdefault(name, [])
        tags = [one.tag for one in known]
        at = tags.index(_INCLUDE) if _INCLUDE in tags else len(known)
        known[at:at] = new

    def _global(self, found: re.Match[str]) -> str:
        return self._globals.get(found[1], "")

    def applications(self, leg: SimulatedChannel) -> list[Application]:
        """The applications for the leg's destination and context; empty if no extension matches."""
        found: list[Application] = []
        for extension in self._extensions(leg.profile.context):
            actions = self._of_extension(extension, leg)
            found += actions
            if actions and extension.get("continue") != "true":
                break
        return found

    def _extensions(self, context: str) -> list[ElementTree.Element]:
        return [one for one in self._contexts.get(context, []) if one.tag == "extension"]

    def _of_extension(
        self, extension: ElementTree.Element, leg: SimulatedChannel
    ) -> list[Application]:
        found: list[Application] = []
        for condition in extension.iter("condition"):
            matched = _matches(condition, leg)
            if matched is None:
                break
            found += [_application(action, matched) for action in condition.iter("action")]
        return found


def _matches(condition: ElementTree.Element, leg: SimulatedChannel) -> re.Match[str] | None:
    expression = expand(condition.get("expression", ""), leg)
    return re.search(expression, _field(condition.get("field", ""), leg))


def _application(action: ElementTree.Element, matched: re.Match[str]) -> Application:
    def group(found: re.Match[str]) -> str:
        number = int(found[1])
        within = matched.re.groups >= number
        return (matched[number] or "") if within else ""

    return action.get("application", ""), _GROUP.sub(group, action.get("data", ""))


def _field(name: str, leg: SimulatedChannel) -> str:
    return expand(name, leg) if "${" in name else _value(name, leg)


def _value(name: str, leg: SimulatedChannel) -> str:
    who = leg.profile
    own = {
        "destination_number": who.destination,
        "caller_id_number": who.number,
        "caller_id_name": who.name,
        "privacy_hide_number": "true" if who.withheld else "false",
        "context": who.context,
        "channel_name": leg.name,
        "uuid": leg.uuid,
    }
    return leg.variables.get(name, own.get(name, ""))


def expand(text: str, leg: SimulatedChannel) -> str:
    """Replace ``${name}`` by the leg's variable or caller field, or by nothing if it is unset; and
    the two commands that the bundled dialplan uses, ``${md5(...)}`` and
    ``${module_exists(...)}``."""
    text = _VARIABLE.sub(lambda found: _value(found[1], leg), text)
    text = _MODULE.sub(lambda found: str(found[1] in leg.switch.modules).lower(), text)
    return _MD5.sub(lambda found: _md5(found[1]), text)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
