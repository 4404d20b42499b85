"""A private Postgres server for tests: import the fixture ``postgres_url`` in the nearest conftest.py."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_MISSING = (
    "The Postgres server programs are missing. Install them with `apt-get install postgresql`, "
    "or set LOOKGATE_TEST_SKIP=postgres to skip these tests."
)


def binaries() -> Path | None:
    """Return the folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    return Path(program).parent if program else None


@contextmanager
def server() -> Iterator[str]:
    """Start a server in a folder of its own, on a socket there and on no port; yield its conninfo."""
    programs = binaries()
    if programs is None:
        pytest.fail(_MISSING)
    # Not pytest's tmp_path: the server's user cannot enter root's folders, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="lookgate-pg-"))
    user = _unprivileged()
    try:
        if user:
            shutil.chown(folder, user)
        _run(programs / "initdb", "--auth=trust", "--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C",
             f"--pgdata={folder / 'data'}", user=user, folder=folder)  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=20"
        data = f"--pgdata={folder / 'data'}"
        _run(programs / "pg_ctl", "start", "--wait", data, f"--log={folder / 'log'}", "--options", options,
             user=user, folder=folder)  # fmt: skip
        try:
            yield f"host={folder} user=postgres dbname=postgres"
        finally:
            _run(programs / "pg_ctl", "stop", "--mode=immediate", data, user=user, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str | None:
    """Return whom to run as: Postgres refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.fail("Postgres refuses to run as root, and there is no user postgres or nobody.")


def _run(*command: object, user: str | None, folder: Path) -> None:
    done = subprocess.run(  # noqa: S603 - the server's own programs
        [str(part) for part in command],
        user=user,
        extra_groups=[] if user else None,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if "start" not in command else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=120,
    )
    if done.returncode:
        pytest.fail(f"{command[0]} failed: {(done.stdout or b'').decode(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The conninfo of a server that lives as long as the session."""
    if "postgres" in os.environ.get("LOOKGATE_TEST_SKIP", "").split(","):
        pytest.skip("LOOKGATE_TEST_SKIP names postgres")
    with server() as conninfo:
        yield conninfo


__all__ = ["binaries", "postgres_url", "server"]
