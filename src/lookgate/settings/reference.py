"""Values that stand elsewhere: ``env:NAME`` and ``file:PATH``."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lookgate.core.secret import Secret
from lookgate.settings.mistakes import Fixable

_REFERENCE = re.compile(r"(env|file):(.+)", re.DOTALL)
_LONGEST = 1_000_000


DISCOVER = "discover"
"""In place of a reference to a key set: the issuer is asked for it."""


class KeySet:
    """The text of a JWK set (RFC 7517) and where it came from. Public keys only, so not a ``Secret``.

    The text is empty when the issuer is to be asked.
    """

    __slots__ = ("source", "text")

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source

    @property
    def discovered(self) -> bool:
        """Whether the issuer is asked for its keys."""
        return self.source == DISCOVER

    def __repr__(self) -> str:
        return f"KeySet({self.source})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeySet) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


class StandingSecret:
    """A secret that stays where it stands: each call reads a file again, so that a rotated mount counts at once.

    Args:
        source: the reference, such as ``file:/secrets/key``.
        read: reads what stands there.
    """

    __slots__ = ("_read", "source")

    def __init__(self, source: str, read: Callable[[], Secret]) -> None:
        self.source = source
        self._read = read

    def __call__(self) -> Secret:
        """Return what stands there now.

        Raises:
            ValueError: with a sentence that is safe to show.
        """
        return self._read()

    def __repr__(self) -> str:
        return f"StandingSecret({self.source})"


@dataclass(frozen=True, slots=True)
class References:
    """Follows references from one settings file.

    Every method raises ValueError with a sentence that is safe to show: it names the place, never the value.
    """

    folder: Path
    """What relative paths are relative to."""
    environ: Mapping[str, str]

    def path(self, text: object) -> Path:
        """Return the path, relative ones taken from the settings file's folder."""
        if not isinstance(text, str) or not text or "\0" in text:
            raise ValueError("expected a path")
        try:
            return (self.folder / Path(text).expanduser()).resolve()
        except (RuntimeError, OSError):  # "~nobody/x", links in a circle
            raise ValueError("this path leads nowhere") from None

    def secret(self, text: object) -> Secret:
        """Return the secret that stands at the reference; surrounding white space is dropped."""
        value = self._follow(text, private=True)
        if not value.isprintable():
            raise ValueError(f"what stands at {text} is not one line of text")
        return Secret(value)

    def standing(self, text: object) -> StandingSecret:
        """Return the secret's place; that it can be read there is seen now. A variable keeps the value it has now."""
        first = self.secret(text)
        if str(text).startswith("file:"):
            return StandingSecret(str(text), partial(self.secret, text))
        return StandingSecret(str(text), lambda: first)

    def key_set(self, text: object) -> KeySet:
        """Return the JWK set that stands at the reference, not yet parsed, or the wish to discover it."""
        if text == DISCOVER:
            return KeySet("", DISCOVER)
        return KeySet(self._follow(text, private=False), str(text))

    def _follow(self, text: object, *, private: bool) -> str:
        match = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError("the value itself stands here; only a reference may")
        kind, place = match.groups()
        value = self._variable(place) if kind == "env" else self._file(place, private=private)
        if not value.strip():
            raise ValueError(f"there is nothing at {text}")
        return value.strip()

    def _variable(self, name: str) -> str:
        if name not in self.environ:
            raise Fixable(f"the environment variable {name} is not set", f"export {name}=…, or name another place.")
        return self.environ[name]

    def _file(self, place: str, *, private: bool) -> str:
        path = self.path(place)
        try:
            with path.open("rb") as file:
                # The rights of what was opened, whatever its name leads to by now.
                if private and os.fstat(file.fileno()).st_mode & (stat.S_IROTH | stat.S_IWOTH):
                    raise ValueError(f"the file {path} can be read or written by every user; run: chmod 600 {path}")
                content = file.read(_LONGEST + 1)
            if len(content) > _LONGEST:
                raise ValueError(f"the file {path} is larger than {_LONGEST} bytes")
            return content.decode()
        except OSError as error:
            raise ValueError(f"the file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"the file {path} is not UTF-8 text") from error
