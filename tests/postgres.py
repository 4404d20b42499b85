"""A private Postgres server for tests: import the fixture ``postgres_url`` in the nearest conftest.py."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_MISSING = (
    "The Postgres server programs are missing. Install them with `apt-get install postgresql`, "
    "or set LOOKGATE_TEST_SKIP=postgresql to skip these tests."
)


def binaries() -> Path | None:
    """Return the folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    return Path(program).parent if program else None


@dataclass(frozen=True)
class Server:
    """A server in a folder of its own, on a socket there and on no port."""

    programs: Path
    folder: Path
    user: str | None
    """Who runs it."""

    @property
    def conninfo(self) -> str:
        return f"host={self.folder} user=postgres dbname=postgres"

    def start(self, **settings: object) -> None:
        """Start it, with these of Postgres' settings besides the tests' own."""
        tests = {"unix_socket_directories": self.folder, "listen_addresses": "", "fsync": "off", "max_connections": 40}
        options = " ".join(f"-c {name}='{value}'" for name, value in (tests | settings).items())
        self._control("start", "--wait", f"--log={self.folder / 'log'}", "--options", options)

    def stop(self) -> None:
        self._control("stop", "--mode=immediate")

    def reload(self) -> None:
        """Read its settings again."""
        self._control("reload")

    def kill(self) -> None:
        """End every one of its processes at once, as a machine that fails does; return when they are gone."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
        processes = [first, *(child for child, parent in parents.items() if parent == first)]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        ends = time.monotonic() + 20
        while any(_lives(process) for process in processes):
            assert time.monotonic() < ends, "the server outlived SIGKILL"
            time.sleep(0.01)
        # Where nobody reaps them, the dead keep their numbers, and the next server would take them for alive.
        for left in (self.folder / "data" / "postmaster.pid", self.folder / ".s.PGSQL.5432.lock"):
            left.unlink(missing_ok=True)

    def _control(self, verb: str, *options: str) -> None:
        data = f"--pgdata={self.folder / 'data'}"
        _run(self.programs / "pg_ctl", verb, data, *options, user=self.user, folder=self.folder)


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):  # it has ended meanwhile
        return 0


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server of the test's own, which it may stop, kill and start again."""
    if "postgresql" in os.environ.get("LOOKGATE_TEST_SKIP", "").split(","):
        pytest.skip("LOOKGATE_TEST_SKIP names postgresql")
    programs = binaries()
    if programs is None:
        pytest.fail(_MISSING)
    # Not pytest's tmp_path: the server's user cannot enter root's folders, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="lookgate-pg-"))
    user = _unprivileged()
    made = Server(programs, folder, user)
    try:
        if user:
            shutil.chown(folder, user)
        _run(programs / "initdb", "--auth=trust", "--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C",
             f"--pgdata={folder / 'data'}", user=user, folder=folder)  # fmt: skip
        made.start()
        try:
            yield made
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """Start a server; yield its conninfo."""
    with running_server() as made:
        yield made.conninfo


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
    with server() as conninfo:
        yield conninfo


__all__ = ["Server", "binaries", "postgres_url", "running_server", "server"]
