"""``/auth`` on the host of the local Looker's pages: where an app sends the browser, and where the user agrees.

RFC 6749 section 4.1 with PKCE S256. Until the client and its redirect URI are known to be right nothing is redirected:
the browser gets a page that says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lookgate.emulator.api.dispatch import Api
from lookgate.emulator.instance import Instance
from lookgate.emulator.oauth_grants import (
    SCOPE,
    OauthApp,
    apps,
    issue_code,
    known_challenge,
    may_use,
)
from lookgate.emulator.pages import session as sessions
from lookgate.emulator.pages import site
from lookgate.emulator.pages.html import el

_ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


def routes(instance: Instance, api: Api | None = None) -> list[Route]:
    """Return the routes of the pages' host."""
    pages = site.Site(instance, api or Api(instance))
    consent = pages.get("/auth", _authorize)

    async def authorize(request: Request) -> Response:
        # A strict cookie stays at home when the app's page sends the browser here; one hop from our own page brings it.
        if request.headers.get("sec-fetch-site") == "cross-site" and sessions.session_of(request, instance) is None:
            return Response(
                headers={"refresh": f"0; url=/auth?{_safe(request.url.query)}", "cache-control": "no-store"}
            )
        return await run_in_threadpool(consent.endpoint, request)

    return [
        Route("/auth", authorize, methods=["GET"]),
        pages.post("/auth", _decide),
    ]


def _authorize(view: site.View) -> Response:
    asked = _single(view.request.query_params.multi_items())
    app = _known_app(view.instance, asked)
    problem = _problem(view, app, asked)
    if problem is not None:
        return _back(asked, problem)
    if view.user.id in app.activated:
        return _grant(view, app, asked)
    return _ask(view, app, asked)


def _decide(view: site.View, form: Mapping[str, str]) -> Response:
    asked = {name: form[name] for name in _ASKED if name in form}
    app = _known_app(view.instance, asked)
    problem = _problem(view, app, asked)
    if problem is not None:
        return _back(asked, problem)
    if form.get("decision") != "allow":
        return _back(asked, {"error": "access_denied", "error_description": "The user said no."})
    app.activated.add(view.user.id)
    return _grant(view, app, asked)


def _single(pairs: list[tuple[str, str]]) -> dict[str, str]:
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise site.PageError(400, "This login request is malformed", "A parameter stands in it twice.")
    return dict(pairs)


def _known_app(instance: Instance, asked: Mapping[str, str]) -> OauthApp:
    app = apps(instance).get(asked.get("client_id", ""))
    if app is None or not app.enabled:
        detail = "No enabled app is registered under this client_id. An admin registers it as an OAuth client app."
        raise site.PageError(400, "Unknown app", detail)
    if asked.get("redirect_uri") != app.redirect_uri:
        detail = f"{app.display_name} is registered with another redirect_uri; the two must be equal to the letter."
        raise site.PageError(400, "Wrong address", detail)
    return app


def _problem(view: site.View, app: OauthApp, asked: Mapping[str, str]) -> dict[str, str] | None:
    def error(code: str, description: str) -> dict[str, str]:
        return {"error": code, "error_description": description}

    if asked.get("response_type") != "code":
        return error("unsupported_response_type", "response_type must be code.")
    if asked.get("scope", "").split() != [SCOPE]:
        return error("invalid_scope", f"scope must be {SCOPE}.")
    if asked.get("code_challenge_method") != "S256" or not known_challenge(asked.get("code_challenge", "")):
        return error("invalid_request", "code_challenge must be an S256 challenge with code_challenge_method=S256.")
    if not may_use(view.instance, app, view.user):
        return error("access_denied", "This user is not in the group that may use the app.")
    return None


def _grant(view: site.View, app: OauthApp, asked: Mapping[str, str]) -> Response:
    return _back(asked, {"code": issue_code(view.instance, app, view.user, asked["code_challenge"])})


def _back(asked: Mapping[str, str], answer: Mapping[str, str]) -> Response:
    query = dict(answer) | ({"state": asked["state"]} if "state" in asked else {})
    joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    target = asked["redirect_uri"] + joint + urlencode(query)
    return RedirectResponse(target, status_code=303, headers={"cache-control": "no-store"})


def _ask(view: site.View, app: OauthApp, asked: Mapping[str, str]) -> Response:
    host = urlsplit(app.redirect_uri)
    hidden = [el("input", type="hidden", name=name, value=asked[name]) for name in _ASKED if name in asked]
    content = el(
        "section",
        el("h1", f"{app.display_name} wants to use Looker as you"),
        el("p", app.description, class_="lead") if app.description else None,
        el("p", f"It will be able to call the Looker API with everything {view.user.display_name} may do. "),
        el("p", "You will be sent to ", el("strong", f"{host.scheme}://{host.netloc}"), "."),
        el(
            "form",
            view.csrf_field(),
            hidden,
            el("button", "Allow", type="submit", name="decision", value="allow", class_="button primary"),
            " ",
            el("button", "Deny", type="submit", name="decision", value="deny", class_="button"),
            method="post",
            action="/auth",
        ),
        class_="empty",
    )
    response = view.page(f"Allow {app.display_name}?", content)
    # Browsers hold form-action against the redirect that follows the form, too.
    policy = response.headers.get("content-security-policy", "")
    allowed = f"form-action 'self' {host.scheme}://{host.netloc}"
    response.headers["content-security-policy"] = policy.replace("form-action 'self'", allowed)
    response.headers["cache-control"] = "no-store"
    return response


def _safe(query: str) -> str:
    return quote(query, safe="%&=+-._~!*'():@/?,")
