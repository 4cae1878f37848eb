"""What the switch must be told: its configuration files, made from the same files as ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from esl_bridge.config import Settings
from esl_bridge.domain.company import Company
from esl_bridge.render.fill import UnfitValue
from esl_bridge.render.switch_files import switch_files
from esl_bridge.render.write import write

__all__ = ["UnfitValue", "render"]

_MERGE = {
    "callcenter.conf.xml": "its <queue> elements belong into <queues>",
    "acl.conf.xml": 'its <list name="esl_bridge"> belongs into <network-lists>',
    "conference.conf.xml": 'its <profile name="esl_bridge"> belongs into <profiles>',
}


def render(settings: Settings, companies: Mapping[str, Company], output: Path) -> list[str]:
    """Write each switch's files, laid out as its configuration folder is: below ``output``, or
    where there are several switches, below a folder of the switch's name there.

    Returns what is left for a person to do, a sentence each. A file that somebody else wrote is
    left alone, ours is written beside it. Raises UnfitValue before anything is written.
    """
    several = len(settings.nodes) > 1
    files: dict[Path, str] = {}
    notes = []
    for node, switch in settings.nodes.items():
        folder = output / node if several else output
        texts = switch_files(switch, settings.homed_on(node, companies))
        files |= {folder / name: text for name, text in texts.items()}
        if switch.user is None:
            key = f"switches.{node}.user" if settings.switches else "switch.user"
            notes.append(f"{key} is not set: no restricted account is rendered for the daemon")
    for path, text in files.items():
        written = write(path, text)
        if written != path:
            what = _MERGE.get(path.name, "replace it or merge the two")
            notes.append(f"{path} is not ours: see {written}, {what}")
    return notes
