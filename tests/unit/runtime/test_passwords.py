"""Password checks: right, wrong, of unknown agents, and without blocking others."""

import gevent
import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError, VerifyMismatchError

from esl_bridge.runtime.passwords import Passwords, hash_password


@pytest.fixture(scope="module")
def hashed():
    return hash_password("Aa123321.")


@pytest.fixture
def checker():
    checker = Passwords()
    yield checker
    checker.close()


def test_a_hash_is_argon2id_and_salted(hashed):
    assert hashed.startswith("$argon2id$")
    assert hash_password("Aa123321.") != hashed


@pytest.mark.parametrize("password", ["", "aa123321.", "Aa123321. ", "Aa123321.\0"])
def test_only_the_right_password_matches(checker, hashed, password):
    assert checker.verify(hashed, "Aa123321.")
    assert not checker.verify(hashed, password)


@pytest.mark.parametrize("broken", ["", "$argon2id$", "plain", "$argon2id$v=19$m=8,t=1,p=1$a$b"])
def test_a_malformed_hash_matches_no_password(checker, broken):
    assert not checker.verify(broken, "plain")
    assert not checker.verify(broken, "")


class Recorder(PasswordHasher):
    """Notes the algorithm and cost of each hash that it was made to check, and how it fails."""

    def __init__(self):
        super().__init__()
        self.checked = []
        self.failures = []

    def verify(self, password_hash, password):
        self.checked.append(password_hash.rsplit("$", 2)[0])
        try:
            return super().verify(password_hash, password)
        except VerificationError as error:
            self.failures.append(type(error))
            raise


def test_checking_the_password_of_an_unknown_agent_takes_the_same_work(hashed):
    recorder = Recorder()
    checker = Passwords(recorder)
    assert not checker.verify(hashed, "x")
    assert not checker.verify(None, "x")
    assert recorder.checked[0] == recorder.checked[1]
    assert recorder.failures == [VerifyMismatchError, VerifyMismatchError]  # computed, compared
    checker.close()


WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize("of_what", [[WEAK], [WEAK, PasswordHasher()], []])
def test_every_password_check_takes_the_same_work_whatever_the_strength_of_the_hash(of_what):
    recorder = Recorder()
    checker = Passwords(recorder)
    hashes = [hasher.hash("right") for hasher in of_what]
    checker.work_by([*hashes, *hashes])
    work = set()
    for password_hash in (None, *hashes):
        recorder.checked.clear()
        assert not checker.verify(password_hash, "wrong")
        assert checker.verify(password_hash, "right") is (password_hash is not None)
        work.add(tuple(sorted(recorder.checked)))
    assert len(work) == 1
    assert set(recorder.failures) <= {VerifyMismatchError}  # computed, compared
    assert len(recorder.checked) == 2 * max(1, len(of_what))
    checker.close()


def test_others_run_while_passwords_are_checked(checker, hashed):
    order = []
    checks = [
        gevent.spawn(lambda: order.append(checker.verify(hashed, "Aa123321."))) for _ in range(20)
    ]
    marker = gevent.spawn(order.append, "somebody else")
    gevent.joinall([*checks, marker], timeout=60)
    assert order.count(True) == 20
    assert order.index("somebody else") < 20 - 1
