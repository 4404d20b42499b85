"""The table in which a run of the tests ends is honest: it tells what ran, and fails what it must."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from security_counts import ROWS, Counts

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "security" / "counts.md"
HEAD = "import pytest\nfrom hypothesis import given, settings, strategies as st\n"
ALL = "def test_all(counted):\n    for row in ROWS:\n        counted(row, 'a part', tried=1000, bad=0)\n"
ALL = f"from security_counts import ROWS\n{ALL}"
LINE = re.compile(r"\| (?P<row>[\w ]+) \| (?P<tried>[\d,]+) .* \| (?P<bad>\d+) .* \| .*: (?P<parts>\d+) \|")
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Run:
    """Return what runs a small suite of its own, with this plugin."""
    pytester.makepyprojecttoml(f'[tool.pytest.ini_options]\ntestpaths = ["tests"]\npythonpath = ["{TESTS}"]\n')
    (pytester.mkdir("tests") / "conftest.py").write_text('pytest_plugins = ["security_counts"]\n')

    def run(text: str, *options: str) -> tuple[int, str]:
        (pytester.path / "tests" / "test_it.py").write_text(HEAD + text)
        done = pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider", *options)
        return int(done.ret), done.stdout.str()

    return run


def test_what_was_counted_stands_in_one_table_with_its_total(suite: Run) -> None:
    code, told = suite(ALL)
    assert code == 0, told
    for row, words in ROWS.items():
        assert re.search(rf"^{row} +1,000 +0 {words.bad} .*: 1 +test_it\.py$", told, re.MULTILINE), told
    assert re.search(rf"^together +{len(ROWS):},000 +0$", told, re.MULTILINE)


def test_a_full_run_without_a_row_fails_and_names_it(suite: Run) -> None:
    code, told = suite(ALL.replace("in ROWS", "in list(ROWS)[1:]"))
    assert code == 1
    assert f"FAILED: nothing was counted for: {next(iter(ROWS))}." in told


@pytest.mark.parametrize("options", [("-k", "all"), ("tests/test_it.py",)])
def test_a_part_of_the_suite_prints_the_rows_it_has_seen(suite: Run, options: tuple[str, ...]) -> None:
    some = ALL.replace("in ROWS", "in list(ROWS)[1:]") + "\ndef test_other(): pass\n"
    code, told = suite(some, *options)
    assert code == 0, told
    assert f"Only the tests that ran; without {next(iter(ROWS))}." in told


def test_anything_that_got_through_fails_the_run_even_if_the_test_hides_it(suite: Run) -> None:
    hiding = f"""{ALL}
def test_hides(counted):
    with pytest.raises(AssertionError, match="2 of 5 accepted"):
        counted("hostile tokens", "a door", tried=5, bad=2)
"""
    code, told = suite(hiding)
    assert "2 passed" in told
    assert re.search(r"^hostile tokens +1,005 +2 accepted", told, re.MULTILINE)
    assert "FAILED: something got through" in told
    assert code == 1


def test_each_case_of_a_marked_test_is_one_attempt_and_one_that_is_skipped_is_none(suite: Run) -> None:
    marked = """
@pytest.mark.counts("clock skew", "by {name}")
@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("number", range(5))
def test_marked(name, number):
    if number == 0:
        pytest.skip("not here")
    assert (name, number) != ("b", 3)
"""
    code, told = suite(marked)
    assert code == 1
    assert re.search(r"^clock skew +8 +1 decided wrongly +verifiers: 2 ", told, re.MULTILINE), told


def test_inputs_that_are_made_up_are_counted_as_they_run(suite: Run) -> None:
    made_up = """
@settings(max_examples=37, database=None)
@given(st.integers())
def test_made_up(number): pass
"""
    assert re.search(r"^fuzzing +37 +0 ", suite(made_up)[1], re.MULTILINE)
    assert re.search(r"^fuzzing +\d+ +1 ", suite(made_up.replace("pass", "assert number < 9"))[1], re.MULTILINE)


def test_the_page_is_written_by_a_whole_run_in_which_nothing_got_through(suite: Run, tmp_path: Path) -> None:
    page = tmp_path / "counts.md"
    assert suite(f"{ALL}\ndef test_other(): assert False\n", "--security-table", str(page))[0] == 0  # left out
    assert rows_of(page) == list(ROWS)
    page.unlink()
    for text, options, why in (
        (ALL.replace("in ROWS", "in list(ROWS)[1:]"), (), "the run failed"),
        (f"{ALL}\ndef test_skipped(counted): pytest.skip('x')\n", (), "skipped tests: 1"),
        (f"{ALL}\ndef test_other(counted): pass\n", ("-k", "all"), "only a part ran"),
    ):
        assert f"counts.md was left as it is: {why}." in suite(text, "--security-table", str(page), *options)[1]
        assert not page.exists()


def test_a_full_run_that_counts_nothing_at_all_fails(suite: Run) -> None:
    code, told = suite("def test_other(): pass\n")
    assert (code, "FAILED: nothing was counted for: " in told) == (1, True)


@pytest.mark.parametrize(("row", "tried", "bad"), [("no such row", 1, 0), ("replay", 0, 0), ("replay", 1, 2)])
def test_what_is_no_count_is_an_error(row: str, tried: int, bad: int) -> None:
    with pytest.raises(ValueError, match=r"no such row|is no count"):
        Counts().add(row, "part", "file", tried=tried, bad=bad)


def rows_of(page: Path) -> list[str]:
    """Return the rows of the first table, and fail where one says that something got through."""
    rows = []
    for line in page.read_text("utf-8").partition("\n## ")[0].splitlines():
        if found := re.fullmatch(
            r"\| (?P<row>[\w ]+) \| (?P<tried>[\d,]+) .* \| (?P<bad>\d+) .* \| .*: (?P<parts>\d+) \|", line
        ):
            rows.append(found["row"])
            assert int(found["tried"].replace(",", "")) >= int(found["parts"]) > 0, line
            assert found["bad"] == "0", line
    return rows


def test_the_page_that_is_kept_has_every_row_and_nothing_got_through() -> None:
    assert rows_of(PAGE) == list(ROWS), "Renew it: make security-table."
