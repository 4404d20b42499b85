"""The user's own page: who they are, and the attributes they may see and edit."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response
from starlette.routing import Route

from lookgate.emulator.pages import parts, shell
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.pages.shell import segment
from lookgate.emulator.pages.site import PageError, Site, View, see_other
from lookgate.emulator.people.tree import UserAttribute


def routes(of: Site) -> list[Route]:
    """Return ``/account`` and the change of one's own attribute."""
    return [of.get("/account", _account), of.post("/account/attributes/{attribute_id}", _change)]


def _account(view: View) -> Response:
    visible = [attribute for attribute in view.instance.attributes.values() if attribute.user_can_view]
    roles = sorted(view.instance.roles[role].name for role in view.instance.role_ids_of(view.user))
    rows = [(_name(attribute), _value(view, attribute), _editor(view, attribute)) for attribute in visible]
    return view.page(
        "Your account",
        el(
            "div",
            shell.avatar(view.user),
            el(
                "div",
                el("h1", view.user.display_name),
                el("p", view.user.email, class_="sub") if view.user.email else None,
            ),
            class_="person",
        ),
        parts.section(
            "Where you belong",
            el("p", "Groups: ", shell.groups_text(view.instance, view.user)),
            el("p", "Roles: ", ", ".join(roles) or "none"),
        ),
        parts.section(
            "Your attributes",
            el(
                "p",
                "What Looker knows of you beyond your name. Some you may change; hidden ones nobody can read.",
                class_="lead",
            ),
            parts.table("Your attributes", ("Attribute", "Value", "Change"), rows),
        ),
        current="/account",
    )


def _name(attribute: UserAttribute) -> Markup:
    return Markup("").join([el("span", attribute.label), el("span", attribute.name, class_="sub")])


def _value(view: View, attribute: UserAttribute) -> Markup:
    found = view.instance.value_of(view.user, attribute)
    return Markup("").join([parts.masked(attribute, found.value), el("span", f"from: {found.source}", class_="sub")])


def _editor(view: View, attribute: UserAttribute) -> Markup:
    if attribute.is_system or not attribute.user_can_edit:
        return el("span", "–", class_="sub")
    return value_form(view, attribute, f"/account/attributes/{segment(attribute.id)}", f"own-{attribute.id}")


def value_form(view: View, attribute: UserAttribute, action: str, identity: str) -> Markup:
    """Return the form that sets one value; it is never filled with the value that is there."""
    return el(
        "form",
        view.csrf_field(),
        el("label", f"New value of {attribute.label}", for_=identity, class_="sr-only"),
        el(
            "input",
            id=identity,
            name="value",
            type="text",
            placeholder="New value",
            autocomplete="off",
            spellcheck="false",
        ),
        el("button", "Set", class_="button", name="do", value="set"),
        el("button", "Clear", class_="button", name="do", value="clear"),
        method="post",
        action=action,
        class_="value-form",
    )


def _change(view: View, form: Mapping[str, str]) -> Response:
    attribute = view.instance.attributes.get(view.request.path_params["attribute_id"])
    if attribute is None or attribute.is_system or not (attribute.user_can_view and attribute.user_can_edit):
        raise PageError(403, "Not yours to change", "An admin decides whether users may edit an attribute.")
    set_value(view, f"/users/{segment(view.user.id)}/attribute_values/{segment(attribute.id)}", form)
    return see_other("/account")


def set_value(view: View, path: str, form: Mapping[str, str]) -> None:
    """Set or clear one value through the API, as the form's button says."""
    if form.get("do") == "clear":
        view.call("DELETE", path)
    else:
        view.call("PATCH", path, {"value": form.get("value", "")})
