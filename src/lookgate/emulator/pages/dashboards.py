"""LookML dashboards: filters from the address, tiles that load one by one."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from lookgate.emulator.lookml.dashboards import Dashboard, DashboardElement, DashboardFilter
from lookgate.emulator.pages import access, parts, shell, tiles
from lookgate.emulator.pages.extensions import HOST_SCRIPT
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.pages.shell import STATIC, segment
from lookgate.emulator.pages.site import PageError, Site, View

WIDTH, HEIGHT = "tile_width", "tile_height"
"""Pixels that the browser has for a tile."""
_COLUMNS = 24


def routes(of: Site) -> list[Route]:
    """Return ``/dashboards/{id}``, the same for embedding in other pages, and the tiles, which the page fetches."""
    return [
        of.get("/dashboards/{board_id}", _page, blocking=True),
        of.get("/embed/dashboards/{board_id}", _embedded, blocking=True),
        of.get("/dashboards/{board_id}/tiles/{index:int}", _tile, blocking=True),
    ]


def _page(view: View) -> Response:
    return _show(view, embedded=False)


def _embedded(view: View) -> Response:
    return _show(view, embedded=True)


def _show(view: View, *, embedded: bool) -> Response:
    board = _board_in(view)
    filters = filters_in(board, view.request.query_params)
    hosts = any(tiles.extension_of(element) for element in board.elements)
    placed = [_article(board, index, element, filters) for index, element in enumerate(board.elements)]
    return view.page(
        board.title,
        el(
            "div",
            el("div", el("h1", board.title), el("p", board.description, class_="lead") if board.description else None),
            class_="head",
        ),
        _filter_bar(board, filters) if board.filters else Markup(),
        el("div", placed, class_="tiles") if placed else el("p", "This dashboard has no tiles yet.", class_="empty"),
        el(
            "noscript",
            el("p", "Tiles load by themselves with JavaScript on; each one's link shows it alone.", class_="notice"),
        ),
        layout="wide",
        shows_html=True,
        chrome=not embedded,
        embedded=embedded,
        hosts_extensions=hosts,
        scripts=(f"{STATIC}/tiles.js", *((HOST_SCRIPT,) if hosts else ())),
    )


def _tile(view: View) -> Response:
    board = _board_in(view)
    index = int(view.request.path_params["index"])
    if index >= len(board.elements):
        raise PageError(404, "No such tile", "The dashboard has changed. Reload it.")
    given = view.request.query_params
    size = (_pixels(given.get(WIDTH), 640), _pixels(given.get(HEIGHT), 320))
    fragment = tiles.content(view, board, board.elements[index], filters_in(board, given), size)
    return HTMLResponse(fragment, headers=shell.headers(view.instance, {"shows_html": True}))


def filters_in(board: Dashboard, given: QueryParams) -> dict[str, str]:
    """Return the dashboard's filters: what the address says, else their defaults; an empty one filters nothing."""
    return {each.name: given.get(each.name, each.default_value or "") for each in board.filters}


def _board_in(view: View) -> Dashboard:
    identity = view.request.path_params["board_id"]
    with view.instance.lock:
        for board in access.dashboards_of(view.instance, view.user):
            if board.id == identity:
                return board
    message = f"There is no dashboard {identity} that {view.user.display_name} may open. Its id is model::name."
    raise PageError(404, "No such dashboard", message)


def _filter_bar(board: Dashboard, filters: dict[str, str]) -> Markup:
    controls = [
        parts.field(each.title, f"filter-{number}", _control(each, f"filter-{number}", filters[each.name]))
        for number, each in enumerate(board.filters)
    ]
    return el(
        "form",
        controls,
        el(
            "div",
            el("button", "Apply", class_="primary"),
            el("a", "Reset", href="?", class_="button"),
            class_="actions",
        ),
        method="get",
        class_="row filters",
        aria_label="Filters",
    )


def _control(each: DashboardFilter, identity: str, value: str) -> Markup:
    config = each.raw.get("ui_config")
    options = config.get("options") if isinstance(config, dict) else None
    if isinstance(options, list) and options:
        choices = [("", "any value"), *((str(option), str(option)) for option in options)]
        if value not in dict(choices):
            choices.append((value, value))
        return parts.select(identity, each.name, choices, value)
    return el(
        "input", id=identity, name=each.name, value=value, type="text", placeholder="any value", autocomplete="off"
    )


def _article(board: Dashboard, index: int, element: DashboardElement, filters: dict[str, str]) -> Markup:
    name = element.title or ("" if tiles.is_at_once(element) else element.name)
    if tiles.is_at_once(element):
        body = tiles.text(element) if element.type == "text" else tiles.extension(board, element, filters)
    else:
        path = f"/dashboards/{segment(board.id)}/tiles/{index}?{urlencode(filters)}"
        skeleton = [el("span", class_="bone") for _ in range(3)]
        alone = el("noscript", el("a", "Show this tile", href=path))
        body = el("div", skeleton, alone, data_tile=path, aria_busy="true", aria_label=f"Loading {name}")
    column, width = element.col or 0, element.width or (_COLUMNS if element.type == "text" else 12)
    width = min(max(width, 1), _COLUMNS)
    place = {"w": width, "h": min(max(element.height or 6, 1), 60)}
    if element.row is not None and element.col is not None:
        place |= {"x": min(max(column, 0), _COLUMNS - width) + 1, "y": min(max(element.row, 0), 2000) + 1}
    return el(
        "article",
        el("h2", name, class_="tile-title") if name else None,
        el("div", body, class_="tile-body"),
        class_=f"tile {'placed' if 'x' in place else ''} {'bare-tile' if element.type == 'text' else ''}".strip(),
        style="; ".join(f"--{key}: {value}" for key, value in place.items()),
    )


def _pixels(value: str | None, otherwise: int) -> int:
    known = value is not None and value.isascii() and value.isdigit() and len(value) < 6  # noqa: PLR2004 - no huge texts
    return min(max(int(value or "0"), 160), 4000) if known else otherwise
