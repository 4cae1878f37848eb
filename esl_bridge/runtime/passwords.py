"""Passwords as argon2id hashes. One check is some 100 ms of work that would stop every agent."""

import os
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent.threadpool import ThreadPool

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the hash for the configuration, ``$argon2id$...``; stops the caller for 100 ms."""
    return _hasher.hash(password)


class Passwords:
    """Checks passwords in threads, as many at once as there are cores; more wait their turn."""

    def __init__(self, hasher: PasswordHasher = _hasher) -> None:
        self._hasher = hasher
        self._pool = ThreadPool(os.cpu_count() or 1)
        self._nobodys = hasher.hash(secrets.token_urlsafe())

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether ``password`` is the hashed one; never so for None, which stands for an agent
        that does not exist and takes as long. Lets other greenlets run meanwhile."""
        known = password_hash is not None
        job = (password_hash or self._nobodys, password)
        matches: bool = self._pool.apply(self._matches, job)
        return known and matches

    def close(self) -> None:
        """End the threads."""
        self._pool.kill()

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
