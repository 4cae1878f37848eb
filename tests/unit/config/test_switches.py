"""Several switches in one configuration, and where each company is homed."""

from pathlib import Path

import pytest
import yaml

from esl_bridge import config
from esl_bridge.config import ConfigError

A = {"host": "10.0.0.11", "password": "secret-a"}
B = {"host": "10.0.0.12", "password": "secret-b"}


class Files:
    """A configuration; ``homes``: of each company the switch that it names, None: none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, homes: dict[str, str | None], **sections: object):
        companies = {code: {} if home is None else {"switch": home} for code, home in homes.items()}
        (self.folder / "companies.yaml").write_text(yaml.safe_dump(companies))
        main = {"companies": "companies.yaml"} | sections
        (self.folder / "esl_bridge.yaml").write_text(yaml.safe_dump(main))
        return config.load(self.folder / "esl_bridge.yaml")

    def mistakes(self, homes: dict[str, str | None], **sections: object) -> list[tuple[str, str]]:
        with pytest.raises(ConfigError) as refused:
            self.load(homes, **sections)
        return [(mistake.key, mistake.text) for mistake in refused.value.mistakes]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_single_switch_is_the_default_node_and_companies_need_not_name_it(files):
    settings, companies = files.load({"90001": None, "90002": "default"}, switch=A)
    assert list(settings.nodes) == ["default"]
    assert settings.homed_on("default", companies) == companies


def test_each_company_is_homed_on_the_switch_that_it_names(files):
    settings, companies = files.load({"90001": "a", "90002": "b"}, switches={"a": A, "b": B})
    assert {name: node.host for name, node in settings.nodes.items()} == {
        "a": "10.0.0.11",
        "b": "10.0.0.12",
    }
    assert list(settings.homed_on("b", companies)) == ["90002"]


def test_companies_need_not_name_the_only_entry_of_switches(files):
    settings, companies = files.load({"90001": None}, switches={"a": A})
    assert settings.homed_on("a", companies) == companies


@pytest.mark.parametrize(
    ("homes", "sections", "key", "text"),
    [
        ({}, {"switch": A, "switches": {"b": B}}, "switches", "not both"),
        ({}, {}, "switch", "missing"),
        ({}, {"switches": {}}, "switch", "missing"),
        ({}, {"switches": {"a b": A}}, "switches.a b", "1 to 64 of 0-9"),
        ({}, {"switches": {"a": A, "b": A}}, "switches.b", "address of switch a"),
        ({}, {"switches": {"a": {"host": "x"}}}, "switches.a.password", "missing"),
        ({}, {"switches": {"a": A | {"password": "ClueCon"}}}, "switches.a.password", "stock"),
        ({"90001": None}, {"switches": {"a": A, "b": B}}, "90001.switch", "which of a, b"),
        ({"90001": "c"}, {"switches": {"a": A, "b": B}}, "90001.switch", "c; one of a, b"),
        ({"90001": "a"}, {"switch": A}, "90001.switch", "a; one of default"),
    ],
)
def test_a_mistake_names_the_key_and_what_is_allowed(files, homes, sections, key, text):
    found = files.mistakes(homes, **sections)
    assert (key, True) in [(where, text in what) for where, what in found], found


@pytest.mark.parametrize(
    ("old", "new"),
    [("unled_seconds", "orphan_leg_seconds"), ("untold_seconds", "reconcile_seconds")],
)
def test_a_renamed_key_is_refused_with_its_new_name(files, old, new):
    assert files.mistakes({}, switch=A, limits={old: 30}) == [
        (f"limits.{old}", f"was renamed to {new}")
    ]


def test_a_mistake_about_a_switch_names_the_key_of_that_switch(files):
    bad = A | {"user": "daemon@elsewhere", "domain": "a.example"}
    assert files.mistakes({}, switches={"a": bad, "b": B}) == [
        ("switches.a.user", "must end in @a.example")
    ]
