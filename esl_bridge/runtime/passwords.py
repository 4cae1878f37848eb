"""Passwords as argon2id hashes. One check is some 100 ms of work that would stop every agent."""

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
    """Return the hash for the configuration, ``$argon2id$...``; stops the caller for 100 ms."""
    return _hasher.hash(password)


class Passwords:
    """Checks passwords in threads, as many at once as there are cores; more wait their turn.

    The hashes in use may differ in strength, and so in the time that they take: whoever measures it
    would know which accounts exist. So each check does the work of every strength in use.
    """

    def __init__(self, hasher: PasswordHasher = _hasher) -> None:
        self._hasher = hasher
        self._pool = ThreadPool(os.cpu_count() or 1)
        self.work_by(())

    def work_by(self, hashes: Iterable[str]) -> None:
        """These are the ones in use from now on; read one after the other, and used at the end."""
        strengths = {_strength(each): each for each in hashes}
        self._nobodys = {each: _nobodys_like(one) for each, one in strengths.items()}
        if not strengths:
            nobodys = _nobodys(self._hasher)
            self._nobodys = {_strength(nobodys): nobodys}

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether ``password`` is the hashed one; never so for None, which stands for an agent
        that does not exist and takes as long. Lets other greenlets run meanwhile."""
        procedure = self._nobodys
        if password_hash is not None:
            procedure = procedure | {_strength(password_hash): password_hash}
        fitting: set[str] = self._pool.apply(self._fitting, (tuple(procedure.values()), password))
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
    """Algorithm, cost, and how long salt and digest are."""
    return " ".join((*password_hash.split("$")[:-2], str(len(password_hash))))


def _nobodys_like(password_hash: str) -> str:
    """One of the same strength, with another digest."""
    *rest, digest = password_hash.split("$")
    size = len(digest) * 3 // 4
    return "$".join((*rest, b64encode(secrets.token_bytes(size)).decode().rstrip("=")))


def _nobodys(hasher: PasswordHasher) -> str:
    """A hash that is as much work to check as any, and took none to make: a password for it is not
    known. The daemon is up by 250 ms sooner (measured)."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"
