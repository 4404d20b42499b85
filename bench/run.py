"""Measures the gateway against its peers in one run, and prints ratios.

Wall-clock figures of one machine mean little to another, so a line is a ratio of two things measured in turn, round by
round, and the median of the rounds' ratios. Work per request is CPU time of the server's process as the kernel accounts
it, which a busy neighbour disturbs far less than throughput.

    make bench                        the table
    make bench ARGS='--write'         the table, also into docs/performance.md
    make bench ARGS='--quick'         fewer repetitions, to see that it works
    make bench ARGS='--part claims'   only claims and key sets; or the servers; or renewals

The run fails when a gate of ``GATES`` does not hold.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import claim
import outage
import renewals
from issuer import AUDIENCE, EMAIL, Issuer
from load import send
from parts import parts
from server import Server

from looker import HANDLE, issue_handle, serve_looker

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- {}: begin -->", "<!-- {}: end -->"
CRLF = "\r\n"
QUESTION = b'{"carrier":"UA","days":30}'


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    gate: str
    holds: bool


def request(path: str, token: str = "", header: str = "") -> bytes:
    credential = header or (f"authorization: Bearer {token}" if token else "")
    head = (
        f"POST {path} HTTP/1.1\r\nhost: gateway.example\r\ncontent-type: application/json\r\n"
        f"content-length: {len(QUESTION)}\r\n{credential}{CRLF if credential else ''}\r\n"
    )
    return head.encode() + QUESTION


def gateway(folder: Path, key_set: str, instance: str = "") -> list[str]:
    """Write the settings of one gateway into ``folder``; return its command without the port."""
    folder.mkdir()
    (folder / "keys.json").write_text(key_set, "utf-8")
    (folder / "lookgate.toml").write_text(
        f'[actions]\nfolder = "{HERE / "actions"}"\nenabled = ["verified", "unverified"]\n{instance}'
        f'[[oidc]]\nname = "google"\nissuer = "google"\naudiences = ["{AUDIENCE}"]\nkeys = "file:keys.json"\n'
        f'emails = ["{EMAIL}"]\n',
        "utf-8",
    )
    return [str(Path(sys.executable).with_name("lookgate")), "serve", "--settings", str(folder / "lookgate.toml")]


def servers(issuer: Issuer, folder: Path) -> dict[str, Server]:
    python, peers, port = sys.executable, HERE / "peers", "{port}"
    serve = gateway(folder / "gateway", issuer.key_set())
    instance = (
        f'[instance]\nbase_url = "{serve_looker()}"\nclient_id = "env:BENCH_ID"\nclient_secret = "env:BENCH_SECRET"\n'
        "directory_ttl = 300\n"
    )
    with_instance = gateway(folder / "instance", issuer.key_set(), instance)
    issue_handle(folder / "instance" / ".lookgate" / "lookgate.sqlite3")
    google_auth = [port, AUDIENCE, issuer.serve_certificates()]
    return {
        "floor": Server("floor", [python, "-S", str(peers / "floor.py"), port]),
        "uvicorn": Server("bare uvicorn", [python, str(peers / "bare_uvicorn.py"), port]),
        "fastapi": Server("FastAPI + google-auth", [python, str(peers / "fastapi_google_auth.py"), *google_auth]),
        "lookgate": Server("Lookgate", [*serve, "--port", port]),
        "instance": Server(
            "Lookgate with an instance",
            [*with_instance, "--port", port],
            {"BENCH_ID": "bench", "BENCH_SECRET": "bench"},
        ),
    }


def cpu_per_request(server: Server, requests: list[bytes], count: int) -> float:
    before = server.cpu_seconds()
    send(server.port, requests, count)
    return (server.cpu_seconds() - before) / count * 1e6


def measure(rounds: int, count: int, say: Callable[[str], None]) -> list[Figure]:
    issuer = Issuer()
    token = issuer.token("service-1")
    hot = request("/actions/verified", token)
    plain = request("/actions/unverified")
    by_handle = request("/actions/verified", header=f"x-lookgate-handle: {HANDLE}")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        fleet = servers(issuer, folder)
        found = Found()
        for turn in range(rounds):
            say(f"cold starts, round {turn + 1} of {rounds}")
            for name, server in fleet.items():
                found.note(f"{name} start", server.start(hot) * 1000)
                found.note(f"{name} start cpu", server.cpu_seconds() * 1000)
                server.stop()
        for server in fleet.values():
            server.start(hot)
        try:
            say("warming up")
            thousand = [request("/actions/verified", issuer.token(f"service-{number}")) for number in range(1000)]
            for each, server in fleet.items():
                send(server.port, [hot], count // 20 if each == "fastapi" else count)
            send(fleet["instance"].port, [by_handle], 100)
            plan = [
                ("floor", "floor", [hot], count),
                ("uvicorn", "uvicorn", [hot], count),
                ("lookgate plain", "lookgate", [plain], count),
                ("lookgate hot", "lookgate", [hot], count),
                ("fastapi hot", "fastapi", [hot], count // 20),
                ("fastapi plain", "fastapi", [plain], count // 4),
                ("instance plain", "instance", [plain], count),
                ("instance handle", "instance", [by_handle], count),
            ]
            for turn in range(rounds):
                say(f"requests, round {turn + 1} of {rounds}")
                for what, on, requests, number in plan:
                    found.note(what, cpu_per_request(fleet[on], requests, number))
                fresh = [request("/actions/verified", issuer.token(f"new-{turn}-{number}")) for number in range(300)]
                found.note("lookgate new", cpu_per_request(fleet["lookgate"], fresh, len(fresh)))
                send(fleet["lookgate"].port, thousand, len(thousand))  # the new ones have pushed some of them out
                found.note("lookgate thousand", cpu_per_request(fleet["lookgate"], thousand, count))
            for name, server in fleet.items():
                found.note(f"{name} rss", server.rss_mib())
        finally:
            for server in fleet.values():
                server.stop()
        say("the parts of a call")
        for part, value in parts(folder / "gateway" / "lookgate.toml", token, QUESTION, rounds).items():
            found.note(f"part {part}", value)
    return figures(found)


def measure_claims(rounds: int, count: int, say: Callable[[str], None]) -> list[Figure]:
    found = Found()
    say("claims")
    with tempfile.TemporaryDirectory() as made:
        for name, values in claim.times(Path(made) / "claims", rounds, count // 200).items():
            for value in values:
                found.note(name, value)
    say("four hours without a key server")
    theirs, four = "predecessor", "a claim: the predecessor's four API calls"
    return [
        found.times(f"{four} : verified here", theirs, "verified", "≥ 20 ×", least=20),
        found.times(f"{four} : exchanged at POST /token", theirs, "exchanged"),
        found.times(f"{four} : verified here, of a user not known yet", theirs, "unknown user"),
        *without_keys(outage.lost()),
    ]


def measure_renewals(rounds: int, count: int, say: Callable[[str], None]) -> list[Figure]:
    found = Found()
    say("tokens stored in Looker")
    with tempfile.TemporaryDirectory() as made:
        for name, values in renewals.times(Path(made), rounds, 1000, max(10, count // 150)).items():
            for value in values:
                found.note(name, value)
    loop, whole = "1,000 writes: SDK loop with cached ids", "1,000 writes, "

    def seconds(what: str, name: str) -> Figure:
        return Figure(f"{whole}{what}", f"{found.median(name):.1f} s", "", holds=True)

    def calls(what: str, name: str, gate: str = "", *, most: float = 1e9) -> Figure:
        value = found.median(f"{name} calls")
        return Figure(f"API calls a write, {what}", f"{value:.2f}", gate, value <= most)

    return [
        found.times(f"{loop} : Lookgate, 8 in flight", "cached", "8 in flight"),
        found.times(f"{loop} : Lookgate, 32 in flight", "cached", "32 in flight", "≥ 20 ×", least=20),
        found.times(f"{loop} : Lookgate, 64 in flight", "cached", "64 in flight"),
        found.times("1,000 writes: naive SDK loop : Lookgate, 32 in flight", "naive", "32 in flight"),
        *(seconds(f"Lookgate, {name}", name) for name in ("8 in flight", "32 in flight", "64 in flight")),
        seconds("SDK loop with cached ids (scaled)", "cached"),
        seconds("naive SDK loop (scaled)", "naive"),
        calls("Lookgate", "32 in flight", "1.00", most=1.0),
        calls("SDK loop with cached ids", "cached"),
        calls("naive SDK loop", "naive"),
    ]


class Found:
    """What was measured, by name, round by round."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def note(self, name: str, value: float) -> None:
        self._values.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        return statistics.median(self._values[name])

    def ratio(self, one: str, other: str) -> float:
        """Return the median of the rounds' ratios: what slows a whole round slows both."""
        pairs = zip(self._values[one], self._values[other], strict=True)
        return statistics.median(value / base for value, base in pairs)

    def times(self, what: str, one: str, other: str, gate: str = "", *, most: float = 1e9, least: float = 0) -> Figure:
        """Return the line that says how many times the one is of the other."""
        value = self.ratio(one, other)
        return Figure(what, f"{value:.2f} ×", gate, least <= value <= most)


