"""The configuration: what a good one gives, and each mistake with its file, line and key."""

import re
from pathlib import Path

import pytest

from esl_bridge import config
from esl_bridge.config import ConfigError, Limits, Mistake, Settings, SwitchConfig
from esl_bridge.domain.company import Company, Route
from esl_bridge.protocol.texts import Language

SAMPLES = Path(__file__).parents[3] / "conf"
HASH = "$argon2id$v=19$m=65536,t=3,p=4$TA4DvLhj0yN1CwACoHpZsw$Qi6etlRy8QMDGCiqISUkBP7nJSftEGDQYs"

MAIN = """\
listen:
  agents: 127.0.0.1:8780
switch:
  host: 127.0.0.1
  password: geheim
companies: companies.yaml
timing: {}
limits: {}
"""
COMPANIES = f"""\
"90001":
  name: Example
  fallback: {{skill: "1001"}}
  external:
    dial: sofia/gateway/carrier/{{number}}
    caller_id: "40010001"
    allowed:
      - '1\\d{{10}}'
  extensions:
    "90001_1": {{password: geheim}}
  agents:
    "90001_1":
      password_hash: {HASH}
      extension: "90001_1"
      skills: {{"1001": 1}}
  skills:
    "1001": {{name: Sales}}
  ivrs:
    "2001": {{extension: ivr_main}}
  numbers:
    "40010001": {{agent: "90001_1"}}
"""


class Files:
    """A configuration on disk, to be spoilt."""

    def __init__(self, folder: Path) -> None:
        self.main = folder / "main.yaml"
        self.companies = folder / "companies.yaml"
        self.main.write_text(MAIN)
        self.companies.write_text(COMPANIES)

    def change(self, file: Path, old: str, new: str) -> None:
        text = file.read_text()
        assert text.count(old) == 1
        file.write_text(text.replace(old, new))

    def mistakes(self, **how: bool) -> list[Mistake]:
        with pytest.raises(ConfigError) as refused:
            config.load(self.main, **how)
        return refused.value.mistakes


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_valid_configuration_gives_settings_and_companies(files):
    settings, companies = config.load(files.main)
    assert settings.switch.password == "geheim"
    assert settings.companies_path == files.companies
    company = companies["90001"]
    assert company.code == "90001"
    assert company.agents["90001_1"].skills == {"1001": 1}
    assert company.fallback == Route(skill="1001")
    assert company.external.allowed == (r"1\d{10}",)


def test_the_samples_are_valid_and_contain_the_defaults(monkeypatch):
    monkeypatch.setenv("ESL_PASSWORD", "geheim")
    settings, companies = config.load(SAMPLES / "esl_bridge.yaml")
    defaults = Settings(
        switch=SwitchConfig(password="geheim"), companies_path=SAMPLES / "companies.yaml"
    )
    assert settings.timing == defaults.timing
    assert settings.switch == defaults.switch
    assert settings.language is Language.CHINESE
    assert companies["90001"].start_status == "FREE"


def test_the_sample_company_with_its_published_passwords_is_disabled(monkeypatch):
    monkeypatch.setenv("ESL_PASSWORD", "geheim")
    _, companies = config.load(SAMPLES / "esl_bridge.yaml")
    assert not any(company.enabled for company in companies.values())


@pytest.mark.parametrize("section", [Limits, config.Timing, config.Listen, SwitchConfig, Settings])
def test_the_sample_names_every_key(section):
    text = (SAMPLES / "esl_bridge.yaml").read_text()
    for info in section.__struct_encode_fields__:
        assert re.search(rf"^ *{info}:", text, re.MULTILINE), info


def test_the_sample_limits_are_the_defaults(monkeypatch):
    monkeypatch.setenv("ESL_PASSWORD", "geheim")
    assert config.load(SAMPLES / "esl_bridge.yaml")[0].limits == Limits()


def test_the_sample_company_names_every_key():
    text = (SAMPLES / "companies.yaml").read_text()
    for name in set(Company.__struct_fields__) - {"code"}:
        assert re.search(rf"^  {name}:", text, re.MULTILINE), name


