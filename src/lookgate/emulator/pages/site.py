"""What every page has in common: who looks, what it may load, and how it says no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Unpack
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from lookgate.emulator.api.dispatch import Answer, Api
from lookgate.emulator.instance import Instance, UiSession
from lookgate.emulator.pages import session as sessions
from lookgate.emulator.pages import shell
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.people.tree import User


class PageError(Exception):
    """A page that says no: shown with its status, a heading, what happened and what to do."""

    def __init__(self, status: int, heading: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.heading = heading
        self.message = message


@dataclass(frozen=True, slots=True)
class View:
    """One request of a signed-in user for a page."""

    instance: Instance
    api: Api
    request: Request
    session: UiSession
    user: User

    @property
    def is_admin(self) -> bool:
        """Whether the user is an admin."""
        return self.instance.is_admin(self.user)

    def csrf_field(self) -> Markup:
        """Return the hidden field that every form carries."""
        return el("input", type="hidden", name=sessions.CSRF_FIELD, value=self.session.csrf)

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Call the API as the user, with a token that lives only for this call: pages may do what their user may.

        Raises:
            PageError: the API refused; its status, and its message as the user should read it.
        """
        with self.instance.lock:
            token = self.instance.issue_token(self.user.id)
        try:
            answer = self.api.handle(method, path, body=body, token=token)
        finally:
            with self.instance.lock:
                self.instance.tokens.pop(token, None)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            said = answer.value if isinstance(answer.value, dict) else {}
            details = [str(error.get("message", "")) for error in said.get("errors", ())]
            raise PageError(answer.status, "Looker refused", " ".join([str(said.get("message", "")), *details]).strip())
        return answer

    def page(self, title: str, *content: Markup, **options: Unpack[shell.Option]) -> HTMLResponse:
        """Return a whole page around ``content``; see ``shell.document`` for the options."""
        return shell.document(self.instance, self.request, title, content, self.session, **options)


Handler = Callable[[View], Response]
FormHandler = Callable[[View, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one instance."""

    instance: Instance
    api: Api

    def get(self, path: str, handler: Handler, *, admin: bool = False, blocking: bool = False) -> Route:
        """Declare a page for signed-in users; ``blocking`` ones run queries and so outside the instance's lock."""

        def answer(request: Request) -> Response:
            found = self._view(request, admin=admin)
            if isinstance(found, Response):
                return found
            try:
                with nullcontext() if blocking else self.instance.lock:
                    return handler(found)
            except PageError as error:
                return problem(self.instance, request, error)

        return Route(path, answer, methods=["GET"])

    def post(self, path: str, handler: FormHandler, *, admin: bool = False) -> Route:
        """Declare a change by form: Origin, CSRF token, user and, for ``admin``, their role are checked first."""

        async def answer(request: Request) -> Response:
            try:
                form = await sessions.read_form(request)
                sessions.check_csrf(request, self.instance, sessions.session_of(request, self.instance), form)
            except sessions.Refused as refused:
                return problem(self.instance, request, PageError(refused.status, "Not accepted", str(refused)))
            return await run_in_threadpool(change, request, form)

        def change(request: Request, form: Mapping[str, str]) -> Response:
            found = self._view(request, admin=admin)
            if isinstance(found, Response):
                return found
            try:
                with self.instance.lock:
                    return handler(found, form)
            except PageError as error:
                return problem(self.instance, request, error)

        return Route(path, answer, methods=["POST"])

    def rest(self) -> Route:
        """Declare the page for every address that is nobody's, whatever the method; it goes last."""

        def answer(request: Request) -> Response:
            message = "Nothing lives at this address. Check it, or start from the home page."
            return problem(self.instance, request, PageError(404, "No such page", message))

        return Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])

    def _view(self, request: Request, *, admin: bool) -> View | Response:
        with self.instance.lock:
            return self._view_locked(request, admin=admin)

    def _view_locked(self, request: Request, *, admin: bool) -> View | Response:
        session = sessions.session_of(request, self.instance)
        if session is None:
            here = sessions.return_to(shell.here(request))
            return see_other("/login" if here == "/" else f"/login?return_to={quote(here, safe='')}")
        view = View(self.instance, self.api, request, session, self.instance.users[session.user_id])
        if admin and not view.is_admin:
            message = f"{view.user.display_name} has no Admin role. Switch to an admin in the menu at the top right."
            return problem(self.instance, request, PageError(403, "Only admins see this page", message))
        return view


def see_other(path: str) -> RedirectResponse:
    """Send the browser on after a change."""
    return RedirectResponse(path, status_code=303)


def problem(instance: Instance, request: Request, error: PageError) -> HTMLResponse:
    """Return the page that says no."""
    content = el(
        "section",
        el("p", str(error.status), class_="code", aria_hidden="true"),
        el("h1", error.heading),
        el("p", error.message, class_="lead"),
        el("p", el("a", "Go to the home page", href="/", class_="button")),
        class_="empty",
    )
    session = sessions.session_of(request, instance)
    return shell.document(instance, request, error.heading, (content,), session, status=error.status)