def figures(found: Found) -> list[Figure]:
    times = found.times

    def added(what: str, one: str, base: str, gate: str = "", *, most: float = 1e9) -> Figure:
        value = found.ratio(one, base) - 1
        return Figure(what, f"{value:+.1%}", gate, value <= most)

    def memory(what: str, name: str, most: float) -> Figure:
        value = found.median(f"{name} rss")
        return Figure(what, f"{value:.0f} MiB", f"≤ {most:.0f} MiB", value <= most)

    def share(what: str, part: str) -> Figure:
        return Figure(what, f"{found.ratio(f'part {part}', 'part whole'):.0%}", "", holds=True)

    return [
        times(
            "cold start, Lookgate : floor (python -S, asyncio)", "lookgate start", "floor start", "≤ 2.5 ×", most=2.5
        ),
        times("cold start, Lookgate : bare uvicorn", "lookgate start", "uvicorn start"),
        times("cold start, FastAPI + google-auth : Lookgate", "fastapi start", "lookgate start"),
        times("CPU until the first answer, Lookgate : floor", "lookgate start cpu", "floor start cpu"),
        times("CPU until the first answer, Lookgate : bare uvicorn", "lookgate start cpu", "uvicorn start cpu"),
        memory("memory while serving, Lookgate", "lookgate", 48),
        memory("memory with the HTTP client loaded (a Looker instance is set up)", "instance", 60),
        times("memory, Lookgate : bare uvicorn", "lookgate rss", "uvicorn rss"),
        times("memory, FastAPI + google-auth : Lookgate", "fastapi rss", "lookgate rss"),
        times(
            "CPU a verified request, FastAPI + google-auth : Lookgate",
            "fastapi hot",
            "lookgate hot",
            "≥ 12 ×",
            least=12,
        ),
        times("CPU an unverified request, FastAPI : Lookgate", "fastapi plain", "lookgate plain"),
        times("CPU a verified request, Lookgate : bare uvicorn hello", "lookgate hot", "uvicorn"),
        added("added by verification, token seen before", "lookgate hot", "lookgate plain", "≤ +10 %", most=0.10),
        added("added by verification, 1,000 tokens in turn", "lookgate thousand", "lookgate plain"),
        added("added by verification, each token new", "lookgate new", "lookgate plain"),
        added("added by verification, handle of a user just known", "instance handle", "instance plain"),
        share("of a call without its socket: audit event", "audit"),
        share("of a call without its socket: log line", "log"),
        share("of a call without its socket: search for the caller's secret", "guard"),
    ]


