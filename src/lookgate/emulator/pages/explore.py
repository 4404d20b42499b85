"""The explore page: choose fields and filters, run, see rows and SQL, take them along as CSV or JSON.

The address spells the query as Looker's does: ``fields``, ``f[view.field]``, ``sorts`` and ``limit``. The form's own
fields (``field``, ``filter_field``, ``filter_value``) are turned into it by a redirect.
"""

from __future__ import annotations

import re
from itertools import groupby

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import Route

from lookgate.emulator import query_runner, saved_queries
from lookgate.emulator.api.route import ApiError
from lookgate.emulator.catalogue import may
from lookgate.emulator.lookml.model import Explore, Field, Model
from lookgate.emulator.lookml.scope import Scope
from lookgate.emulator.pages import access, parts, results
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.pages.shell import STATIC, segment
from lookgate.emulator.pages.site import PageError, Site, View, see_other
from lookgate.emulator.saved_queries import Parts

_FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_EMPTY_FILTERS = 1


def routes(of: Site) -> list[Route]:
    """Return ``/explore``, ``/explore/{model}/{explore}``, its downloads, and ``/x/{slug}``, a query's share URL."""
    return [
        of.get("/explore", _list),
        of.get("/explore/{model}/{explore}", _page, blocking=True),
        of.get("/explore/{model}/{explore}/download.{format}", _download, blocking=True),
        of.get("/x/{slug}", _shared),
    ]


def _list(view: View) -> Response:
    found = [(model, explore) for model, explore in access.explores_of(view.instance, view.user) if not explore.hidden]
    sections = []
    for label, group in groupby(found, lambda pair: pair[0].label):
        cards = [
            el("li", el("a", _explore_text(model, explore), href=_path(model, explore), class_="card"))
            for model, explore in group
        ]
        sections.append(parts.section(label, el("ul", cards, class_="cards")))
    empty = el(
        "section",
        el("h2", "Nothing to explore"),
        el("p", "No loaded project has an explore that your roles cover with the permission “explore”.", class_="lead"),
        class_="empty",
    )
    lead = el("p", "Ask the data a question of your own.", class_="lead")
    return view.page("Explore", el("h1", "Explore"), lead, *(sections or [empty]), current="/explore")


def _explore_text(model: Model, explore: Explore) -> Markup:
    note = explore.description or f"{model.name}::{explore.name}"
    return el(
        "span", el("span", explore.label, class_="card-title"), el("span", note, class_="sub"), class_="card-text"
    )


def _path(model: Model, explore: Explore) -> str:
    return f"/explore/{segment(model.name)}/{segment(explore.name)}"


def _explore_in(view: View) -> tuple[Model, Explore]:
    names = (view.request.path_params["model"], view.request.path_params["explore"])
    with view.instance.lock:
        for model, explore in access.explores_of(view.instance, view.user):
            if (model.name, explore.name) == names:
                return model, explore
    message = f"There is no explore {names[1]} in model {names[0]} that {view.user.display_name} may use."
    raise PageError(404, "No such explore", message)


