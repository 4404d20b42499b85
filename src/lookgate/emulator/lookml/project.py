"""A folder of LookML files becomes a ``Project``. A broken file becomes a problem, never a crash."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from lookgate.emulator.lookml.assemble import extend, refine
from lookgate.emulator.lookml.build import build_datagroups, build_explore, build_grants, build_view
from lookgate.emulator.lookml.dashboards import Dashboard, parse_dashboards
from lookgate.emulator.lookml.errors import LookmlError
from lookgate.emulator.lookml.fields import words
from lookgate.emulator.lookml.manifest import build_manifest
from lookgate.emulator.lookml.model import Explore, Manifest, Model, Problem, View
from lookgate.emulator.lookml.parse import Raw, names, parse_lookml, put_constants

__all__ = ["Dashboard", "Problem", "Project", "load_project"]
Built = TypeVar("Built", View, Explore)
_MAX_BYTES = 4_000_000
_SKIPPED = frozenset({"node_modules", "__pycache__"})


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a project's files say, and what is wrong with them."""

    name: str
    folder: Path
    manifest: Manifest
    models: dict[str, Model]
    dashboards: list[Dashboard]
    problems: list[Problem]
    has_manifest: bool = True

    def complaints(self) -> list[str]:
        """Say each problem in one line, with its file and line: ``shop/shop.model.lkml:5: …``."""
        lines = [] if self.has_manifest else [f"{self.name}: no manifest.lkml"]
        for problem in self.problems:
            place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
            lines.append(f"{self.name}/{place}: {' '.join(problem.message.split())}")
        return lines


