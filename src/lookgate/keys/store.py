"""Where key rings are kept: one file each, readable by its owner only.

A change takes a lock, reads, and replaces the file in one step (write beside it, fsync, rename, fsync of the folder).
So a process killed at any point leaves the ring as it was or as it was meant to be, and two changes follow each other.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from lookgate.core.ports import RandomBytes
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError
from lookgate.keys.ring import RING_NAME, Key, Ring, checked
from lookgate.keys.seal import seal, unseal

_FORMAT = 1
_LONGEST = 1_000_000
_LATEST = 1 << 33
"""The year 2242."""
_ALGORITHMS = ("HS256", "ES256", "EdDSA")
_RESTORE = "Restore it from a backup, or move it away."


class Rings(Protocol):
    """Key rings by name."""

    def load(self, name: str) -> Ring:
        """Return the ring as it is now; an empty one when there is none yet.

        Raises:
            LookgateError: it cannot be read.
        """
        ...

    def change(self, name: str, edit: Callable[[Ring], Ring]) -> Ring:
        """Replace the ring with what ``edit`` makes of it; changes follow each other, also between processes.

        Raises:
            LookgateError: it cannot be read or written; nothing has changed then.
        """
        ...


class FileRings:
    """``Rings`` in one folder.

    Args:
        folder: made when the first ring is written, for its owner only.
        encryption_key: 32 bytes that seal the files, or None to rely on the files' rights alone.
        random: for the nonces.
    """

    def __init__(self, folder: Path, *, encryption_key: bytes | None, random: RandomBytes) -> None:
        self._folder = folder
        self._encryption_key = encryption_key
        self._random = random
        self._seen: dict[str, tuple[tuple[int, int, int], Ring]] = {}

    def load(self, name: str) -> Ring:
        path = self._path(name)
        try:
            found = path.stat()
        except FileNotFoundError:
            return Ring(name)
        except OSError as error:
            raise _unusable(path, error) from error
        mark = (found.st_ino, found.st_mtime_ns, found.st_size)  # a rename gives a new inode
        known = self._seen.get(name)
        if known is None or known[0] != mark:
            known = (mark, self._read(path, name))
            self._seen[name] = known
        return known[1]

    def change(self, name: str, edit: Callable[[Ring], Ring]) -> Ring:
        path = self._path(name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _locked(self._folder / f".{name}.lock"):
                ring = checked(edit(self._read(path, name) if path.exists() else Ring(name)))
                self._replace(path, self._encode(ring))
        except OSError as error:
            raise _unusable(path, error) from error
        return ring

    def _path(self, name: str) -> Path:
        if not RING_NAME.fullmatch(name):
            raise ValueError("a ring's name is letters, digits and '_'")
        return self._folder / f"{name}.json"

    def _read(self, path: Path, name: str) -> Ring:
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                    raise LookgateError(
                        "ring_exposed", f"The key file {path} is open to other users.", f"Run: chmod 600 {path}"
                    )
                content = file.read(_LONGEST)
        except OSError as error:
            raise _unusable(path, error) from error
        about = f"key ring '{name}'"
        try:
            document = json.loads(content)
            known = document["format"] == _FORMAT and document["ring"] == name
            keys: Any = self._keys(document, about) if known else None
            ring = Ring(name, tuple(_key(entry) for entry in keys))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise LookgateError("ring_damaged", f"{path} is not a key ring that can be read.", _RESTORE) from error
        return checked(ring)

    def _keys(self, document: dict[str, Any], about: str) -> Any:
        if "sealed" not in document:
            return document["keys"]
        if self._encryption_key is None:
            raise LookgateError(
                "ring_sealed",
                f"The {about} is encrypted.",
                "Set keys.encryption_key to the key's place.",
            )
        return json.loads(unseal(str(document["sealed"]), self._encryption_key, about))

    def _encode(self, ring: Ring) -> bytes:
        keys = [
            {
                "kid": key.kid,
                "alg": key.alg,
                "not_before": int(key.not_before.timestamp()),
                "retire_after": None if key.retire_after is None else int(key.retire_after.timestamp()),
                "secret": key.secret.reveal(),
            }
            for key in ring.keys
        ]
        document: dict[str, Any] = {"format": _FORMAT, "ring": ring.name}
        if self._encryption_key is None:
            document["keys"] = keys
        else:
            plain = json.dumps(keys).encode()
            document["sealed"] = seal(plain, self._encryption_key, f"key ring '{ring.name}'", self._random)
        return json.dumps(document, indent=1).encode() + b"\n"

    @staticmethod
    def _replace(path: Path, content: bytes) -> None:
        made = path.with_name(f".{path.name}.new")  # one name: the lock is held, and a killed process leaves one file
        made.unlink(missing_ok=True)
        descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            made.replace(path)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # ends with the process, however that ends
        yield
    finally:
        os.close(descriptor)


def _key(entry: dict[str, Any]) -> Key:
    if entry["alg"] not in _ALGORITHMS:
        raise ValueError("an unknown algorithm")
    ends = entry["retire_after"]
    return Key(
        kid=str(entry["kid"]),
        alg=entry["alg"],
        not_before=_time(entry["not_before"]),
        retire_after=None if ends is None else _time(ends),
        secret=Secret(str(entry["secret"])),
    )


def _time(seconds: object) -> datetime:
    if type(seconds) is not int or not 0 <= seconds < _LATEST:
        raise ValueError("a time in whole seconds")
    return datetime.fromtimestamp(seconds, UTC)


def _unusable(path: Path, error: OSError) -> LookgateError:
    return LookgateError(
        "ring_unusable",
        f"The key file {path} cannot be used: {error.strerror}.",
        "Mend keys.folder, or the folder's rights.",
    )
