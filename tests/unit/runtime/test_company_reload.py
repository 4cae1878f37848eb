"""SIGHUP: another process reads the files, one reload after the other."""

import gevent
import pytest
import yaml
from gevent.event import Event
from gevent.queue import Queue

from esl_bridge.runtime import company_reload
from esl_bridge.runtime.company_reload import CompanyReload
from tests.unit.runtime.service import company, settings


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(60):
        yield


class Files:
    def __init__(self, folder):
        self._folder = folder
        self.config = folder / "esl_bridge.yaml"
        self.config.write_text(yaml.safe_dump(settings(8021, {})))
        self.write(company())

    def write(self, one):
        (self._folder / "companies.yaml").write_text(yaml.safe_dump({"90001": one}))


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def test_a_reload_applies_what_the_files_contain_now(files):
    taken = Queue()
    reader = CompanyReload(files.config, taken.put)
    reader.start()
    files.write(company() | {"wrap_up_seconds": 7})
    reader.ask()
    assert taken.get()["90001"].wrap_up_seconds == 7


def test_a_mistake_keeps_the_old_companies_and_the_next_reload_reads_again(files, caplog):
    taken = Queue()
    reader = CompanyReload(files.config, taken.put)
    reader.start()
    files.write(company() | {"wrap_up_seconds": "soon"})
    reader.ask()
    while "not reloaded" not in caplog.text:
        gevent.sleep(0.01)
    assert "companies.yaml:" in caplog.text
    assert taken.empty()
    files.write(company())
    reader.ask()
    assert "90001" in taken.get()


def test_files_without_a_company_keep_the_old_companies(files, caplog):
    taken = Queue()
    reader = CompanyReload(files.config, taken.put)
    reader.start()
    companies = files.config.with_name("companies.yaml")
    companies.write_text("# later\n")
    reader.ask()
    while f"not reloaded: {companies}: contains no company" not in caplog.text:
        gevent.sleep(0.01)
    assert taken.empty()


def test_a_doubtful_setting_is_logged_and_applied(files, caplog):
    taken = Queue()
    reader = CompanyReload(files.config, taken.put)
    reader.start()
    files.write(company() | {"enabled": False})
    reader.ask()
    assert not taken.get()["90001"].enabled
    assert "company 90001 is disabled: nobody can check in" in caplog.messages


def test_a_reader_process_that_cannot_be_started_is_logged(files, caplog, monkeypatch):
    monkeypatch.setattr(company_reload, "_COMMAND", ("/no/such/program",))
    reader = CompanyReload(files.config, lambda _companies: None)
    reader.start()
    reader.ask()
    while "not reloaded: the files could not be read" not in caplog.text:
        gevent.sleep(0.01)


def test_reloads_do_not_overlap_and_requests_meanwhile_cause_one_more(files, monkeypatch):
    under_way, most, readings, taken = 0, 0, 0, Event()
    go_on = Event()

    def read(_config):
        nonlocal readings
        readings += 1
        return {}

    def reconfigure(_companies):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        taken.set()
        go_on.wait()
        under_way -= 1

    monkeypatch.setattr(company_reload, "read_companies", read)
    reader = CompanyReload(files.config, reconfigure)
    reader.start()
    reader.ask()
    taken.wait()
    for _ in range(3):
        reader.ask()
    go_on.set()
    for _ in range(20):
        gevent.sleep(0)
    assert (most, readings) == (1, 2)