# Each line: what is put in the place of what, the key that is blamed, and a word of the text.
# The mistake is on the line of "# here", or else on the first line of what was put there.
MAIN_MISTAKES = [
    ("timing: {}", "timinng: {}", "timinng", "unknown"),
    ("timing: {}", "timing:\n  # x\n  grace: 1  # here", "timing.grace", "unknown"),
    ("timing: {}", "timing: 5", "timing", "mapping"),
    ("timing: {}", "timing: {idle_seconds: 0}", "timing.idle_seconds", "above 0"),
    ("timing: {}", "timing: {idle_seconds: soon}", "timing.idle_seconds", "seconds"),
    ("limits: {}", "limits: {nesting: 1.5}", "limits.nesting", "whole number"),
    ("limits: {}", "limits: {nesting: true}", "limits.nesting", "whole number"),
    ("limits: {}", "limits: {nesting: [1]}", "limits.nesting", "whole number"),
    ("limits: {}", "limits: {nesting: 1, nesting: 2}", "limits.nesting", "twice"),
    ("limits: {}", "limits: {[1]: 2}", "limits", "plain text"),
    ("limits: {}", "language: de", "language", "zh-CN, en-US"),
    ("limits: {}", "state: mysql://", "state", "memory or"),
    ("limits: {}", "audit: [a]", "audit", "a path"),
    ("  password: geheim", "  port: 8021", "switch.password", "missing"),
    ("  password: geheim", "  password: 12345678", "switch.password", "visible ASCII"),
    ("  password: geheim", "  password: ge heim", "switch.password", "visible ASCII"),
    ("  password: geheim", "  password: ${NO_SUCH}", "switch.password", "NO_SUCH"),
    ("  password: geheim", "  password_file: nowhere", "switch.password_file", "cannot be read"),
    ("  host: 127.0.0.1", "  port: 70000", "switch.port", "1 to 65535"),
    ("  host: 127.0.0.1", "  port: '8021'", "switch.port", "1 to 65535"),
    ("  host: 127.0.0.1", "  user: nobody", "switch.user", "USER@DOMAIN"),
    ("  host: 127.0.0.1", "  user: a@x.esl-bridge.local", "switch.user", "@esl-bridge.local"),
    ("  host: 127.0.0.1", "  host_file: x", "switch.host_file", "unknown"),
    ("  host: 127.0.0.1", "  external_ip: switch", "switch.external_ip", "an IP address"),
    ("  host: 127.0.0.1", "  external_ip: 1.2.3", "switch.external_ip", "IPv4"),
    (
        "  host: 127.0.0.1",
        "  ice_servers: [{urls: ['http://a']}]",
        "switch.ice_servers[0].urls[0]",
        "stun:HOST",
    ),
    (
        "  host: 127.0.0.1",
        "  ice_servers: [{urls: ['turn:a'], username: b}]",
        "switch.ice_servers[0]",
        "credential",
    ),
    ("  host: 127.0.0.1", "  ice_servers: [{urls: []}]", "switch.ice_servers[0].urls", "one URL"),
    (
        "  host: 127.0.0.1",
        "  daemon_networks: [10.0.0.1/8]",
        "switch.daemon_networks[0]",
        "host bits",
    ),
    ("  host: 127.0.0.1", "  sounds: {hold: 'a;b'}", "switch.sounds.hold", "file or stream"),
    ("127.0.0.1:8780", "127.0.0.1", "listen.agents", "HOST:PORT"),
    ("127.0.0.1:8780", "127.0.0.1:65536", "listen.agents", "HOST:PORT"),
    ("127.0.0.1:8780", "a:1\n  origins: [evil]  # here", "listen.origins[0]", "https://"),
    ("127.0.0.1:8780", "a:1\n  origins: https://a  # here", "listen.origins", "a list"),
    ("127.0.0.1:8780", "a:1\n  gateways: a:1  # here", "listen.gateways", "already"),
    ("companies: companies.yaml", "companies: nowhere", "companies", "no such file"),
    ("companies: companies.yaml", "audit: null", "companies", "missing"),
]
COMPANY_MISTAKES = [
    ("  name: Example", "  nmae: Example", "90001.nmae", "unknown"),
    ("  name: Example", "  code: x", "90001.code", "unknown"),
    ("  name: Example", "  enabled: 1", "90001.enabled", "true or false"),
    ("  name: Example", "  start_status: CALLING", "90001.start_status", "FREE, BUSY"),
    ("  name: Example", "  rest_minutes: 481", "90001.rest_minutes", "1 to 480"),
    ("  name: Example", "  blind_transfer: keep", "90001.blind_transfer", "return, release"),
    ("  name: Example", "  survey: {context: a}", "90001.survey.extension", "missing"),
    ('{skill: "1001"}', '{skill: "9"}', "90001.fallback.skill", "no such skill"),
    ('{skill: "1001"}', '{ivr: "9"}', "90001.fallback.ivr", "no such ivr"),
    ('{skill: "1001"}', '{agent: "9"}', "90001.fallback.agent", "no such agent"),
    ('{skill: "1001"}', "{}", "90001.fallback", "exactly one"),
    ('{skill: "1001"}', '{skill: "1001", ivr: "2001"}', "90001.fallback", "exactly one"),
    ("/carrier/{number}", "/carrier/", "90001.external.dial", "{number}"),
    ("/carrier/{number}", "/{number}/{number}", "90001.external.dial", "{number}"),
    ("/carrier/{number}", "/{number},user/1", "90001.external.dial", "{number}"),
    ("/carrier/{number}", "/${domain}/{number}", "90001.external.dial", "{number}"),
    ('caller_id: "40010001"', "caller_id: 40010001", "90001.external.caller_id", "quotes"),
    ("- '1\\d{10}'", "- '1\\d{10'\n      - '('  # here", "90001.external.allowed[1]", "pattern"),
    ("- '1\\d{10}'", "- 1", "90001.external.allowed[0]", "a text; put it in quotes"),
    ("- '1\\d{10}'", "- '(\\d+)*'", "90001.external.allowed[0]", "takes for ever"),
    ("- '1\\d{10}'", "- '1?(\\d\\d?)+'", "90001.external.allowed[0]", "takes for ever"),
    ("  name: Example", "  name: 90001", "90001.name", "put it in quotes"),
    ("  name: Example", "  name: no", "90001.name", "put it in quotes"),
    (
        "{password: geheim}",
        "{password: 1234}",
        "90001.extensions.90001_1.password",
        "put it in quotes",
    ),
    ("{extension: ivr_main}", "{extension: 2001}", "90001.ivrs.2001.extension", "put it in quotes"),
    ("{password: geheim}", "{login_type: 2}", "90001.extensions.90001_1.password", "missing"),
    (
        "{password: geheim}",
        "{password: a, login_type: 3}",
        "90001.extensions.90001_1.login_type",
        "1, 2",
    ),
    (HASH, "secret", "90001.agents.90001_1.password_hash", "argon2id"),
    (HASH, HASH.replace("2id", "2i"), "90001.agents.90001_1.password_hash", "argon2id"),
    (
        'extension: "90001_1"',
        'extension: "90001_2"',
        "90001.agents.90001_1.extension",
        "no such extension",
    ),
    ('{"1001": 1}', '{"1002": 1}', "90001.agents.90001_1.skills.1002", "no such skill"),
    ('{"1001": 1}', '{"1001": 0}', "90001.agents.90001_1.skills.1001", "tier level"),
    ("{name: Sales}", "{strategy: best}", "90001.skills.1001.strategy", "longest-idle-agent"),
    ('"2001": {', '"20 01": {', "90001.ivrs.20 01", "1 to 64"),
    ('"40010001": {', '"4001a": {', "90001.numbers.4001a", "a number"),
    ('{agent: "90001_1"}', '{agent: "90001_9"}', "90001.numbers.40010001.agent", "no such agent"),
    ('"90001":', '"90 001":', "90 001", "1 to 64"),
]


