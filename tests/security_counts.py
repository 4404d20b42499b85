"""What was tried against Lookgate and what came of it, counted while the tests run, in one table at the end.

A test takes the fixture ``counted`` and says what it tried, or wears the marker ``counts``, by which each of its cases
is one attempt. Inputs that hypothesis makes up are counted by themselves, as fuzzing. A full run fails when a row is
missing; any run fails when something was accepted, leaked or lost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from functools import wraps
from itertools import islice
from typing import Any, NamedTuple, Protocol

import pytest
from hypothesis.errors import UnsatisfiedAssumption


class Row(NamedTuple):
    """One row of the table."""

    tried: str
    """What was tried, in words."""
    bad: str
    """What must not have happened."""
    over: str
    """What its parts are."""


ROWS: dict[str, Row] = {
    "hostile tokens": Row("tokens of 17 families", "accepted", "entry points and verifiers"),
    "more hostile tokens": Row("tokens that attack ES256 and EdDSA", "accepted", "verifiers"),
    "two credentials": Row("requests with several credentials", "in which one was chosen", "settings"),
    "clock skew": Row("moments around exp, nbf and iat", "decided wrongly", "verifiers"),
    "replay": Row("uses of what may be used once", "let in a second time", "races"),
    "HMAC in SQL": Row("vectors of RFC 4231, statements parsed and translated", "wrong", "dialects and ways"),
    "SQL injection": Row("hostile inputs that reach SQL or LookML", "reached it as more than a value", "ways in"),
    "SSRF": Row("addresses that must not be called", "called", "ways in"),
    "secret leaks": Row("places searched for planted secrets", "held one", "secrets and stores"),
    "refusal": Row("calls that must be refused and audited", "let in or not audited", "kinds of caller"),
    "key rotation": Row("calls while keys rotate or their server fails", "refused wrongly", "stories"),
    "chaos": Row("failures", "lost something or did it twice", "kinds of failure"),
    "freshness": Row("simulated seconds of tokens stored in Looker", "saw one expired", "months and outages"),
    "fuzzing": Row("inputs made up by hypothesis", "broke a promise", "suites"),
}
"""Each must be there in a full run. A new kind of attack is a new line here."""


class Tally:
    """What one part of a row has seen so far."""

    def __init__(self) -> None:
        self.tried = self.bad = 0
        self.files: set[str] = set()


class Counts:
    """Everything that was counted in one run."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, Tally]] = {}
        self.skipped = 0
        """How many tests could not run here; then the page that is kept would tell too little."""
        self.is_narrowed = False
        """Whether tests were deselected, other than by ourselves."""

    def add(self, row: str, part: str, file: str, *, tried: int, bad: int) -> None:
        """Count attempts.

        Raises:
            ValueError: there is no such row, or nothing was tried.
        """
        if row not in ROWS:
            raise ValueError(f"There is no row {row!r}. Use one of {', '.join(ROWS)}, or add a line to ROWS.")
        if tried < 1 or not 0 <= bad <= tried:
            raise ValueError(f"{row}, {part}: {bad} of {tried} is no count.")
        tally = self.parts.setdefault(row, {}).setdefault(part, Tally())
        tally.tried += tried
        tally.bad += bad
        tally.files.add(file)

    def of(self, row: str) -> Tally:
        """Return the whole row."""
        whole = Tally()
        for part in self.parts.get(row, {}).values():
            whole.tried += part.tried
            whole.bad += part.bad
            whole.files |= part.files
        return whole

    @property
    def missing(self) -> list[str]:
        return [row for row in ROWS if row not in self.parts]

    @property
    def bad(self) -> int:
        return sum(self.of(row).bad for row in self.parts)

    def lines(self) -> Iterator[str]:
        """Yield the table for a terminal."""
        cells = [("", "tried", "", "over", "in tests/")]
        for row, words in ROWS.items():
            if row in self.parts:
                whole, parts = self.of(row), len(self.parts[row])
                cells.append(
                    (
                        row,
                        f"{whole.tried:,}",
                        f"{whole.bad:,} {words.bad}",
                        f"{words.over}: {parts}",
                        _shortened(whole.files),
                    )
                )
        tried = sum(self.of(row).tried for row in self.parts)
        cells.append(("together", f"{tried:,}", f"{self.bad:,}", "", ""))
        widths = [max(len(line[column]) for line in cells) for column in range(4)]
        for line in cells:
            told = (line[0].ljust(widths[0]), line[1].rjust(widths[1]), *(line[n].ljust(widths[n]) for n in (2, 3)))
            yield "  ".join((*told, line[4])).rstrip()

    def page(self) -> Iterator[str]:
        """Yield the lines of the page that is kept in ``docs/security``."""
        yield "# What was tried\n\nWritten by `make security-table` from one run of the tests; do not edit.\n"
        yield "| what | tried | came of it | over |\n|---|---:|---|---|"
        for row, words in ROWS.items():
            whole = self.of(row)
            over = f"{words.over}: {len(self.parts[row])}"
            yield f"| {row} | {whole.tried:,} {words.tried} | {whole.bad} {words.bad} | {over} |"
        for row, words in ROWS.items():
            yield f"\n## {row.capitalize() if row.islower() else row}\n"
            yield f"| {words.over} | tried | {words.bad} | where in `tests/` |\n|---|---:|---:|---|"
            for part, tally in sorted(self.parts[row].items()):
                files = ", ".join(f"`{file}`" for file in sorted(tally.files))
                yield f"| {part} | {tally.tried:,} | {tally.bad} | {files} |"