def without_keys(found: dict[str, outage.Lost]) -> list[Figure]:
    return [
        Figure(
            f"calls lost in 4 h, key server {state}: google-auth / Lookgate",
            f"{one.theirs} / {one.ours} of {outage.CALLS}",
            "0 here",
            one.ours == 0,
        )
        for state, one in found.items()
    ]


def table(found: list[Figure]) -> str:
    lines = ["| what | measured | gate |", "|---|---|---|"]
    lines += [f"| {figure.what} | {figure.value} | {figure.gate} |" for figure in found]
    return "\n".join(lines)


PARTS = {"servers": measure, "claims": measure_claims, "renewals": measure_renewals}


def write(part: str, found: list[Figure], rounds: int) -> None:
    """Put a part's table into the page, between its two marks."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    about = f"\n\nPython {platform.python_version()}, {machine}, {rounds} rounds.\n"
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN.format(part))
    end = END.format(part)
    PAGE.write_text(f"{before}{BEGIN.format(part)}\n{table(found)}{about}{end}{rest.partition(end)[2]}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure Lookgate against its peers.")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--part", choices=PARTS, help="only this part")
    options = parser.parse_args()
    rounds, count = (2, 1000) if options.quick else (7, 6000)
    broken = []
    for part in [options.part] if options.part else PARTS:
        found = PARTS[part](rounds, count, lambda text: print(f"  {text}", file=sys.stderr))
        print(f"{table(found)}\n")
        if options.write:
            write(part, found, rounds)
        broken += [figure.what for figure in found if not figure.holds]
    if broken:
        print("Gates that do not hold: " + "; ".join(broken), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