def line_of(file: Path, new: str) -> int:
    text = file.read_text()
    return text[: text.index("# here" if "# here" in new else new)].count("\n") + 1


@pytest.mark.parametrize(("old", "new", "key", "text"), MAIN_MISTAKES)
def test_a_mistake_in_the_settings_is_reported_with_file_line_and_key(files, old, new, key, text):
    files.change(files.main, old, new)
    (mistake,) = files.mistakes()
    assert (mistake.file, mistake.key) == (str(files.main), key)
    assert text in mistake.text
    if mistake.text != "missing":
        assert mistake.line == line_of(files.main, new)


@pytest.mark.parametrize(("old", "new", "key", "text"), COMPANY_MISTAKES)
def test_a_mistake_in_a_company_is_reported_with_file_line_and_key(files, old, new, key, text):
    files.change(files.companies, old, new)
    (mistake,) = files.mistakes()
    assert (mistake.file, mistake.key) == (str(files.companies), key)
    assert text in mistake.text
    if "missing" not in text:
        assert mistake.line == line_of(files.companies, new)


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_files(files):
    files.change(files.main, "timing: {}", "timing: {idle: 1, grace_seconds: x}")
    files.change(files.companies, '"1001": 1', '"1002": x')
    files.change(files.companies, "- '1\\d{10}'", "- '('")
    assert [mistake.key for mistake in files.mistakes()] == [
        "90001.external.allowed[0]",
        "90001.agents.90001_1.skills.1002",
        "90001.agents.90001_1.skills.1002",
        "timing.idle",
        "timing.grace_seconds",
    ]