def load_project(folder: Path) -> Project:
    """Read a project.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no LookML project folder {folder}.")
    return _Loader(folder.resolve()).load(folder)


class _Loader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.texts = dict(self._files())
        self.parsed: dict[str, Raw] = {}
        self.constants: dict[str, str] = {}

    def load(self, folder: Path) -> Project:
        manifest = Manifest()
        for path in sorted(p for p in self.texts if p.rsplit("/", 1)[-1].endswith("manifest.lkml")):
            self._parse(path)
            manifest = build_manifest(self.parsed.get(path, {}), self._complainer(path))
            break
        self.constants = manifest.constants
        for path in self.texts:
            if path.endswith(".lkml"):
                self._parse(path)
        name = manifest.project_name or self.root.name
        models: dict[str, Model] = {}
        owners: dict[str, str] = {}
        for path in self.texts:
            if path.endswith(".model.lkml") and path in self.parsed:
                model, included = self._model(path, name)
                models[model.name] = model
                owners |= {file: model.name for file in included if file not in owners}
        dashboards = list(self._dashboards(owners, name))
        return Project(
            name=name,
            folder=folder,
            manifest=manifest,
            models=models,
            dashboards=dashboards,
            problems=self.problems,
            has_manifest=any(path.endswith("manifest.lkml") for path in self.texts),
        )

    def _complain(
        self, message: str, file: str, line: int | None = None, severity: Literal["error", "warning"] = "error"
    ) -> None:
        problem = Problem(severity=severity, message=message, file=file, line=line)
        if problem not in self.problems:
            self.problems.append(problem)

    def _complainer(self, file: str) -> Callable[[str], None]:
        return lambda message: self._complain(message, file)

    def _files(self) -> Iterator[tuple[str, str]]:
        for path in sorted([*self.root.rglob("*.lkml"), *self.root.rglob("*.lookml")]):
            inside = path.relative_to(self.root)
            if _SKIPPED.intersection(inside.parts) or any(part.startswith(".") for part in inside.parts):
                continue
            file = inside.as_posix()
            try:
                if not path.resolve().is_relative_to(self.root):
                    self._complain("The file is a link that leaves the project; it was not read.", file)
                elif path.stat().st_size > _MAX_BYTES:
                    self._complain(f"The file is longer than {_MAX_BYTES} bytes; it was not read.", file)
                else:
                    yield file, path.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                self._complain(f"The file cannot be read: {error}", file)

    def _parse(self, path: str) -> None:
        if path in self.parsed:
            return
        text = self.texts[path]
        unknown: list[str] = []
        if self.constants:
            text, unknown = put_constants(text, self.constants)
        elif not path.endswith("manifest.lkml"):
            text, unknown = put_constants(text, {})
        for name in unknown:
            self._complain(
                f'The constant "{name}" is not defined in the manifest.', path, self._line(path, "@{" + name)
            )
        try:
            self.parsed[path] = parse_lookml(text)
        except LookmlError as error:
            self._complain(str(error), path, error.line)

    def _line(self, path: str, needle: str) -> int | None:
        before, found, _ = self.texts[path].partition(needle)
        return before.count("\n") + 1 if found else None

    def _reachable(self, path: str, order: list[str], seen: set[str]) -> None:
        """Add ``path`` to ``order`` after everything it includes: what is included stands first."""
        seen.add(path)
        for pattern in names(self.parsed.get(path, {}), "includes"):
            line = self._line(path, f'"{pattern}"')
            if pattern.startswith("//"):
                message = f'"{pattern}" comes from another project; imports are not supported and it is ignored.'
                self._complain(message, path, line, "warning")
                continue
            found = [file for file in self.texts if _matches(pattern, path, file)]
            if not found:
                self._complain(f'The include "{pattern}" matches no file.', path, line)
            for file in found:
                if file not in seen:
                    self._reachable(file, order, seen)
        order.append(path)

    def _model(self, path: str, project: str) -> tuple[Model, list[str]]:
        included: list[str] = []
        self._reachable(path, included, set())
        files = [file for file in included if file in self.parsed]
        raw = self.parsed[path]
        name = path.rsplit("/", 1)[-1].removesuffix(".model.lkml")

        def complain(message: str) -> None:
            subject = re.search(r'"\+?([\w.]+)"', message)
            short = subject[1].rsplit(".", 1)[-1] if subject else ""
            for file in reversed(files):
                if short and (found := re.search(rf":\s*\+?{re.escape(short)}\s*\{{", self.texts[file])):
                    line = self.texts[file].count("\n", 0, found.start()) + 1
                    return self._complain(message, file, line)
            return self._complain(message, path)

        def gather(key: str) -> list[Raw]:
            return [block for file in files for block in self.parsed[file].get(key, [])]

        views, explores = _views_and_explores(gather("views"), gather("explores"), complain)
        if not raw.get("connection"):
            self._complain("The model names no connection.", path)
        model = Model(
            name=name,
            project=project,
            label=str(raw.get("label", words(name))),
            connection=str(raw.get("connection", "")),
            explores=explores,
            views=views,
            access_grants=build_grants(gather("access_grants")),
            datagroups=build_datagroups(gather("datagroups")),
            value_formats={
                str(block["name"]): str(block.get("value_format", "")) for block in gather("named_value_formats")
            },
            week_start_day=str(raw.get("week_start_day", "monday")).lower(),
        )
        return model, included

    def _dashboards(self, owners: dict[str, str], project: str) -> Iterator[Dashboard]:
        for path, text in self.texts.items():
            if path.endswith(".dashboard.lookml"):
                text, unknown = put_constants(text, self.constants)  # noqa: PLW2901 - the file's text, made complete
                for name in unknown:
                    self._complain(f'The constant "{name}" is not defined in the manifest.', path)
                try:
                    yield from parse_dashboards(text, owners.get(path, project))
                except LookmlError as error:
                    self._complain(str(error), path, error.line)


def _views_and_explores(
    raw_views: list[Raw], raw_explores: list[Raw], complain: Callable[[str], None]
) -> tuple[dict[str, View], dict[str, Explore]]:
    def checked(kind: type[Built], name: str, build: Callable[[], Built | None]) -> Built | None:
        """Build one block; a parameter of the wrong shape, such as a block for a word, is a problem."""
        try:
            return msgspec.json.decode(msgspec.json.encode(built), type=kind) if (built := build()) else None
        except (TypeError, ValueError, KeyError, AttributeError):
            complain(f'"{name}" cannot be understood: one of its parameters has the wrong shape.')
            return None

    views: dict[str, View] = {}
    for key, block in extend("view", refine("view", raw_views, complain), complain).items():
        view = checked(View, key, partial(build_view, block, complain))
        if view:
            views[key] = view
    explores: dict[str, Explore] = {}
    for key, block in extend("explore", refine("explore", raw_explores, complain), complain).items():
        explore = checked(Explore, key, partial(build_explore, block, views, complain))
        if explore and not explore.extension_required:
            explores[key] = explore
    return views, explores


def _matches(pattern: str, including: str, file: str) -> bool:
    """Tell whether an include pattern means a file; a leading slash is the project's root, ``**`` spans folders."""
    if pattern.startswith("/"):
        full = pattern[1:]
    else:
        folder = including.rpartition("/")[0]
        full = f"{folder}/{pattern}" if folder else pattern
    if ".." in full.split("/"):
        return False
    if not full.endswith((".lkml", ".lookml")):
        return _matches(f"/{full}.lkml", "", file) or _matches(f"/{full}.lookml", "", file)
    return re.fullmatch(re.sub(r"\*\*/|\*\*|\*|[^*]+", _as_regex, full), file) is not None


def _as_regex(part: re.Match[str]) -> str:
    return {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}.get(part[0]) or re.escape(part[0])
