"""The page on mutants speaks of code that is there, and its numbers agree with its lists."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookgate import errors as errors_module

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security" / "mutants.md").read_text("utf-8")
SOURCE = ROOT / "src" / "lookgate"
PARTS = {"keys": "keys/", "policy": "core/policy/", "verify": "verify/", "claims": "claims/"}
ERRORS = {name for name in dir(errors_module) if isinstance(getattr(errors_module, name), type)}
COUNTS = re.compile(r"^\| (\w+) \|((?: +\d+ \|){5})", re.MULTILINE)
EXPLAINED = re.compile(r"^\| `([\w/]+\.py)` `([\w.]+)` \| (`.+?`) becomes (.+?) \| (\d+) \| (.+) \|$", re.MULTILINE)
LEFT_ALONE = re.compile(r"^\* `([\w/]+\.py)` `([\w.]+)`", re.MULTILINE)


def functions(file: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield each function and method with its name, as ``Class.method``."""
    for node in ast.parse(file.read_text("utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        before = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for one in inner:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                yield before + one.name, one


def part_of(file: str) -> str:
    (name,) = (name for name, folder in PARTS.items() if file.startswith(folder))
    return name


def flat(code: str) -> str:
    return re.sub(r"\s+", "", code)


ROWS = EXPLAINED.findall(PAGE)


@pytest.mark.parametrize(("file", "name", "before"), [row[:3] for row in ROWS])
def test_every_explained_mutant_is_of_code_that_is_still_there(file: str, name: str, before: str) -> None:
    text = (SOURCE / file).read_text("utf-8")
    found = dict(functions(SOURCE / file))
    assert name in found
    assert flat(before.strip("`")) in flat(ast.get_source_segment(text, found[name]) or "")


def test_every_part_is_counted_and_as_many_mutants_are_explained_as_survived() -> None:
    counted = {name: [int(number) for number in re.findall(r"\d+", numbers)] for name, numbers in COUNTS.findall(PAGE)}
    assert counted.keys() == PARTS.keys() | {"together"}
    explained: Counter[str] = Counter()
    for file, _, _, _, number, why in ROWS:
        assert len(why.split()) > 3
        explained[part_of(file)] += int(number)
    explained["together"] = explained.total()
    for name, (mutants, *ends) in counted.items():
        assert mutants == sum(ends)
        assert ends[-1] == explained[name]
    assert counted.pop("together") == [sum(column) for column in zip(*counted.values(), strict=True)]


def test_every_row_of_survivors_is_read() -> None:
    """A row that is written in another way would be believed without being checked."""
    assert len(ROWS) == len(re.findall(r"^\| `", PAGE, re.MULTILINE))


def errors() -> Iterator[tuple[str, ast.Call]]:
    """Yield each error that these parts make, with its place."""
    for folder in PARTS.values():
        for file in sorted((SOURCE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                    yield f"{file.relative_to(SOURCE)}:{node.lineno}", node


def test_every_code_of_an_error_is_expected_by_a_test_and_comes_with_a_sentence_and_a_fix() -> None:
    """The tool does not change what errors say; so this is looked at here."""
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    found = list(errors())
    assert len(found) > 50
    wrong = [place for place, call in found if len(call.args) < 3 or f'"{ast.literal_eval(call.args[0])}"' not in tests]
    assert wrong == []


def test_every_function_that_the_tool_leaves_alone_is_named() -> None:
    """It changes no function with a decorator, other than the two that belong to Python's methods."""
    decorated = {
        (str(file.relative_to(SOURCE)), name)
        for folder in PARTS.values()
        for file in (SOURCE / folder).rglob("*.py")
        for name, node in functions(file)
        if any(getattr(one, "id", "") not in {"staticmethod", "classmethod"} for one in node.decorator_list)
        and not any(getattr(one, "id", "") == "abstractmethod" for one in node.decorator_list)
        and not isinstance(node.body[-1].value if isinstance(node.body[-1], ast.Expr) else None, ast.Constant)
    }
    assert set(LEFT_ALONE.findall(PAGE)) == decorated