def test_a_mistake_is_printed_like_a_compilers_message():
    assert str(Mistake("a.yaml", 3, "switch.port", "bad")) == "a.yaml:3: switch.port: bad"
    assert str(Mistake("a.yaml", 0, "", "cannot be read")) == "a.yaml: cannot be read"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a: [", "is not valid YAML"),
        (b"a: 1\nb: \xff", "UTF-8"),
        (b"a: 1\n---\nb: 1", "is not valid YAML"),
        (b"a: \x00", "is not valid YAML"),
        (b"- a", "mapping"),
        (b"", "missing"),
    ],
)
def test_a_file_that_is_not_yaml_is_a_mistake(files, content, text):
    files.main.write_bytes(content)
    assert any(text in mistake.text for mistake in files.mistakes())


def test_a_missing_file_is_a_mistake(files):
    files.main.unlink()
    (mistake,) = files.mistakes()
    assert "No such file" in mistake.text


def test_a_malformed_company_file_is_reported_with_its_line(files):
    files.companies.write_text('"90001":\n  name: [\n')
    assert (files.mistakes()[0].file, files.mistakes()[0].line) == (str(files.companies), 3)


# What may stand in another place


def test_a_value_may_come_from_the_environment_whatever_its_type(files, monkeypatch):
    monkeypatch.setenv("SWITCH_PASSWORD", "12345")
    monkeypatch.setenv("SWITCH_PORT", "8022")
    files.change(files.main, "password: geheim", "password: ${SWITCH_PASSWORD}")
    files.change(files.main, "host: 127.0.0.1", "port: ${SWITCH_PORT}")
    settings, _ = config.load(files.main)
    assert (settings.switch.password, settings.switch.port) == ("12345", 8022)


def test_a_value_from_the_environment_is_checked_too(files, monkeypatch):
    monkeypatch.setenv("SWITCH_PORT", "ssh")
    files.change(files.main, "host: 127.0.0.1", "port: ${SWITCH_PORT}")
    assert files.mistakes()[0].key == "switch.port"


def test_a_secret_may_come_from_its_own_file(files):
    files.main.with_name("esl.secret").write_text("geheim-2\n")
    files.main.with_name("hash.secret").write_text(HASH + "\n")
    files.change(files.main, "password: geheim", "password_file: esl.secret")
    files.change(files.companies, f"password_hash: {HASH}", "password_hash_file: hash.secret")
    settings, companies = config.load(files.main)
    assert settings.switch.password == "geheim-2"
    assert companies["90001"].agents["90001_1"].password_hash == HASH


def test_a_password_given_twice_is_a_mistake(files):
    files.main.with_name("esl.secret").write_text("geheim-2\n")
    files.change(files.main, "password: geheim", "password: a\n  password_file: esl.secret")
    assert [mistake.text for mistake in files.mistakes()] == ["password is given in two ways"]


def test_certificate_and_key_must_exist_and_be_given_together(files):
    files.change(files.main, "127.0.0.1:8780", "a:1\n  certificate: tls.pem")
    assert {(each.key, each.line) for each in files.mistakes()} == {
        ("listen", 1),
        ("listen.certificate", 3),
    }


def test_a_malformed_certificate_is_named(files):
    for name in ("tls.pem", "tls.key"):
        files.main.with_name(name).write_text("no PEM\n")
    lines = "a:1\n  certificate: tls.pem\n  key: tls.key"
    files.change(files.main, "127.0.0.1:8780", lines)
    [mistake] = files.mistakes()
    assert (mistake.key, mistake.line) == ("listen.certificate", 3)
    assert "tls.key" in mistake.text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("audit", "nowhere/audit.jsonl"),
        ("audit", "."),
        ("state", "sqlite:///nowhere/state.db"),
        ("state", "sqlite:////nowhere/state.db"),
        ("state", "sqlite:///."),
    ],
)
def test_check_reports_a_file_that_cannot_be_written(files, key, value):
    files.change(files.main, "timing: {}", f"{key}: {value}")
    config.load(files.main)
    [mistake] = files.mistakes(thorough=True)
    assert (mistake.key, mistake.line) == (key, line_of(files.main, f"{key}: {value}"))
    assert mistake.text.startswith("cannot be written: ")


def test_companies_may_be_a_folder_and_must_not_share_extensions_or_numbers(files):
    folder = files.main.with_name("companies")
    folder.mkdir()
    (folder / "a.yaml").write_text(COMPANIES)
    (folder / "b.yaml").write_text(COMPANIES.replace('"90001":', '"90002":'))
    (folder / "c.yml").write_text('"90001": {}\n')
    files.change(files.main, "companies.yaml", "companies")
    assert [(Path(each.file).name, each.key) for each in files.mistakes()] == [
        ("b.yaml", "90002.extensions.90001_1"),
        ("b.yaml", "90002.numbers.40010001"),
        ("c.yml", "90001"),
    ]


