"""The frame of every page: head, top bar, main, and the headers that say what the page may load."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypedDict, Unpack
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from lookgate.emulator.instance import Instance, UiSession
from lookgate.emulator.pages import session as sessions
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.people.tree import User

STATIC = "/pages/static"
_ORIGIN = re.compile(r"https?://(?:\*\.)?[A-Za-z0-9.-]+(?::[0-9]{1,5})?")


class Option(TypedDict, total=False):
    """How a page differs from a plain one."""

    status: int
    """HTTP status; 200."""
    layout: str
    """``page`` (centred column), ``wide``, or ``full`` (the content fills the window)."""
    chrome: bool
    """Whether there is a top bar; True."""
    hosts_extensions: bool
    """Whether extension frames live on it: frames of the sandbox origin, and fetches anywhere for ``fetchProxy``."""
    embedded: bool
    """Whether sites of the embed domain allow-list may frame it."""
    shows_html: bool
    """Whether it shows HTML from LookML: images from elsewhere, and style attributes that the sanitiser passed."""
    scripts: tuple[str, ...]
    """Modules to load beside the page's own."""
    current: str
    """The path of the navigation entry this page belongs to."""


def document(
    instance: Instance,
    request: Request,
    title: str,
    content: Iterable[Markup],
    session: UiSession | None,
    **options: Unpack[Option],
) -> HTMLResponse:
    """Return a whole page with its security headers."""
    chrome = options.get("chrome", True)
    with instance.lock:
        user = instance.users.get(session.user_id) if session else None
        top = _top_bar(instance, request, user, session, options.get("current", "")) if chrome else None
    body = [
        el("a", "Skip to the content", href="#main", class_="skip"),
        top,
        el("main", content, id="main", class_=f"layout-{options.get('layout', 'page')}", tabindex="-1"),
    ]
    page = Markup("<!doctype html>\n") + el(
        "html", _head(title, session, options), el("body", body, class_=None if chrome else "bare"), lang="en"
    )
    return HTMLResponse(page, options.get("status", 200), headers=headers(instance, options))


def headers(instance: Instance, options: Option) -> dict[str, str]:
    """Return the headers of a page: what it may load, embed and reveal, and that it is never cached."""
    hosts, html = options.get("hosts_extensions", False), options.get("shows_html", False)
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "style-src-attr": "'unsafe-inline'" if html else "'none'",
        "img-src": "'self' data: http: https:" if html else "'self' data:",
        "font-src": "'self'",
        "connect-src": "*" if hosts else "'self'",
        "frame-src": f"'self' {instance.sandbox_url}" if hosts else "'none'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": " ".join(["'self'", *(_embedders(instance) if options.get("embedded") else ())]),
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin-allow-popups",
        "cache-control": "no-store",
    }


def _embedders(instance: Instance) -> list[str]:
    """Return the embed domain allow-list as far as its entries are origins, which cannot end the policy's directive."""
    allowed = instance.shelf("setting").get("embed_config", {}).get("domain_allowlist") or ()
    return [entry for entry in allowed if _ORIGIN.fullmatch(entry)]


def _head(title: str, session: UiSession | None, options: Option) -> Markup:
    scripts = (f"{STATIC}/menu.js", *options.get("scripts", ()))
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="csrf-token", content=session.csrf) if session else None,
        el("title", f"{title} · Local Looker"),
        el("link", rel="icon", href=f"{STATIC}/mark.svg", type="image/svg+xml"),
        [
            el("link", rel="stylesheet", href=f"{STATIC}/{name}.css")
            for name in ("tokens", "base", "shell", "parts", "data")
        ],
        [el("script", type="module", src=source) for source in scripts],
    )


def _top_bar(
    instance: Instance, request: Request, user: User | None, session: UiSession | None, current: str
) -> Markup:
    entries = [("/", "Home"), ("/explore", "Explore")] if user else []
    if user and instance.is_admin(user):
        entries.append(("/admin/users", "Admin"))
    links = [
        el("li", el("a", label, href=path, aria_current="page" if path == current else None)) for path, label in entries
    ]
    return el(
        "header",
        el(
            "a",
            el("img", src=f"{STATIC}/mark.svg", alt="", width=28, height=28),
            el("span", "Local Looker", class_="mark-name"),
            el("span", "a stand-in on this machine", class_="mark-note"),
            href="/",
            class_="mark",
        ),
        el("nav", el("ul", links), aria_label="Main") if links else None,
        _user_menu(instance, request, user, session) if user and session else None,
        class_="top",
    )


def _user_menu(instance: Instance, request: Request, user: User, session: UiSession) -> Markup:
    csrf = el("input", type="hidden", name=sessions.CSRF_FIELD, value=session.csrf)
    others = [other for other in instance.users.values() if not other.is_disabled and other.id != user.id]
    switches = [
        el("li", el("button", avatar(other), _who(instance, other), name="user_id", value=other.id, class_="menu-row"))
        for other in others
    ]
    back = sessions.return_to(here(request))
    return el(
        "details",
        el(
            "summary",
            avatar(user),
            el("span", user.display_name, class_="menu-name"),
            aria_label=f"Signed in as {user.display_name}. Switch user",
        ),
        el(
            "div",
            el("p", "You are ", el("strong", user.display_name), class_="menu-note"),
            el("a", "Your account", href="/account", class_="menu-row"),
            el(
                "form",
                csrf,
                el("input", type="hidden", name="return_to", value=back),
                el("p", "Switch to", class_="menu-note", id="switch-to") if switches else None,
                el("ul", switches, aria_labelledby="switch-to") if switches else None,
                method="post",
                action="/login",
            ),
            el("form", csrf, el("button", "Sign out", class_="menu-row quiet"), method="post", action="/logout"),
            class_="menu",
        ),
        class_="user",
        data_menu=True,
    )


def _who(instance: Instance, user: User) -> Markup:
    return el(
        "span", el("span", user.display_name), el("span", groups_text(instance, user), class_="sub"), class_="two"
    )


def here(request: Request) -> str:
    """Return the path and query of a page that was got; of anything else, the home page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return request.url.path + query if request.method == "GET" else "/"


def groups_text(instance: Instance, user: User) -> str:
    """Return the names of the groups a user is directly in."""
    named = (instance.groups[group].name for group in user.group_ids if group in instance.groups)
    return ", ".join(sorted(name for name in named if name != "All Users")) or "no group"


def avatar(user: User) -> Markup:
    """Return a user's initials on a colour of their own; decoration, the name always stands beside it."""
    initials = "".join(word[0] for word in (user.first_name, user.last_name) if word).upper() or "?"
    tone = sum(user.id.encode()) % 6
    return el("span", initials, class_=f"avatar tone-{tone}", aria_hidden="true")


def segment(value: str) -> str:
    """Return text as one segment of a path; colons stay readable."""
    return quote(value, safe=":")
