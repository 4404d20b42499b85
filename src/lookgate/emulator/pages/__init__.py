"""The local Looker's pages: server-rendered HTML, a little CSS and a few small scripts of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from lookgate.emulator.api.dispatch import Api
    from lookgate.emulator.instance import Instance

STATIC_FOLDER = Path(__file__).parent / "static"


def routes(instance: Instance, api: Api) -> list[BaseRoute]:
    """Return every page, their static files under ``/pages/static``, and last a page for addresses that are nobody's.

    They come after everyone else's routes.

    Args:
        instance: what the pages show.
        api: the instance's API, through which pages make changes as their user.
    """
    from starlette.routing import Mount  # noqa: PLC0415 - `pages.session` is imported by others, without the pages

    from lookgate.emulator.pages import (  # noqa: PLC0415 - likewise
        account,
        admin_attributes,
        admin_people,
        dashboards,
        explore,
        extensions,
        home,
        login,
        static_files,
    )
    from lookgate.emulator.pages.site import Site  # noqa: PLC0415 - likewise

    site = Site(instance, api)
    parts = (login, home, extensions, dashboards, explore, account, admin_people, admin_attributes)
    return [
        Mount("/pages/static", static_files.StaticFiles(directory=STATIC_FOLDER)),
        *(route for part in parts for route in part.routes(site)),
        site.rest(),
    ]