def test_extensions_that_differ_only_in_case_are_a_mistake(files):
    folder = files.main.with_name("companies")
    folder.mkdir()
    one = '"{}":\n  extensions:\n    "Ann.7": {{password: a}}\n'
    (folder / "a.yaml").write_text(one.format(90001) + '    "ann.7": {password: b}\n')
    (folder / "b.yaml").write_text(one.format(90002).replace("Ann", "ANN"))
    files.change(files.main, "companies.yaml", "companies")
    assert [(each.line, each.key, each.text) for each in files.mistakes()] == [
        (4, "90001.extensions.ann.7", "is Ann.7 to the switch: the same"),
        (3, "90002.extensions.ANN.7", "already belongs to company 90001"),
    ]


@pytest.mark.parametrize("file", ["main", "companies"])
def test_a_password_that_the_switch_would_expand_is_a_mistake(files, file, monkeypatch):
    monkeypatch.setenv("SECRET", "gehe${im}")
    password = "${SECRET}" if file == "main" else "'gehe${im}'"
    files.change(getattr(files, file), "password: geheim", f"password: {password}")
    (mistake,) = files.mistakes()
    assert mistake.key.endswith(".password") and "${" in mistake.text


def test_an_empty_folder_is_a_mistake(files):
    files.main.with_name("companies").mkdir()
    files.change(files.main, "companies.yaml", "companies")
    assert files.mistakes()[0].key == "companies"


@pytest.mark.parametrize("host", ["10.0.0.1", "switch.example", "0.0.0.0", "::"])
def test_the_stock_password_is_refused_for_another_machine(files, host):
    files.change(files.main, "password: geheim", "password: ClueCon")
    files.change(files.main, "host: 127.0.0.1", f"host: '{host}'")
    (mistake,) = files.mistakes()
    assert (mistake.key, mistake.line) == ("switch.password", 5)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.0.1"])
def test_the_stock_password_is_accepted_on_this_machine(files, host):
    files.change(files.main, "password: geheim", "password: ClueCon")
    files.change(files.main, "host: 127.0.0.1", f"host: '{host}'")
    assert config.load(files.main)[0].switch.host == host


def test_a_number_as_fallback_needs_an_outside_line(files):
    text = COMPANIES.replace('fallback: {skill: "1001"}', 'fallback: {number: "13107618845"}')
    files.companies.write_text(text)
    config.load(files.main)
    start, end = text.index("  external:"), text.index("  extensions:")
    files.companies.write_text(text[:start] + text[end:])
    assert files.mistakes()[0].key == "90001.fallback.number"


@pytest.mark.parametrize(
    ("old", "key"),
    [
        ('{skill: "1001"}', "90001.fallback.number"),
        ('{agent: "90001_1"}', "90001.numbers.40010001.number"),
    ],
)
def test_a_number_cannot_be_routed_to_itself(files, old, key):
    files.change(files.companies, old, '{number: "40010001"}')
    (mistake,) = files.mistakes()
    assert (mistake.key, "the call would loop" in mistake.text) == (key, True)


@pytest.mark.parametrize(
    ("address", "parts"),
    [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:8780", ("::1", 8780)), ("a.b:0", ("a.b", 0))],
)
def test_an_address_has_a_host_and_a_port(address, parts):
    assert config.host_and_port(address) == parts


@pytest.mark.parametrize("written", ["memory", '"memory:"'])
def test_a_state_in_memory_has_no_file(files, written):
    files.change(files.main, "limits: {}", f"state: {written}")
    assert config.load(files.main)[0].state_path is None


def test_doubtful_settings_give_warnings(files):
    settings, companies = config.load(files.main)
    assert config.warnings(settings, companies) == []
    files.change(files.companies, "  name: Example", "  enabled: false")
    assert config.warnings(*config.load(files.main)) == [
        "company 90001 is disabled: nobody can check in"
    ]
    files.companies.write_text("# later\n")
    assert config.warnings(*config.load(files.main)) == [f"{files.companies}: contains no company"]


def test_an_empty_company_file_beside_others_gives_a_warning(files):
    folder = files.main.with_name("companies")
    folder.mkdir()
    (folder / "a.yaml").write_text(COMPANIES)
    (folder / "b.yaml").write_text("# later\n\n")
    files.change(files.main, "companies.yaml", "companies")
    assert config.warnings(*config.load(files.main)) == [
        f"{folder / 'b.yaml'}: contains no company"
    ]
