"""Passwords as argon2id hashes. Verifying one takes some 100 ms, which would block every agent."""

import os
import secrets
from base64 import b64encode
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from gevent.threadpool import ThreadPool

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash for the configuration, ``$argon2id$...``; blocks the caller for 100 ms."""
    return _hasher.hash(password)


class Passwords:
    """Verifies passwords in threads, as many at once as there are cores; others wait.

    The hashes in use may differ in cost, and so in the time they take, which would reveal the
    accounts that exist. So each verification does the work of every cost in use.
    """

    def __init__(self, hasher: PasswordHasher = _hasher) -> None:
        self._hasher = hasher
        self._pool = ThreadPool(os.cpu_count() or 1)
        self.work_by(())

    def work_by(self, hashes: Iterable[str]) -> None:
        """Set the hashes in use; they are read one at a time, and take effect at the end."""
        strengths = {_strength(each): each for each in hashes}
        self._decoys = {each: _decoy_like(one) for each, one in strengths.items()}
        if not strengths:
            decoy = _decoy(self._hasher)
            self._decoys = {_strength(decoy): decoy}

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether ``password`` matches the hash; False for None, an agent that does not exist,
        after the same time. Other greenlets run meanwhile."""
        hashes = self._decoys
        if password_hash is not None:
            hashes = hashes | {_strength(password_hash): password_hash}
        fitting: set[str] = self._pool.apply(self._fitting, (tuple(hashes.values()), password))
        return password_hash in fitting

    def close(self) -> None:
        """End the threads."""
        self._pool.kill()

    def _fitting(self, hashes: Iterable[str], password: str) -> set[str]:
        return {each for each in hashes if self._matches(each, password)}

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _strength(password_hash: str) -> str:
    """Algorithm, cost, and the lengths of salt and digest."""
    return " ".join((*password_hash.split("$")[:-2], str(len(password_hash))))


def _decoy_like(password_hash: str) -> str:
    """A hash of the same cost, with a random digest."""
    *rest, digest = password_hash.split("$")
    size = len(digest) * 3 // 4
    return "$".join((*rest, b64encode(secrets.token_bytes(size)).decode().rstrip("=")))


def _decoy(hasher: PasswordHasher) -> str:
    """A hash that is as expensive to verify as any, but was not computed: it matches no known
    password. The daemon starts 250 ms sooner for it (measured)."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"
