"""Choosing a user: signing in, switching and signing out are the same small form."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lookgate.emulator.instance import Instance
from lookgate.emulator.pages import session as sessions
from lookgate.emulator.pages import shell, site
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.people.tree import User


def routes(of: site.Site) -> list[Route]:
    """Return ``/login`` and ``/logout``."""
    instance = of.instance

    def choose(request: Request) -> Response:
        with instance.lock:
            return _chooser(instance, request)

    async def sign_in(request: Request) -> Response:
        try:
            form = await sessions.read_form(request)
            sessions.check_origin(request, instance)
            before = sessions.session_of(request, instance)
            if before is not None:
                sessions.check_csrf(request, instance, before, form)
            session = sessions.start(instance, form.get("user_id", ""))
        except sessions.Refused as refused:
            return site.problem(instance, request, site.PageError(refused.status, "Not accepted", str(refused)))
        except KeyError:
            error = site.PageError(404, "No such user", "This user does not exist or is disabled. Choose another one.")
            return site.problem(instance, request, error)
        if before is not None:
            sessions.end(instance, before)
        response = site.see_other(sessions.return_to(form.get("return_to")))
        sessions.set_cookie(response, session)
        return response

    async def sign_out(request: Request) -> Response:
        try:
            form = await sessions.read_form(request)
            session = sessions.check_csrf(request, instance, sessions.session_of(request, instance), form)
        except sessions.Refused as refused:
            return site.problem(instance, request, site.PageError(refused.status, "Not accepted", str(refused)))
        sessions.end(instance, session)
        response = site.see_other("/login")
        sessions.clear_cookie(response)
        return response

    return [
        Route("/login", choose, methods=["GET"]),
        Route("/login", sign_in, methods=["POST"]),
        Route("/logout", sign_out, methods=["POST"]),
    ]


def _chooser(instance: Instance, request: Request) -> Response:
    session = sessions.session_of(request, instance)
    users = [user for user in instance.users.values() if not user.is_disabled]
    hidden = [
        el("input", type="hidden", name="return_to", value=sessions.return_to(request.query_params.get("return_to")))
    ]
    if session is not None:
        hidden.append(el("input", type="hidden", name=sessions.CSRF_FIELD, value=session.csrf))
    cards = el("ul", [el("li", _card(instance, user)) for user in users], class_="cards people")
    nobody = el("p", "This world has no users. Add [[users]] to its world file and start again.", class_="empty")
    return shell.document(
        instance,
        request,
        "Choose a user",
        (
            el("h1", "Who do you want to be?"),
            el(
                "p",
                "Choose a user and look around as them. There are no passwords: this Looker is a stand-in that runs on "
                "your own machine and answers only there. You can switch at any time in the top right corner.",
                class_="lead",
            ),
            el("form", hidden, cards, method="post", action="/login") if users else nobody,
        ),
        session,
    )


def _card(instance: Instance, user: User) -> Markup:
    roles = [el("span", instance.roles[role].name, class_="chip strong") for role in sorted(instance.role_ids_of(user))]
    names = sorted(instance.groups[group].name for group in user.group_ids if group in instance.groups)
    groups = [el("span", name, class_="chip") for name in names if name != "All Users"]
    return el(
        "button",
        shell.avatar(user),
        el(
            "span",
            el("span", user.display_name, class_="card-title"),
            el("span", user.email, class_="sub") if user.email else None,
            el("span", user.about, class_="about") if user.about else None,
            el("span", roles, groups, class_="chips") if roles or groups else None,
            class_="card-text",
        ),
        name="user_id",
        value=user.id,
        class_="card",
    )
