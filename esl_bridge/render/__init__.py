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
    """Write the switch's files below ``output``, which is laid out as its configuration folder is.

    Returns what is left for a person to do, a sentence each. A file that somebody else wrote is
    left alone, ours is written beside it. Raises UnfitValue before anything is written.
    """
    notes = []
    if settings.switch.user is None:
        notes.append("switch.user is not set: no restricted account is rendered for the daemon")
    for name, text in switch_files(settings, companies).items():
        path = output / name
        written = write(path, text)
        if written != path:
            what = _MERGE.get(path.name, "replace it or merge the two")
            notes.append(f"{path} is not ours: see {written}, {what}")
    return notes
