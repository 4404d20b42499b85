"""Admin: user attributes, their definition and their values above and at the user level."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response
from starlette.routing import Route

from lookgate.emulator.pages import parts
from lookgate.emulator.pages.account import set_value, value_form
from lookgate.emulator.pages.admin_people import admin_page
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.pages.shell import segment
from lookgate.emulator.pages.site import PageError, Site, View, see_other
from lookgate.emulator.people.tree import UserAttribute


def routes(of: Site) -> list[Route]:
    """Return the pages about user attributes; all are for admins only."""
    one = "/admin/user_attributes/{attribute_id}"
    return [
        of.get("/admin/user_attributes", _list, admin=True),
        of.get(one, _one, admin=True),
        of.post(f"{one}/default", _set_default, admin=True),
        of.post(f"{one}/groups", _set_group, admin=True),
    ]


def _list(view: View) -> Response:
    rows = [
        (
            Markup("").join(
                [
                    el("a", attribute.label, href=_path(attribute)),
                    el("span", attribute.name, class_="sub"),
                ]
            ),
            attribute.type,
            parts.masked(attribute, attribute.default_value),
            parts.chips(_traits(attribute)),
        )
        for attribute in view.instance.attributes.values()
    ]
    table = parts.table("User attributes", ("Attribute", "Type", "Default", "Kind"), rows)
    lead = "Values that differ from user to user. Extensions use them as settings and, when hidden, as secrets."
    return admin_page(view, "User attributes", lead, table, tab="/admin/user_attributes")


def _one(view: View) -> Response:
    attribute = _attribute_in(view)
    definition = (
        ("Name", el("code", attribute.name)),
        ("Type", attribute.type),
        ("Hidden", "yes: the value is never shown" if attribute.value_is_hidden else "no"),
        (
            "Where Looker may send it",
            attribute.hidden_value_domain_whitelist or ("nowhere" if attribute.value_is_hidden else "–"),
        ),
        ("Users may see it", "yes" if attribute.user_can_view else "no"),
        ("Users may edit it", "yes" if attribute.user_can_edit else "no"),
    )
    facts = el("dl", [(el("dt", name), el("dd", value)) for name, value in definition], class_="facts")
    editors = (
        el("p", "A system attribute: its values come from the users themselves.", class_="notice section")
        if attribute.is_system
        else Markup("").join([_default(view, attribute), _groups(view, attribute)])
    )
    return view.page(
        attribute.label,
        parts.crumbs("/admin/user_attributes", "User attributes"),
        el("h1", attribute.label),
        facts,
        editors,
        _users(view, attribute),
        current="/admin/users",
    )


def _default(view: View, attribute: UserAttribute) -> Markup:
    return parts.section(
        "Default",
        el("p", "Now: ", parts.masked(attribute, attribute.default_value)),
        value_form(view, attribute, f"{_path(attribute)}/default", "default-value"),
    )


def _groups(view: View, attribute: UserAttribute) -> Markup:
    named = {group.id: group.name for group in view.instance.groups.values()}
    rows = [
        (named.get(group, f"group {group}"), str(rank), parts.masked(attribute, value))
        for rank, (group, value) in enumerate(attribute.group_values)
    ]
    table = parts.table("Group values", ("Group", "Rank", "Value"), rows) if rows else el("p", "No group has a value.")
    form = el(
        "form",
        view.csrf_field(),
        el("label", "Group", for_="group", class_="sr-only"),
        parts.select("group", "group_id", named.items()),
        el("label", "New value for the group", for_="group-value", class_="sr-only"),
        el(
            "input",
            id="group-value",
            name="value",
            type="text",
            placeholder="New value",
            autocomplete="off",
            spellcheck="false",
        ),
        el("button", "Set", class_="button", name="do", value="set"),
        el("button", "Clear", class_="button", name="do", value="clear"),
        method="post",
        action=f"{_path(attribute)}/groups",
        class_="value-form",
    )
    note = el("p", "Of a user's groups the first one in this list counts.", class_="lead")
    return parts.section("Group values", note, table, form if named else None)


def _users(view: View, attribute: UserAttribute) -> Markup:
    rows = []
    for user in view.instance.users.values():
        found = view.instance.value_of(user, attribute)
        link = el("a", user.display_name, href=f"/admin/users/{segment(user.id)}")
        rows.append((link, parts.masked(attribute, found.value), found.source))
    return parts.section("What each user gets", parts.table("What each user gets", ("User", "Value", "Source"), rows))


def _set_default(view: View, form: Mapping[str, str]) -> Response:
    attribute = _attribute_in(view)
    value = None if form.get("do") == "clear" else form.get("value", "")
    view.call("PATCH", f"/user_attributes/{segment(attribute.id)}", {"default_value": value})
    return see_other(_path(attribute))


def _set_group(view: View, form: Mapping[str, str]) -> Response:
    attribute = _attribute_in(view)
    group = segment(form.get("group_id", ""))
    set_value(view, f"/groups/{group}/attribute_values/{segment(attribute.id)}", form)
    return see_other(_path(attribute))


def _attribute_in(view: View) -> UserAttribute:
    attribute = view.instance.attributes.get(view.request.path_params["attribute_id"])
    if attribute is None:
        raise PageError(
            404, "No such user attribute", "There is no attribute with this id. Open the list of attributes."
        )
    return attribute


def _path(attribute: UserAttribute) -> str:
    return f"/admin/user_attributes/{segment(attribute.id)}"


def _traits(attribute: UserAttribute) -> list[str]:
    traits = {"hidden": attribute.value_is_hidden, "system": attribute.is_system, "users edit": attribute.user_can_edit}
    return [name for name, on in traits.items() if on]
