"""What the real service has not: to switch faults, rotate keys, run jobs and make account keys."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookgate.emulator.google.faults import UnknownFault
from lookgate.emulator.google.scheduler import Scheduler
from lookgate.emulator.google.service import Google

_MAX_BODY = 65_536


class Refused(Exception):
    """A control request that makes no sense; the message says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """The control requests, as JSON."""

    def __init__(self, google: Google, scheduler: Scheduler) -> None:
        self._google = google
        self._scheduler = scheduler

    def state(self) -> dict[str, Any]:
        """Return everything worth knowing; no secret."""
        google = self._google
        return {
            "now": google.now().isoformat(timespec="seconds"),
            "issuer": google.issuer,
            "token_seconds": google.world.token_seconds,
            "accounts": [account.email for account in google.accounts.values() if not account.disabled],
            "kids": [key.kid for key in google.keys.all],
            "faults": google.faults.values,
            "jobs": self._scheduler.state(),
        }

    async def show(self, _: Request) -> Response:
        """Answer with the state."""
        return JSONResponse(self.state())

    async def faults(self, request: Request) -> Response:
        """Switch faults: all off by DELETE, some by POST of name and value."""
        if request.method == "DELETE":
            self._google.faults.clear()
        else:
            changes = await _body(request)
            if not all(isinstance(value, int | float) for value in changes.values()):
                raise Refused(400, "Each value is a number: a rate from 0 to 1, or seconds.")
            try:
                self._google.faults.set(changes)
            except UnknownFault as error:
                raise Refused(400, str(error)) from error
        return JSONResponse(self._google.faults.values)

    async def rotate(self, request: Request) -> Response:
        """Sign with a new key; the old one stays published."""
        await _body(request)
        self._google.keys.rotate()
        return JSONResponse({"kids": [key.kid for key in self._google.keys.all]})

    async def withdraw(self, request: Request) -> Response:
        """Replace every key; what they signed is worth nothing."""
        await _body(request)
        self._google.keys.withdraw()
        return JSONResponse({"kids": [key.kid for key in self._google.keys.all]})

    async def run(self, request: Request) -> Response:
        """Run a job now."""
        await _body(request)
        try:
            attempts = await self._scheduler.run_now(request.path_params["name"])
        except KeyError as error:
            raise Refused(404, f"There is no job {request.path_params['name']!r}.") from error
        return JSONResponse({"attempts": [{"retry": one.retry, "status": one.status} for one in attempts]})

    async def account_key(self, request: Request) -> Response:
        """Make a key file for a service account."""
        await _body(request)
        account = self._google.account(request.path_params["name"])
        if account is None:
            raise Refused(404, f"There is no account {request.path_params['name']!r}.")
        return JSONResponse(self._google.make_account_key(account), headers={"cache-control": "no-store"})


async def _body(request: Request) -> dict[str, Any]:
    # A page of another site can post a form without asking, but no JSON.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, "Send JSON, with Content-Type: application/json; {} will do.")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MAX_BODY:
            raise Refused(413, "The body is too long.")
    try:
        body = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "The body is no JSON object.")
    return body


async def _refuse(_: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, Refused) else 500
    return JSONResponse({"error": str(error)}, status)


EXCEPTIONS = {Refused: _refuse}


def routes(google: Google, scheduler: Scheduler) -> list[Route]:
    """Return the control's routes."""
    control = Control(google, scheduler)
    return [
        Route("/local/state", control.show, methods=["GET"]),
        Route("/local/faults", control.faults, methods=["POST", "DELETE"]),
        Route("/local/keys/rotate", control.rotate, methods=["POST"]),
        Route("/local/keys/withdraw", control.withdraw, methods=["POST"]),
        Route("/local/jobs/{name}/run", control.run, methods=["POST"]),
        Route("/local/accounts/{name}/key", control.account_key, methods=["POST"]),
    ]
