"""Admin: users, groups, roles and API credentials."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response
from starlette.routing import Route

from lookgate.emulator.instance import Instance
from lookgate.emulator.pages import account, parts, shell
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.pages.shell import segment
from lookgate.emulator.pages.site import PageError, Site, View, see_other
from lookgate.emulator.people.tree import Api3Key, Group, Role, User

TABS = (
    ("/admin/users", "Users"),
    ("/admin/groups", "Groups"),
    ("/admin/roles", "Roles"),
    ("/admin/user_attributes", "User attributes"),
    ("/admin/api", "API credentials"),
)


def routes(of: Site) -> list[Route]:
    """Return the pages about people; all are for admins only."""
    return [
        of.get("/admin/users", _users, admin=True),
        of.get("/admin/users/{user_id}", _user, admin=True),
        of.post("/admin/users/{user_id}/attributes/{attribute_id}", _set_user_value, admin=True),
        of.get("/admin/groups", _groups, admin=True),
        of.get("/admin/roles", _roles, admin=True),
        of.get("/admin/api", _api, admin=True),
    ]


def admin_page(view: View, title: str, lead: str, *content: Markup, tab: str) -> Response:
    """Return an admin page under its tabs."""
    links = [el("a", label, href=path, aria_current="page" if path == tab else None) for path, label in TABS]
    return view.page(
        title,
        el("h1", title),
        el("p", lead, class_="lead"),
        el("nav", links, class_="tabs", aria_label="Admin"),
        el("div", content, class_="under-tabs"),
        current="/admin/users",
    )


def user_in(view: View) -> User:
    """Return the user the path names, or a 404 page."""
    user = view.instance.users.get(view.request.path_params["user_id"])
    if user is None:
        raise PageError(404, "No such user", "There is no user with this id. Open the list of users.")
    return user


def _users(view: View) -> Response:
    rows = [
        (
            el("a", user.display_name, href=f"/admin/users/{segment(user.id)}"),
            user.email or "–",
            shell.groups_text(view.instance, user),
            ", ".join(_role_names(view.instance, view.instance.role_ids_of(user))) or "no role",
            el("span", "disabled", class_="chip warn") if user.is_disabled else "active",
        )
        for user in view.instance.users.values()
    ]
    table = parts.table("Users", ("Name", "Email", "Groups", "Roles", "State"), rows)
    return admin_page(view, "Users", "Everyone this Looker knows.", table, tab="/admin/users")


def _user(view: View) -> Response:
    user = user_in(view)
    groups = [
        view.instance.groups[group].name for group in view.instance.group_ids_of(user) if group in view.instance.groups
    ]
    rows = []
    for attribute in view.instance.attributes.values():
        found = view.instance.value_of(user, attribute)
        path = f"/admin/users/{segment(user.id)}/attributes/{segment(attribute.id)}"
        form = None if attribute.is_system else account.value_form(view, attribute, path, f"value-{attribute.id}")
        name = el("a", attribute.label, href=f"/admin/user_attributes/{segment(attribute.id)}")
        label = Markup("").join([name, el("span", attribute.name, class_="sub")])
        rows.append(
            (
                label,
                parts.masked(attribute, found.value),
                found.source,
                form or el("span", "from the user", class_="sub"),
            )
        )
    return view.page(
        user.display_name,
        parts.crumbs("/admin/users", "Users"),
        el(
            "div",
            shell.avatar(user),
            el("div", el("h1", user.display_name), el("p", f"{user.email or 'no email'} · id {user.id}", class_="sub")),
            class_="person",
        ),
        el("p", user.about, class_="lead") if user.about else Markup(),
        parts.section("Groups", parts.chips(sorted(groups))),
        parts.section("Roles", parts.chips(_role_names(view.instance, view.instance.role_ids_of(user)), "chip strong")),
        parts.section(
            "Attributes",
            el("p", "The value that counts: the user's own before a group's before the default.", class_="lead"),
            parts.table("Attributes", ("Attribute", "Value", "Source", "Own value"), rows),
        ),
        current="/admin/users",
    )


def _set_user_value(view: View, form: Mapping[str, str]) -> Response:
    user = user_in(view)
    attribute = segment(view.request.path_params["attribute_id"])
    account.set_value(view, f"/users/{segment(user.id)}/attribute_values/{attribute}", form)
    return see_other(f"/admin/users/{segment(user.id)}")


def _groups(view: View) -> Response:
    def members(group: Group) -> list[str]:
        found = (user for user in view.instance.users.values() if group.id in view.instance.group_ids_of(user))
        return sorted(user.display_name for user in found)

    rows = [
        (
            group.name,
            ", ".join(members(group)) or "nobody",
            ", ".join(
                sorted(view.instance.groups[child].name for child in group.child_ids if child in view.instance.groups)
            )
            or "–",
            ", ".join(_role_names(view.instance, group.role_ids)) or "–",
        )
        for group in view.instance.groups.values()
    ]
    table = parts.table("Groups", ("Group", "Members", "Groups inside", "Roles"), rows)
    return admin_page(
        view, "Groups", "Who is together with whom; members of an inner group are members.", table, tab="/admin/groups"
    )


def _roles(view: View) -> Response:
    rows = [
        (role.name, _permissions(view.instance, role), _models(view.instance, role))
        for role in view.instance.roles.values()
    ]
    table = parts.table("Roles", ("Role", "Permissions", "Models"), rows)
    return admin_page(view, "Roles", "A role is a set of permissions on a set of models.", table, tab="/admin/roles")


def _permissions(instance: Instance, role: Role) -> Markup:
    granted = instance.permission_sets[role.permission_set_id]
    names = parts.chips(["everything"] if granted.all_access else sorted(granted.permissions))
    return Markup("").join([el("span", granted.name, class_="sub"), names])


def _models(instance: Instance, role: Role) -> Markup:
    models = instance.model_sets[role.model_set_id]
    return parts.chips(["every model"] if models.all_access else sorted(models.models))


def _role_names(instance: Instance, role_ids: set[str]) -> list[str]:
    return sorted(instance.roles[role].name for role in role_ids if role in instance.roles)


def _api(view: View) -> Response:
    keys = [(user, key) for user in view.instance.users.values() for key in user.api3]
    rows = [(user.display_name, el("code", key.client_id), _secret(key)) for user, key in keys]
    table = parts.table("API credentials", ("User", "Client id", "Client secret"), rows)
    example = el(
        "pre",
        el(
            "code",
            f"LOOKERSDK_BASE_URL={view.instance.base_url}\nLOOKERSDK_CLIENT_ID=…\nLOOKERSDK_CLIENT_SECRET=…",
        ),
    )
    return admin_page(
        view,
        "API credentials",
        "What Looker's SDKs sign in with. They work on this machine only, and change with each start.",
        table,
        parts.section("In the environment", example),
        tab="/admin/api",
    )


def _secret(key: Api3Key) -> Markup:
    if key.is_disabled:
        return el("span", "disabled", class_="chip warn")
    return el("details", el("summary", "Reveal"), el("code", key.client_secret), class_="reveal")