def parts_of(model: Model, explore: Explore, given: QueryParams) -> Parts:
    """Return the query that an address spells."""
    filters = {key[2:-1]: value for key, value in given.items() if key.startswith("f[") and key.endswith("]")}
    return Parts(
        model=model.name,
        view=explore.name,
        fields=_split(given.get("fields", "")),
        filters={**filters} or None,
        sorts=_split(given.get("sorts", "")) or None,
        limit=given.get("limit") or None,
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _from_form(model: Model, explore: Explore, given: QueryParams) -> Parts:
    pairs = zip(given.getlist("filter_field"), given.getlist("filter_value"), strict=False)
    return Parts(
        model=model.name,
        view=explore.name,
        fields=given.getlist("field"),
        filters={name: value for name, value in pairs if name and value.strip()} or None,
        sorts=_split(given.get("sorts", "")) or None,
        limit=given.get("limit") or None,
    )


def _page(view: View) -> Response:
    model, explore = _explore_in(view)
    given = view.request.query_params
    if "run" in given:
        return see_other(saved_queries.explore_url(_from_form(model, explore, given)))
    query = parts_of(model, explore, given)
    with view.instance.lock:
        scope = Scope(model, explore.name, view.instance.values_of(view.user))
    fields = [field for field in scope.fields.values() if not field.hidden]
    return view.page(
        explore.label,
        parts.crumbs("/explore", "Explore"),
        el("h1", explore.label),
        el("p", explore.description, class_="lead") if explore.description else Markup(),
        el(
            "div",
            el(
                "form",
                _picker(fields, query),
                _settings(fields, query),
                method="get",
                class_="ask",
                action=_path(model, explore),
            ),
            el("section", _results(view, model, explore, query), aria_label="Results", class_="answer"),
            class_="explore",
        ),
        layout="wide",
        shows_html=True,
        scripts=(f"{STATIC}/explore.js",),
        current="/explore",
    )


def _picker(fields: list[Field], query: Parts) -> Markup:
    chosen = set(query.fields or ())
    pickable = [field for field in fields if field.category in ("dimension", "measure")]
    labels = dict.fromkeys(field.view_label for field in pickable)
    groups: list[Markup] = []
    for label in labels:
        own = [field for field in pickable if field.view_label == label]
        own.sort(key=lambda field: (field.category == "measure", field.label_short.lower()))
        items = [el("li", _checkbox(field, checked=field.name in chosen)) for field in own]
        is_open = any(field.name in chosen for field in own) if chosen else not groups
        groups.append(el("details", el("summary", label), el("ul", items), open=is_open))
    search = el(
        "input",
        type="search",
        id="find-field",
        placeholder="Find a field",
        autocomplete="off",
        data_find=True,
        hidden=True,
    )
    return el(
        "fieldset",
        el("legend", "Fields"),
        el("label", "Find a field", for_="find-field", class_="sr-only"),
        search,
        el("div", groups, class_="groups"),
        class_="picker",
    )


def _checkbox(field: Field, *, checked: bool) -> Markup:
    kind = el("span", "measure", class_="chip strong") if field.category == "measure" else None
    box = el("input", type="checkbox", name="field", value=field.name, checked=checked)
    return el("label", box, el("span", field.label_short, title=field.description or field.name), kind, class_="pick")


def _settings(fields: list[Field], query: Parts) -> Markup:
    options = [("", "no filter"), *((field.name, f"{field.view_label}: {field.label_short}") for field in fields)]
    known = {name for name, _ in options}
    given = [(name, str(value)) for name, value in (query.filters or {}).items()]
    rows = []
    for number, (name, value) in enumerate([*given, *[("", "")] * _EMPTY_FILTERS]):
        choices = options if name in known else [*options, (name, name)]
        rows.append(
            el(
                "div",
                el("label", f"Field of filter {number + 1}", for_=f"filter-field-{number}", class_="sr-only"),
                parts.select(f"filter-field-{number}", "filter_field", choices, name),
                el("label", f"Value of filter {number + 1}", for_=f"filter-value-{number}", class_="sr-only"),
                el(
                    "input",
                    id=f"filter-value-{number}",
                    name="filter_value",
                    value=value,
                    type="text",
                    placeholder="any value",
                ),
                class_="filter-row",
            )
        )
    limit = el("input", id="limit", name="limit", value=query.limit or "500", type="text", inputmode="numeric")
    sorts = el(
        "input", id="sorts", name="sorts", value=",".join(query.sorts or ()), type="text", placeholder="view.field desc"
    )
    return el(
        "div",
        el("fieldset", el("legend", "Filters"), rows),
        el("div", parts.field("Sort by", "sorts", sorts), parts.field("Row limit", "limit", limit), class_="row"),
        el("button", "Run", class_="primary", name="run", value="1"),
        class_="settings",
    )


def _results(view: View, model: Model, explore: Explore, query: Parts) -> Markup:
    if not query.fields:
        hint = "Choose one or more fields, then Run. Each field becomes a column; measures are computed for each row."
        return el("div", el("h2", "What do you want to know?"), el("p", hint, class_="lead"), class_="empty")
    try:
        answer = results.ask(view, query)
    except results.QueryFailed as failed:
        return el("div", el("strong", "The query failed"), el("p", str(failed)), class_="notice bad", role="alert")
    count = len(answer.rows)
    sql = results.sql_of(view, query)
    links = [
        el("a", name.upper(), href=_download_path(model, explore, query, name), class_="button small", download=True)
        for name in _FORMATS
        if _may_download(view, model)
    ]
    return el(
        "div",
        el(
            "div",
            el("h2", f"{count} row{'' if count == 1 else 's'}"),
            el("div", links, class_="actions"),
            class_="head",
        ),
        results.table(f"Results of {explore.label}", answer),
        el("details", el("summary", "SQL"), el("pre", el("code", sql)), class_="sql") if sql else None,
        class_="results",
    )


def _may_download(view: View, model: Model) -> bool:
    wanted = ("download_with_limit", "download_without_limit")
    with view.instance.lock:
        return any(may(view.instance, view.user, permission, model.name) for permission in wanted)


def _download_path(model: Model, explore: Explore, query: Parts, name: str) -> str:
    spelled = saved_queries.explore_url(query).partition("?")[2]
    return f"{_path(model, explore)}/download.{name}?{spelled}"


def _download(view: View) -> Response:
    model, explore = _explore_in(view)
    kind = view.request.path_params["format"]
    if kind not in _FORMATS:
        raise PageError(404, "No such format", f"Results can be taken along as {' or '.join(_FORMATS)}.")
    if not _may_download(view, model):
        raise PageError(403, "No downloads for you", "Your roles lack download_with_limit on this model.")
    try:
        body = query_runner.run(view.instance, view.user, parts_of(model, explore, view.request.query_params), kind)
    except (ApiError, query_runner.Denied, query_runner.Failed) as error:
        raise PageError(400, "The query failed", str(error)) from error
    name = re.sub(r"[^A-Za-z0-9_-]", "_", f"{model.name}_{explore.name}")
    headers = {
        "content-disposition": f'attachment; filename="{name}.{kind}"',
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return Response(body, headers=headers, media_type=_FORMATS[kind])


def _shared(view: View) -> Response:
    saved = saved_queries.by_slug(view.instance, view.request.path_params["slug"])
    if saved is None or not may(view.instance, view.user, None, saved.parts.model):
        raise PageError(404, "No such query", "This link belongs to no query that you may see.")
    return see_other(saved_queries.explore_url(saved.parts))
