"""One YAML file as a tree that knows its line numbers, and the mistakes noted in it."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from esl_bridge.config.mistakes import Mistake

Key = tuple[str, ...]
# libyaml's, where PyYAML was built with it: ten thousand agents in a second and not in ten.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """A file's tree; ``root`` is None if the file is empty or could not be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: list[Mistake] = []
        self._lines: dict[Key, int] = {}
        self.root = self._compose()

    def note(self, key: Key, text: str, line: int | None = None) -> None:
        """Note a mistake, at the line of ``key`` or of its nearest existing parent."""
        place = self._line_of(key) if line is None else line
        name = ".".join(key).replace(".[", "[")
        self.mistakes.append(Mistake(str(self.path), place, name, text))

    def place(self, key: Key, node: yaml.Node) -> None:
        """Remember the line of ``key``."""
        self._lines[key] = node.start_mark.line + 1

    def entries(self, node: yaml.MappingNode, key: Key) -> Iterator[tuple[str, yaml.Node]]:
        """The entries of a mapping; their lines are remembered, and duplicates noted."""
        seen: set[str] = set()
        for name_node, value in node.value:
            line = name_node.start_mark.line + 1
            if not isinstance(name_node, yaml.ScalarNode):
                self.note(key, "a key must be plain text", line)
                continue
            name = name_node.value
            if name in seen:
                self.note((*key, name), "occurs twice", line)
                continue
            seen.add(name)
            self.place((*key, name), name_node)
            yield name, value

    def beside(self, path: Path) -> Path:
        """A path as written in this file: relative to the file's folder."""
        return self.path.parent / path

    def _line_of(self, key: Key) -> int:
        while key and key not in self._lines:
            key = key[:-1]
        return self._lines.get(key, 0)

    def _compose(self) -> yaml.Node | None:
        try:
            root: yaml.Node | None = yaml.compose(self.path.read_text("utf-8"), _Loader)
        except OSError as error:
            self.note((), f"cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self.note((), "is not UTF-8")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            self.note((), f"is not valid YAML: {error.problem}", mark.line + 1 if mark else 0)
        except yaml.YAMLError as error:
            self.note((), f"is not valid YAML: {error}")
        else:
            return root
        return None
