"""The page an extension fills: a placeholder for the extension host, which puts the frame there."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from lookgate.emulator.host.application import Refusal, extension_for
from lookgate.emulator.pages.html import el
from lookgate.emulator.pages.site import PageError, Site, View

HOST_SCRIPT = "/host/static/host.js"


def routes(of: Site) -> list[Route]:
    """Return ``/extensions/{project}::{application}/…``; ``/spartan/…`` and ``/embed/extensions/…`` have no top bar."""
    return [
        of.get("/extensions/{extension}", _standalone),
        of.get("/extensions/{extension}/{route:path}", _standalone),
        of.get("/embed/extensions/{extension}", _embedded),
        of.get("/embed/extensions/{extension}/{route:path}", _embedded),
        of.get("/spartan/{extension}", _spartan),
        of.get("/spartan/{extension}/{route:path}", _spartan),
    ]


def _standalone(view: View) -> Response:
    return _page(view, "standard")


def _spartan(view: View) -> Response:
    return _page(view, "spartan")


def _embedded(view: View) -> Response:
    return _page(view, "embed")


def _page(view: View, host_type: str) -> Response:
    extension = view.request.path_params["extension"]
    try:
        application = extension_for(view.instance, view.user, extension)
    except Refusal as refusal:
        raise PageError(refusal.status, "No such extension", str(refusal)) from refusal
    if not application.mounts_at("standalone"):
        raise PageError(404, "This extension lives in dashboards", "Its manifest gives it no standalone mount point.")
    frame = el(
        "div",
        el("p", el("span", f"Loading {application.label}…"), class_="loading", role="status"),
        data_extension=extension,
        data_mount="standalone",
        data_host_type=host_type,
        class_="extension",
    )
    noscript = el(
        "noscript", el("p", "Extensions are programs: switch JavaScript on to run them.", class_="notice warn")
    )
    heading = el("h1", application.label, class_="sr-only")
    return view.page(
        application.label,
        heading,
        noscript,
        frame,
        layout="full",
        chrome=host_type == "standard",
        embedded=host_type == "embed",
        hosts_extensions=True,
        scripts=(HOST_SCRIPT,),
    )