def _shortened(files: set[str]) -> str:
    shown = sorted(files)
    return ", ".join(shown[:2]) + (f" and {len(shown) - 2} more" if len(shown) > 2 else "")


class Counted(Protocol):
    """The fixture."""

    def __call__(self, row: str, part: str, *, tried: int, bad: int | Collection[object]) -> None: ...


COUNTS = pytest.StashKey[Counts]()
_PAGE = "--security-table"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_PAGE, metavar="FILE", help="run every test that counts attacks, and write the table to FILE")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COUNTS] = Counts()
    config.addinivalue_line(
        "markers", "counts(row, part): each case is one attempt; {name} in part is a parameter of the case"
    )


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Counted:
    """Return what counts attempts: ``counted("replay", "claims on SQLite", tried=1000, bad=winners - 1)``.

    ``bad`` may be the bad ones themselves; then the failure shows some of them.
    """

    def count(row: str, part: str, *, tried: int, bad: int | Collection[object]) -> None:
        number, shown = (bad, []) if isinstance(bad, int) else (len(bad), list(islice(bad, 3)))
        request.config.stash[COUNTS].add(row, part, _file(request.node), tried=tried, bad=number)
        assert not number, f"{row}, {part}: {number} of {tried} {ROWS[row].bad} {shown or ''}"

    return count


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, when only the table is wanted, what counts nothing."""
    if config.getoption(_PAGE):
        left_out = [item for item in items if not _counts(item)]
        narrowed = config.stash[COUNTS].is_narrowed
        config.hook.pytest_deselected(items=left_out)
        config.stash[COUNTS].is_narrowed = narrowed
        items[:] = [item for item in items if _counts(item)]


def _counts(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return "counted" in fixtures or item.get_closest_marker("counts") is not None or _inner(item) is not None


def _inner(item: pytest.Item) -> Any:
    """Return where hypothesis keeps the function that it calls with each input; None for other tests."""
    return getattr(getattr(item, "obj", None), "hypothesis", None)


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items[:1]:
        item.config.stash[COUNTS].is_narrowed = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Count a marked test's case, and hypothesis' inputs."""
    tried, failed, skipped, inner = 0, False, False, _inner(item)

    def counting(test: Callable[..., object]) -> Callable[..., object]:
        @wraps(test)
        def call(*args: object, **named: object) -> object:
            nonlocal tried
            tried += 1
            try:
                return test(*args, **named)
            except UnsatisfiedAssumption:
                tried -= 1
                raise

        return call

    if inner is not None:
        original, inner.inner_test = inner.inner_test, counting(inner.inner_test)
    try:
        return (yield)
    except pytest.skip.Exception:
        skipped = True
        raise
    except BaseException:
        failed = True
        raise
    finally:
        if inner is not None:
            inner.inner_test = original
        counts = item.config.stash[COUNTS]
        if tried:
            counts.add("fuzzing", _file(item), _file(item), tried=tried, bad=failed)
        for marker in () if skipped else item.iter_markers("counts"):
            row, part = marker.args
            counts.add(row, _named(part, item), _file(item), tried=1, bad=failed)


def _file(item: pytest.Item) -> str:
    return str(item.path.relative_to(item.config.rootpath / "tests"))


def _named(part: str, item: pytest.Item) -> str:
    """Return the part with the case's own parameters in their places: ``"{engine}, computed"``."""
    case = getattr(item, "callspec", None)
    return part if case is None else part.format_map(case.params)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.config.stash[COUNTS].skipped += report.skipped
    return report


def _is_full(session: pytest.Session) -> bool:
    """Whether nothing was left out: no file was named, nothing deselected, and the run came to its end."""
    config = session.config
    named = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.collectonly
    named = named or config.option.ignore or config.option.ignore_glob
    return not (named or config.stash[COUNTS].is_narrowed or session.shouldstop or session.shouldfail)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which something got through, or, if it was a full one, was not tried at all."""
    counts = session.config.stash[COUNTS]
    if session.exitstatus == 0 and (counts.bad or (_is_full(session) and counts.missing)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    page = session.config.getoption(_PAGE)
    if page and not _why_not_written(session):
        (session.config.rootpath / page).write_text("\n".join(counts.page()) + "\n", "utf-8")


def _why_not_written(session: pytest.Session) -> str:
    """Return why the page stays as it is: it tells of whole runs in which nothing failed."""
    if session.exitstatus != 0:
        return "the run failed"
    skipped = session.config.stash[COUNTS].skipped
    return f"skipped tests: {skipped}" if skipped else "" if _is_full(session) else "only a part ran"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counts = config.stash[COUNTS]
    session = terminalreporter._session  # noqa: SLF001 - the only way from the reporter to the session
    if session is None or config.option.collectonly or not (counts.parts or _is_full(session)):
        return
    terminalreporter.section("security: what was tried and what came of it")
    for line in counts.lines():
        terminalreporter.write_line(line)
    if page := config.getoption(_PAGE):
        why = _why_not_written(session)
        terminalreporter.write_line(f"{page} was left as it is: {why}." if why else f"Written: {page}.")
    if counts.bad:
        terminalreporter.write_line("FAILED: something got through; each count must be 0.", red=True)
    if counts.missing and _is_full(session):
        terminalreporter.write_line(f"FAILED: nothing was counted for: {', '.join(counts.missing)}.", red=True)
    elif counts.missing:
        terminalreporter.write_line(f"Only the tests that ran; without {', '.join(counts.missing)}.")
