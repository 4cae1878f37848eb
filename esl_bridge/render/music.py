"""Whether the switch can play the hold music, as far as can be checked from here."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

_LOOPBACK = ("127.", "::1", "localhost")


def lacking(sound: str, host: str, formats: Collection[str], streams: str) -> Iterator[str]:
    """One sentence for what is missing. ``formats``: what the switch can decode, as URL schemes and
    file extensions; ``streams``: its list of local streams.

    Files are checked only where the switch is on this machine; one that is not visible from here
    may exist all the same.
    """
    scheme, separator, rest = sound.partition("://")
    if separator and scheme not in formats:
        yield f"the switch cannot play {scheme}://"
    elif scheme == "local_stream":
        yield from _stream(rest, host, streams)
    elif not separator:
        yield from _file(Path(sound), host, formats)


def _stream(name: str, host: str, streams: str) -> Iterator[str]:
    """The switch takes the first of these that it has (for calls at 8 kHz; source)."""
    folders = dict(row.split(",", 1) for row in streams.splitlines() if "," in row)
    tried = (f"{name}/8000", name, "default/8000", "default")
    found = next((folders[each] for each in tried if each in folders), None)
    if found is None:
        yield f"the switch has no local stream {name}, or its folder does not exist"
    elif _is_here(host) and _is_empty(Path(found)):
        yield f"the folder of this stream has no files: {found}"


def _file(file: Path, host: str, formats: Collection[str]) -> Iterator[str]:
    """A relative path is below a folder that only the switch knows."""
    ending = file.suffix.removeprefix(".")
    if ending and ending not in formats:
        yield f"the switch cannot play files that end in .{ending}"
    elif _is_here(host) and file.is_absolute() and _is_missing(file):
        yield "this file does not exist on this machine"


def _is_here(host: str) -> bool:
    return host.startswith(_LOOPBACK)


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError:
        return False


def _is_missing(file: Path) -> bool:
    try:
        return not file.is_file()
    except OSError:
        return False
