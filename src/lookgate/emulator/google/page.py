"""The page for people: ticks the boxes of the faults, rotates keys, runs jobs. Plain forms, no script."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from lookgate.emulator.google.faults import Fault, UnknownFault
from lookgate.emulator.google.form import OAuthFailure, read_form
from lookgate.emulator.google.scheduler import Job, Scheduler
from lookgate.emulator.google.service import Google
from lookgate.emulator.pages import static_files
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.pages.parts import chips, section, table

PATH = "/local"
_STATIC = f"{PATH}/static"
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
_SHOWN_ATTEMPTS = 8


class Page:
    """The page and its form."""

    def __init__(self, google: Google, scheduler: Scheduler) -> None:
        self._google = google
        self._scheduler = scheduler

    async def show(self, _: Request) -> Response:
        """Show what is on, and where each job stands."""
        return self._document("")

    async def change(self, request: Request) -> Response:
        """Do what a button says, and show the page again."""
        try:
            form = await read_form(request)
            what, _, name = form.pop("do", "").partition(":")
            await self._do(what, name, form)
        except (OAuthFailure, UnknownFault, ValueError, KeyError) as error:
            return self._document(f"Nothing was changed: {error}", 400)
        return Response(status_code=303, headers=_HEADERS | {"location": PATH})

    async def _do(self, what: str, name: str, form: dict[str, str]) -> None:
        if what == "faults":
            # A box that is not ticked is not sent.
            self._google.faults.set({fault: float(form.get(fault, 0)) for fault in self._google.faults.catalogue})
        elif what == "rotate":
            self._google.keys.rotate()
        elif what == "withdraw":
            self._google.keys.withdraw()
        elif what == "run":
            await self._scheduler.run_now(name)
        else:
            raise ValueError("there is no such button.")

    def _document(self, problem: str, status: int = 200) -> HTMLResponse:
        google = self._google
        now = google.now().strftime("%H:%M:%S")
        kids = [key.kid[:12] for key in google.keys.all]
        keys = el("div", _button("Rotate", "rotate"), _button("Withdraw all", "withdraw"), class_="row")
        content = [
            el("h1", "Local Google"),
            el("p", f"Signs as {google.issuer}. Its clock says {now} UTC.", class_="lead"),
            el("p", problem, class_="notice bad", role="alert") if problem else None,
            section("What goes wrong", self._faults()),
            section("Signing keys", chips(kids), keys),
            section("Jobs", self._jobs()),
            section("Accounts", el("ul", [el("li", el("code", email)) for email in google.accounts])),
        ]
        head = el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", "Local Google"),
            el("link", rel="icon", href=f"{_STATIC}/mark.svg", type="image/svg+xml"),
            [
                el("link", rel="stylesheet", href=f"{_STATIC}/{name}.css")
                for name in ("tokens", "base", "shell", "parts", "data")
            ],
        )
        main = el("main", content, id="main", class_="layout-page", tabindex="-1")
        page = Markup("<!doctype html>\n") + el("html", head, el("body", main), lang="en")
        return HTMLResponse(page, status, headers=_HEADERS)

    def _faults(self) -> Markup:
        known = self._google.faults.catalogue.values()
        rows = [(el("label", fault.says, for_=fault.name), self._control(fault)) for fault in known]
        apply = el("button", "Apply", type="submit", name="do", value="faults", class_="primary")
        return el(
            "form",
            table("Faults", ("Fault", "On, or seconds"), rows),
            el("p", apply, class_="about"),
            method="post",
            action=PATH,
        )

    def _control(self, fault: Fault) -> Markup:
        value = self._google.faults.values[fault.name]
        if fault.kind == "rate":
            # A rate that was set by other means stays as long as the box stays ticked.
            return el(
                "input", type="checkbox", id=fault.name, name=fault.name, value=f"{value or 1:g}", checked=value > 0
            )
        return el("input", type="number", step="any", id=fault.name, name=fault.name, value=f"{value:g}")

    def _jobs(self) -> Markup:
        jobs = list(self._scheduler.jobs.values())
        if not jobs:
            return el("p", "There are none. A world file names them: [[google.jobs]].", class_="lead")
        rows = [
            (
                job.part.name,
                el("code", job.part.uri),
                _next(job),
                _attempts(job),
                _button("Run now", f"run:{job.part.name}"),
            )
            for job in jobs
        ]
        return table("Jobs", ("Job", "Calls", "Next", "Last answers", ""), rows)


def _next(job: Job) -> str:
    return (job.retry_at or job.next_at).strftime("%H:%M:%S") + (" (retry)" if job.retry_at else "")


def _attempts(job: Job) -> Markup:
    last = job.attempts[: -_SHOWN_ATTEMPTS - 1 : -1]
    missed = [el("span", f"{job.missed} missed", class_="chip warn")] if job.missed else []
    shown = [
        el("span", str(one.status or "no answer"), class_="chip" if one.succeeded else "chip warn") for one in last
    ]
    return el("span", missed, shown, class_="chips flat") if missed or shown else el("span", "–", class_="sub")


def _button(label: str, value: str) -> Markup:
    button = el("button", label, type="submit", name="do", value=value, class_="button small")
    return el("form", button, method="post", action=PATH)


def routes(google: Google, scheduler: Scheduler) -> list[BaseRoute]:
    """Return the page's routes."""
    page = Page(google, scheduler)
    folder = Path(static_files.__file__).parent / "static"
    return [
        Route(PATH, page.show, methods=["GET"]),
        Route(PATH, page.change, methods=["POST"]),
        Mount(_STATIC, static_files.StaticFiles(directory=folder)),
    ]
