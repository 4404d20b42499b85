"""The list of promises and the tests agree, in both directions."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from requirements import PROMISES

TESTS = Path(__file__).parent
ROOT = TESTS.parent


@cache
def names_in(file: str) -> frozenset[str]:
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_every_promise_is_kept_by_a_test_that_exists() -> None:
    broken = [
        f"{promise.text!r} names {test}"
        for promise in PROMISES
        for test in promise.tests
        if test.partition("::")[2] not in names_in(test.partition("::")[0])
    ]
    assert not broken, "No such test:\n  " + "\n  ".join(broken)


def test_every_promise_names_its_source_and_at_least_one_test() -> None:
    assert [promise.text for promise in PROMISES if not promise.tests or not promise.source] == []


def test_no_promise_stands_twice() -> None:
    assert [text for text, count in Counter(promise.text for promise in PROMISES).items() if count > 1] == []
    assert [promise.text for promise in PROMISES if len(set(promise.tests)) < len(promise.tests)] == []


def pages_named() -> Iterator[tuple[str, str]]:
    """Yield each page that is a source, with the section that is named after it."""
    for promise in PROMISES:
        for source in promise.source.split("; "):
            page, _, section = source.partition(", ")
            if page.endswith(".md"):
                yield page, section


def guarantees() -> set[str]:
    """Return the numbers of SECURITY.md's guarantees."""
    return set(re.findall(r"^(\d+)\. ", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE))


def test_every_page_and_section_that_is_named_as_a_source_is_there() -> None:
    missing = []
    for page, section in pages_named():
        text = (ROOT / page).read_text("utf-8") if (ROOT / page).is_file() else ""
        if re.fullmatch(r"rules? [\d, and]+", section):
            there = set(re.findall(r"\d+", section)) <= guarantees()
        else:
            there = section in text
        if not text or not there:
            missing.append(f"{page}, {section}")
    assert missing == []


def test_every_guarantee_of_security_and_every_page_of_docs_is_the_source_of_a_promise() -> None:
    rules = {n for page, section in pages_named() if page == "SECURITY.md" for n in re.findall(r"\d+", section)}
    assert sorted(guarantees() - rules) == []
    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")} | {"README.md", "SECURITY.md"}
    pages |= {str(path.relative_to(ROOT)) for path in ROOT.glob("examples/*/README.md")}
    pages = {page for page in pages if not page.startswith("docs/decisions/")}  # minutes, not promises
    assert sorted(pages - {page for page, _ in pages_named()}) == []


def test_every_test_file_keeps_at_least_one_promise() -> None:
    cited = {test.partition("::")[0] for promise in PROMISES for test in promise.tests}
    files = {str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py") if "node_modules" not in path.parts}
    own = {Path(__file__).name}
    assert sorted(files - cited - own) == [], "Name the promise that these files keep in tests/promises."


@pytest.mark.parametrize("name", ["flows", "browser", "contract"])
def test_every_end_to_end_test_keeps_a_promise(name: str) -> None:
    cited = {test for promise in PROMISES for test in promise.tests}
    found = {
        f"{path.relative_to(TESTS)}::{test}"
        for path in (TESTS / name).rglob("test_*.py")
        if "node_modules" not in path.parts
        for test in names_in(str(path.relative_to(TESTS)))
    }
    assert sorted(found - cited) == [], "Name the promise that these tests keep in tests/promises."
