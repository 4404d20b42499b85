"""What holds for the repository as a whole: sizes, locks, directions of imports, and what no file may contain."""

from __future__ import annotations

import ast
import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "lookgate"
LONGEST, MIDDLE = 500, 180
CODE = {".py", ".ts", ".mjs", ".js", ".css", ".html", ".lkml", ".toml", ".md"}
OUTER = ("cli/", "compose.py", "compose_sync.py", "emulator/serve.py", "emulator/serve_google.py", "emulator/app.py")
"""Where the machine's clock, randomness and environment are taken, to be passed in everywhere else."""


def ignored() -> set[str]:
    """Return the folder names that .gitignore leaves out, wherever they stand."""
    lines = [line for file in ROOT.glob("examples/*/.gitignore") for line in file.read_text().splitlines()]
    lines += (ROOT / ".gitignore").read_text().splitlines()
    return {line.strip("/").rpartition("/")[2] for line in lines if line.endswith("/")} | {".git"}


@cache
def files() -> tuple[Path, ...]:
    """Return the files of the project, without what is installed, built or kept beside them."""
    found, left_out = [], ignored()
    for folder, names, here in os.walk(ROOT):
        names[:] = sorted(name for name in names if name not in left_out and not name.endswith(".egg-info"))
        found += [Path(folder, name) for name in sorted(here) if not name.endswith((".pyc", ".duckdb", ".duckdb.wal"))]
    return tuple(found)


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every file that is text."""
    for path in files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def naming(pattern: str, *, but: tuple[str, ...] = ()) -> list[str]:
    """Return ``file:line`` for each line that matches, except in files whose name starts with one of ``but``."""
    wanted = re.compile(pattern)
    return [
        f"{name}:{number}"
        for name, text in texts()
        if not name.startswith(but or "\0")
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


# --- shape ----------------------------------------------------------------------------------------------------------


def test_files_are_short() -> None:
    lengths = {name: len(text.splitlines()) for name, text in texts() if Path(name).suffix in CODE}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
    for folder in ("src/", "tests/", "examples/"):
        assert statistics.median(length for name, length in lengths.items() if name.startswith(folder)) < MIDDLE


def test_imports_point_down_and_the_local_looker_shares_nothing_with_the_gateway() -> None:
    done = subprocess.run(  # noqa: S603 - our own tool
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Contracts: 3 kept, 0 broken." in done.stdout


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_core_needs_nothing_but_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"lookgate"}
    foreign = {
        f"{path.name} imports {name}"
        for path in [*(SOURCE / "core").glob("*.py"), SOURCE / "errors.py"]
        for name in imported(path)
        if name.partition(".")[0] not in allowed
    }
    assert foreign == set()


def test_nothing_stands_in_drawers_without_a_name_of_their_own() -> None:
    drawers = {"utils", "util", "helpers", "misc", "common"}
    assert [name for name, _ in texts() if name.startswith("src/") and Path(name).stem in drawers] == []
    assert naming(r"^class \w+(?:Manager|Helper|Util|Utils)\b") == []


def test_time_randomness_and_environment_are_taken_at_the_edge_only() -> None:
    taken = r"datetime\.(?:utc)?now|\btime\.(?:time|monotonic|sleep)\b|os\.urandom|os\.environ|os\.getenv"
    taken += r"|\bsecrets\.token_|\brandom\.(?:random|choice|randint)|\buuid4\b"
    inside = [line for line in naming(taken) if line.startswith("src/")]
    edge = tuple(f"src/lookgate/{name}" for name in OUTER)
    assert [line for line in inside if not line.startswith(edge)] == []
    assert inside, "the pattern finds nothing at all"


# --- what no file may contain ---------------------------------------------------------------------------------------


def test_nothing_is_left_unfinished() -> None:
    assert naming(rf"\b(?:{'TO' + 'DO'}|{'FIX' + 'ME'}|{'Not' + 'ImplementedError'})\b") == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert naming(r"(?<![\w.~$}*-])/(?:work|root|home|Users|tmp)/[\w.-]") == []


def test_no_file_names_a_package_registry() -> None:
    assert naming(r"(?:pypi|pythonhosted|npmjs|yarnpkg)\.(?:org|com)\b") == []


def test_tests_patch_nothing_and_never_sleep() -> None:
    patched = "|".join(("monkey" + "patch", "unittest" + ".mock", "mock" + "er"))
    assert [line for line in naming(rf"\b(?:{patched})\b") if line.startswith("tests/")] == []
    slept = [line for line in naming(r"\bsleep\((?!0\))[\d.]") if "/test_" in line]
    assert slept == []


# --- what is locked, built and set up -------------------------------------------------------------------------------


def test_every_python_package_is_locked_by_version_and_hash_and_no_lock_names_a_host() -> None:
    locks = {path.name: path.read_text("utf-8") for path in ROOT.glob("*.lock")}
    assert {"requirements.lock", "requirements-dev.lock"} <= locks.keys()
    for name, text in locks.items():
        assert not re.search(r"://|^\s*--(?!hash=sha256:)|@ ", text, re.MULTILINE), name
        packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE | re.IGNORECASE)
        for package in filter(str.strip, packages):
            assert re.match(r"[A-Za-z0-9._-]+==[\w.!+]+", package), package.splitlines()[0]
            assert "--hash=sha256:" in package, package.splitlines()[0]


def test_every_node_package_is_locked_by_hash_and_the_lock_names_no_host_to_fetch_from() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for name, package in packages.items():
        if "node_modules/" in name and not package.get("link") and not package.get("inBundle"):
            assert package["integrity"].startswith("sha512-"), name
        assert "://" not in package.get("resolved", ""), name


def test_the_image_runs_as_an_ordinary_user_with_compiled_bytecode() -> None:
    last = (ROOT / "Dockerfile").read_text("utf-8").rpartition("\nFROM ")[2]
    users = re.findall(r"^USER (\S+)", last, re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}
    assert last.index("USER ") < last.index("CMD ")
    assert "compileall" in (ROOT / "Dockerfile").read_text("utf-8")


def test_the_image_is_built_from_files_that_are_there() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists(), name


def test_the_papers_of_the_house_are_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md"):
        assert len((ROOT / name).read_text("utf-8")) > 500, name
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_client_for_extensions_is_strict_and_needs_nothing_at_run_time_but_lookers_own_sdk() -> None:
    folder = ROOT / "clients" / "extension"
    package = json.loads((folder / "package.json").read_text("utf-8"))
    assert {**package.get("dependencies", {}), **package["peerDependencies"]}.keys() == {"@looker/extension-sdk"}
    assert json.loads((folder / "tsconfig.json").read_text("utf-8"))["compilerOptions"]["strict"] is True


def links() -> dict[Path, set[Path]]:
    """Return what each page links to inside the project."""
    return {
        ROOT / name: {
            (ROOT / name).parent.joinpath(target).resolve()
            for target in re.findall(r"\]\(([^)#\s]+)", text)
            if "://" not in target
        }
        for name, text in texts()
        if name.endswith(".md")
    }


def test_every_link_between_pages_leads_somewhere() -> None:
    assert [target for targets in links().values() for target in targets if not target.exists()] == []


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    led, reached, waiting = links(), set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += led.get(page, ())
    decisions = ROOT / "docs" / "decisions"  # minutes for those who change the plan
    assert [page for page in led if page.parts[len(ROOT.parts)] == "docs" and page not in reached
            and decisions not in page.parents] == []  # fmt: skip


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    targets = re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    listed = re.findall(r"^  make ([a-z-]+) ", done.stdout, re.MULTILINE)
    assert sorted(listed) == sorted(targets)


def test_what_must_pass_before_a_change_lands_is_what_make_offers() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^make (\w+)", script, re.MULTILINE) == ["lint", "test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
