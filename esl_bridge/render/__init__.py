"""The switch's configuration files, rendered from the daemon's own."""

from __future__ import annotations

from pathlib import Path

from esl_bridge.config import Settings
from esl_bridge.domain.company import Companies
from esl_bridge.render.fill import UnfitValue
from esl_bridge.render.switch_files import switch_files
from esl_bridge.render.write import write

__all__ = ["UnfitValue", "render"]

_MERGE = {
    "callcenter.conf.xml": "merge its <queue> elements into <queues>",
    "acl.conf.xml": 'merge its <list name="esl_bridge"> into <network-lists>',
    "conference.conf.xml": 'merge its <profile name="esl_bridge"> into <profiles>',
}


def render(settings: Settings, companies: Companies, output: Path) -> list[str]:
    """Write the switch's files below ``output``, laid out like its configuration folder.

    Returns what is left for a person to do, a sentence each. A file that was not written by us is
    left alone, and ours is written beside it. Raises UnfitValue before anything is written.
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
            what = _MERGE.get(path.name, "replace the file, or merge the two")
            notes.append(
                f"{path} was not written by esl-bridge and is unchanged; see {written}: {what}"
            )
    return notes
