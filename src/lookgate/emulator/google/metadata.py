"""The metadata server of an instance, as far as service accounts need it.

Sources: Google, "About VM metadata", "Verify the identity of instances", AIP-4115; google-auth's clients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookgate.emulator.google.service import CLOUD_PLATFORM, Account, Google

ROOT = "/computeMetadata/v1"
FLAVOR = {"metadata-flavor": "Google", "server": "Metadata Server for VM"}
_LIVING_PART = 11 / 12
"""Of a token's life: until then the cache gives the same one again. Of an hour, all but five minutes."""


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str
    until: datetime
    """When the next one is made."""
    expires_at: datetime
    kid: str
    """The key that signed then."""


class Metadata:
    """Answers for one instance; keeps tokens as the real one does."""

    def __init__(self, google: Google) -> None:
        self._google = google
        self._kept: dict[tuple[str, ...], _Kept] = {}

    def answer(self, request: Request) -> Response:
        """Answer a GET below ``ROOT``."""
        if request.headers.get("metadata-flavor") != "Google":
            return text("Missing Metadata-Flavor:Google header.", 403)
        if "x-forwarded-for" in request.headers:
            return text("A request with X-Forwarded-For came through a proxy, and gets nothing.", 403)
        path = request.path_params["path"]
        prefix, _, rest = path.partition("instance/service-accounts/")
        if not prefix and rest:
            name, _, what = rest.partition("/")
            return self._account(name, what, request)
        values = self._values()
        return text(values[path]) if path in values else text("The requested URL was not found.", 404)

    def _values(self) -> dict[str, str]:
        world = self._google.world
        account = self._google.account(world.metadata_account)
        return {
            "": "instance/\nproject/\n",
            "project/project-id": world.project,
            "project/numeric-project-id": world.project_number,
            "instance/id": world.project_number,
            "instance/name": world.instance_name,
            "instance/zone": f"projects/{world.project_number}/zones/{world.zone}",
            "instance/region": f"projects/{world.project_number}/regions/{world.zone.rpartition('-')[0]}",
            "instance/service-accounts/": f"default/\n{account.email}/\n" if account else "",
            "universe/universe-domain": "googleapis.com",
        }

    def _account(self, name: str, what: str, request: Request) -> Response:
        google = self._google
        account = google.account(google.world.metadata_account)
        if account is None or name not in {"default", account.email}:
            return text("The requested URL was not found.", 404)
        if what == "" and request.query_params.get("recursive", "").lower() == "true":
            known = {"aliases": ["default"], "email": account.email, "scopes": [CLOUD_PLATFORM]}
            return JSONResponse(known, headers=FLAVOR)
        if what == "identity":
            return self._identity(account, request)
        if what == "token":
            return self._token(account, request)
        lines = {
            "": "aliases\nemail\nidentity\nscopes\ntoken\n",
            "aliases": "default\n",
            "email": account.email,
            "scopes": f"{CLOUD_PLATFORM}\n",
        }
        return text(lines[what]) if what in lines else text("The requested URL was not found.", 404)

    def _identity(self, account: Account, request: Request) -> Response:
        audience = request.query_params.get("audience", "")
        form = request.query_params.get("format", "standard") or "standard"
        licences = request.query_params.get("licenses", "").upper() == "TRUE"
        if not audience:
            return text("non-empty audience parameter required", 400)
        if form not in {"standard", "full"}:
            return text("format must be standard or full", 400)
        full = form == "full"
        more = {"google": self._instance(licences=licences)} if full else {}
        kept = self._keep(
            (account.email, "identity", audience, form, str(licences)),
            lambda: self._google.id_token(account, audience, email=full, more=more),
        )
        return text(kept.token)

    def _token(self, account: Account, request: Request) -> Response:
        asked = request.query_params.get("scopes", "")
        scopes = tuple(part for part in asked.split(",") if part) or (CLOUD_PLATFORM,)
        kept = self._keep((account.email, "token", *sorted(scopes)), lambda: self._google.access_token(account, scopes))
        left = int((kept.expires_at - self._google.now()).total_seconds())
        return JSONResponse({"access_token": kept.token, "expires_in": left, "token_type": "Bearer"}, headers=FLAVOR)

    def _keep(self, name: tuple[str, ...], make: Callable[[], str]) -> _Kept:
        google, now = self._google, self._google.now()
        life = timedelta(seconds=google.world.token_seconds)
        kept = self._kept.get(name)
        is_good = (
            kept is not None
            and google.world.metadata_cache
            # A clock that was set back would keep a token of the future for ever.
            and now < kept.until <= now + life
            and any(key.kid == kept.kid for key in google.keys.all)
        )
        if kept is None or not is_good:
            kept = _Kept(make(), now + life * _LIVING_PART, now + life, google.keys.current.kid)
            self._kept = {known: entry for known, entry in self._kept.items() if entry.until > now} | {name: kept}
        return kept

    def _instance(self, *, licences: bool) -> dict[str, Any]:
        world = self._google.world
        about: dict[str, Any] = {
            "project_id": world.project,
            "project_number": int(world.project_number),
            "zone": world.zone,
            "instance_id": world.project_number,
            "instance_name": world.instance_name,
            "instance_creation_timestamp": 1_700_000_000,
            "instance_confidentiality": 0,
        }
        return {"compute_engine": about | ({"license_id": ["1000204"]} if licences else {})}


def text(content: str, status: int = 200) -> Response:
    """Return an answer of the metadata server: a bare value, or a sentence."""
    kind = "application/text" if status == 200 else "text/html; charset=UTF-8"  # noqa: PLR2004 - HTTP
    return Response(content, status, headers=FLAVOR | {"content-type": kind})


def routes(google: Google) -> list[Route]:
    """Return the metadata server's routes."""
    metadata = Metadata(google)

    async def answer(request: Request) -> Response:
        return metadata.answer(request)

    async def root(request: Request) -> Response:
        # A browser is shown the way; a client that looks for a metadata server finds one.
        if "text/html" in request.headers.get("accept", ""):
            return Response(status_code=303, headers={"location": "/local"})
        return text("computeMetadata/\n")

    return [Route("/", root, methods=["GET"]), Route(ROOT + "/{path:path}", answer, methods=["GET"])]
