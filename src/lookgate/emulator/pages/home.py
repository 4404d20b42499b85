"""The home page: what the user may open."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from lookgate.emulator.pages import access, site
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.pages.shell import segment


def routes(of: site.Site) -> list[Route]:
    """Return ``/``."""
    return [of.get("/", _home)]


def _home(view: site.View) -> Response:
    extensions = [
        _card(f"/extensions/{segment(extension.id)}/", extension.label, extension.id)
        for extension in access.extensions_of(view.instance, view.user)
        if extension.mounts_at("standalone")
    ]
    dashboards = [
        _card(
            f"/dashboards/{segment(board.id)}",
            board.title,
            board.description or board.id,
        )
        for board in access.dashboards_of(view.instance, view.user)
    ]
    sections = [_section("Extensions", extensions), _section("Dashboards", dashboards)]
    if not extensions and not dashboards:
        sections = [_nothing(bool(view.instance.projects))]
    return view.page(
        "Home",
        el("h1", f"Hello, {view.user.first_name or view.user.display_name}"),
        el("p", view.user.about or "This is what you may open on this local Looker.", class_="lead"),
        *_complaints(view),
        *sections,
        current="/",
    )


def _complaints(view: site.View) -> list[Markup]:
    if not view.instance.is_admin(view.user):
        return []
    lines = [line for project in view.instance.projects.values() for line in project.complaints()]
    if not lines:
        return []
    return [
        el("section", el("h2", "In the LookML"), el("ul", [el("li", line) for line in lines]), class_="notice section")
    ]


def _section(heading: str, cards: list[Markup]) -> Markup:
    if not cards:
        return Markup()
    return el(
        "section", el("h2", heading), el("ul", [el("li", card) for card in cards], class_="cards"), class_="section"
    )


def _card(path: str, title: str, note: str) -> Markup:
    text = el("span", el("span", title, class_="card-title"), el("span", note, class_="sub"), class_="card-text")
    return el("a", text, href=path, class_="card")


def _nothing(has_projects: bool) -> Markup:
    if has_projects:
        message = (
            "Projects are loaded, but your roles give you no model of theirs. Switch to another user, or let an admin "
            "widen a role."
        )
        return el(
            "section",
            el("h2", "Nothing here is yours to open"),
            el("p", message, class_="lead"),
            class_="empty section",
        )
    return el(
        "section",
        el("h2", "No project yet"),
        el(
            "p",
            "Start the local Looker with the folder of any LookML project; its extensions and dashboards appear here.",
            class_="lead",
        ),
        el("pre", el("code", "lookgate looker --project path/to/lookml")),
        class_="empty section",
    )
