"""A private MariaDB server for tests: import the fixture ``mariadb_url`` in the nearest conftest.py."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

_MISSING = (
    "The MariaDB server programs are missing. Install them with `apt-get install mariadb-server`, "
    "or set LOOKGATE_TEST_SKIP=mariadb-server to skip these tests."
)


@contextmanager
def server() -> Iterator[str]:
    """Start a server in a folder of its own, on a socket there and on no port; yield its SQLAlchemy URL."""
    daemon, setup = shutil.which("mariadbd", path=_path()), shutil.which("mariadb-install-db", path=_path())
    if daemon is None or setup is None:
        pytest.fail(_MISSING)
    # Not pytest's tmp_path: the server's user cannot enter root's folders, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="lookgate-maria-"))
    user = _unprivileged()
    if user:
        shutil.chown(folder, user)
    data, address = folder / "data", folder / "socket"
    me = user or pwd.getpwuid(os.geteuid()).pw_name
    try:
        done = subprocess.run(  # noqa: S603 - the server's own program
            [setup, "--no-defaults", f"--datadir={data}", f"--user={me}", "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            cwd=folder, capture_output=True, check=False, timeout=120, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        with subprocess.Popen(  # noqa: S603 - likewise
            [daemon, "--no-defaults", f"--datadir={data}", f"--socket={address}", "--skip-networking", f"--user={me}",
             "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", f"--pid-file={folder / 'pid'}"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            try:
                _wait(address, process)
                yield f"mysql+pymysql://root@localhost/?unix_socket={address}&charset=utf8mb4"
            finally:
                process.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(address: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until it answers: there is no other sign of it."""
    ends = time.monotonic() + 60
    while True:
        with closing(socket.socket(socket.AF_UNIX)) as client:
            try:
                client.connect(str(address))
            except OSError:
                assert process.poll() is None, "MariaDB ended while it started"
                assert time.monotonic() < ends, "MariaDB does not answer"
                time.sleep(0.05)
            else:
                return


def _path() -> str:
    return f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin{os.pathsep}/usr/bin"


def _unprivileged() -> str | None:
    """Return whom to run as: MariaDB refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("mysql", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.fail("MariaDB refuses to run as root, and there is no user mysql or nobody.")


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """The URL of a server that lives as long as the session."""
    if "mariadb-server" in os.environ.get("LOOKGATE_TEST_SKIP", "").split(","):
        pytest.skip("LOOKGATE_TEST_SKIP names mariadb-server")
    with server() as url:
        yield url


__all__ = ["mariadb_url", "server"]
