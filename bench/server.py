"""One server under measurement: started as a process of its own, asked, read from ``/proc``, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

DEADLINE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """``command`` has ``{port}`` where the port goes."""

    name: str
    command: Sequence[str]
    environ: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None

    def start(self, request: bytes) -> float:
        """Start the process and return the seconds until ``request`` was first answered with 200."""
        self.port = free_port()
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [part.format(port=self.port) for part in self.command],
            env={"PATH": os.environ["PATH"], **self.environ},
            cwd=self.cwd,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while True:
            if self._process.poll() is not None or time.perf_counter() - began > DEADLINE:
                raise RuntimeError(f"{self.name} did not answer; run it by hand: {' '.join(self.command)}")
            try:
                status = self.ask(request)
            except ConnectionError:
                time.sleep(0.001)
                continue
            if status == 200:
                return time.perf_counter() - began
            raise RuntimeError(f"{self.name} answered {status}")

    def ask(self, request: bytes) -> int:
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as connection:
            connection.sendall(request)
            return int(connection.recv(65536).split(b" ", 2)[1])

    def rss_mib(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def cpu_seconds(self) -> float:
        """User and system time of the process and its threads so far, to the nanosecond.

        Linux's number for the clock of another process, as the C library's clock_getcpuclockid gives it.
        """
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
