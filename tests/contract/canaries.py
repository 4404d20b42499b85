"""Looking for planted secrets, apart from the code that looks for them in the product."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from lookgate.core.secret import Secret
from postgres import binaries

Secrets = Mapping[str, str | bytes]
Places = Mapping[str, str | bytes]


def forms(secret: str | bytes) -> Iterator[bytes]:
    """Yield the usual ways to write a secret down; of base64, what is the same wherever it begins."""
    raw = secret.encode() if isinstance(secret, str) else secret
    assert len(raw) >= 8, "too short to be told from other text"
    yield raw
    yield raw[::-1]
    for encoded in (raw.hex(), raw.hex().upper(), quote(raw, safe="")):
        yield encoded.encode()
    for begin in range(3):
        inner = raw[begin : len(raw) - (len(raw) - begin) % 3]
        yield base64.b64encode(inner)
        yield base64.urlsafe_b64encode(inner)


def hits(secrets: Secrets, places: Places) -> list[tuple[str, str]]:
    """Return which secret was found in which place."""
    found = []
    for place, text in places.items():
        content = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        assert content, f"{place} is empty, so nothing was looked at"
        found += [(name, place) for name, secret in secrets.items() if any(form in content for form in forms(secret))]
    return found


def token_parts(name: str, token: str) -> dict[str, str]:
    """Return what must be seen of a token nowhere: all of it, what it says, and its signature."""
    _, claims, signature = token.split(".")
    return {name: token, f"{name}'s content": claims, f"{name}'s signature": signature}


def bytes_of(store: str) -> bytes:
    """Return all that a store has written down: the files of SQLite, or a dump of Postgres."""
    if not store.startswith("postgresql:"):
        return b"".join(file.read_bytes() for file in sorted(Path(store).parent.glob(f"{Path(store).name}*")))
    programs = binaries()
    assert programs is not None
    dump = [str(programs / "pg_dump"), "--inserts", f"--dbname={Secret(store).reveal()}"]
    return subprocess.run(dump, check=True, capture_output=True).stdout  # noqa: S603 - the server's own program
