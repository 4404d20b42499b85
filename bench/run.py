"""Measures the gateway against its peers in one run, and prints ratios.

Wall-clock figures of one machine mean little to another, so every line is a ratio of two things measured in turn on the
same machine within the same minutes. Work per request is CPU time of the server's process as the kernel accounts it,
which a busy neighbour disturbs far less than throughput.

    make bench                        the table
    make bench ARGS='--write'         the table, also into docs/performance.md
    make bench ARGS='--quick'         fewer repetitions, to see that it works

The run fails when a gate of ``GATES`` does not hold.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from issuer import AUDIENCE, EMAIL, Issuer
from load import send
from server import Server

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
QUESTION = b'{"carrier":"UA","days":30}'


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    gate: str
    holds: bool


def request(path: str, token: str = "") -> bytes:
    authorization = f"authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: gateway.example\r\ncontent-type: application/json\r\n"
        f"{authorization}content-length: {len(QUESTION)}\r\n\r\n"
    )
    return head.encode() + QUESTION


def servers(issuer: Issuer, folder: Path) -> dict[str, Server]:
    (folder / "keys.json").write_text(issuer.key_set(), "utf-8")
    (folder / "lookgate.toml").write_text(
        f'[actions]\nfolder = "{HERE / "actions"}"\nenabled = ["verified", "unverified"]\n'
        '[[oidc]]\nname = "google"\n'
        f'issuer = "google"\naudiences = ["{AUDIENCE}"]\nkeys = "file:keys.json"\n'
        f'emails = ["{EMAIL}"]\n',
        "utf-8",
    )
    python = sys.executable
    lookgate = [str(Path(python).with_name("lookgate")), "serve", "--settings", str(folder / "lookgate.toml")]
    peer = ["{port}", AUDIENCE, issuer.serve_certificates()]
    return {
        "floor": Server("floor", [python, "-S", str(HERE / "peers" / "floor.py"), "{port}"]),
        "uvicorn": Server("bare uvicorn", [python, str(HERE / "peers" / "bare_uvicorn.py"), "{port}"]),
        "fastapi": Server("FastAPI + google-auth", [python, str(HERE / "peers" / "fastapi_google_auth.py"), *peer]),
        "lookgate": Server("Lookgate", [*lookgate, "--port", "{port}"], cwd=folder),
    }


def cpu_per_request(server: Server, requests: list[bytes], count: int) -> float:
    before = server.cpu_seconds()
    send(server.port, requests, count)
    return (server.cpu_seconds() - before) / count * 1e6


def measure(rounds: int, count: int, say: Callable[[str], None]) -> list[Figure]:
    issuer = Issuer()
    hot = request("/actions/verified", issuer.token("service-1"))
    thousand = [request("/actions/verified", issuer.token(f"service-{number}")) for number in range(1000)]
    plain = request("/actions/unverified")
    with tempfile.TemporaryDirectory() as folder:
        fleet = servers(issuer, Path(folder))
        cold: dict[str, list[float]] = {name: [] for name in fleet}
        for turn in range(rounds):
            say(f"cold starts, round {turn + 1} of {rounds}")
            for name, server in fleet.items():
                cold[name].append(server.start(hot) * 1000)
                server.stop()
        start = {name: statistics.median(times) for name, times in cold.items()}
        for server in fleet.values():
            server.start(hot)
        try:
            say("warming up")
            for name, server in fleet.items():
                send(server.port, [hot], count // 20 if name == "fastapi" else count // 2)
            cpu: dict[str, list[float]] = {}
            plan = [
                ("floor", "floor", [hot], count),
                ("uvicorn", "uvicorn", [hot], count),
                ("lookgate hot", "lookgate", [hot], count),
                ("lookgate plain", "lookgate", [plain], count),
                ("lookgate thousand", "lookgate", thousand, count),
                ("fastapi hot", "fastapi", [hot], count // 20),
                ("fastapi plain", "fastapi", [plain], count // 4),
            ]
            for turn in range(rounds):
                say(f"requests, round {turn + 1} of {rounds}")
                for name, on, requests, number in plan:
                    cpu.setdefault(name, []).append(cpu_per_request(fleet[on], requests, number))
            rss = {name: server.rss_mib() for name, server in fleet.items()}
        finally:
            for server in fleet.values():
                server.stop()
    return figures(start, rss, {name: statistics.median(values) for name, values in cpu.items()})


def figures(start: dict[str, float], rss: dict[str, float], cpu: dict[str, float]) -> list[Figure]:
    def ratio(what: str, value: float, gate: str = "", *, holds: bool = True) -> Figure:
        return Figure(what, f"{value:.2f} ×", gate, holds)

    floor = start["lookgate"] / start["floor"]
    peer = cpu["fastapi hot"] / cpu["lookgate hot"]
    added = cpu["lookgate hot"] / cpu["lookgate plain"] - 1
    return [
        ratio("cold start, Lookgate : floor (python -S, asyncio)", floor, "≤ 2.5 ×", holds=floor <= 2.5),
        ratio("cold start, Lookgate : bare uvicorn", start["lookgate"] / start["uvicorn"]),
        ratio("cold start, FastAPI + google-auth : Lookgate", start["fastapi"] / start["lookgate"]),
        Figure("memory while serving, Lookgate", f"{rss['lookgate']:.0f} MiB", "≤ 48 MiB", rss["lookgate"] <= 48),
        ratio("memory, Lookgate : bare uvicorn", rss["lookgate"] / rss["uvicorn"]),
        ratio("memory, FastAPI + google-auth : Lookgate", rss["fastapi"] / rss["lookgate"]),
        ratio("CPU a verified request, FastAPI + google-auth : Lookgate", peer, "≥ 12 ×", holds=peer >= 12),
        ratio("CPU an unverified request, FastAPI : Lookgate", cpu["fastapi plain"] / cpu["lookgate plain"]),
        ratio("CPU a verified request, Lookgate : bare uvicorn hello", cpu["lookgate hot"] / cpu["uvicorn"]),
        Figure("added by verification, token seen before", f"{added:+.1%}", "≤ +10 %", added <= 0.10),
        Figure(
            "added by verification, 1,000 tokens in turn",
            f"{cpu['lookgate thousand'] / cpu['lookgate plain'] - 1:+.1%}",
            "",
            holds=True,
        ),
    ]


def table(found: list[Figure]) -> str:
    lines = ["| what | measured | gate |", "|---|---|---|"]
    lines += [f"| {figure.what} | {figure.value} | {figure.gate} |" for figure in found]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure Lookgate against its peers.")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    options = parser.parse_args()
    rounds, count = (2, 1000) if options.quick else (7, 6000)
    found = measure(rounds, count, lambda text: print(f"  {text}", file=sys.stderr))
    print(table(found))
    if options.write:
        about = f"\n\nPython {platform.python_version()}, {platform.machine()}, {rounds} rounds, medians.\n"
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{table(found)}{about}{END}{rest.partition(END)[2]}", "utf-8")
    broken = [figure.what for figure in found if not figure.holds]
    if broken:
        print("\nGates that do not hold: " + "; ".join(broken), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
