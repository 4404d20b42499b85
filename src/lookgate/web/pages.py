"""The pages beside the actions: health, readiness, metrics, OpenAPI and docs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import msgspec

from lookgate.core.policy import Deny, Request, has_scope
from lookgate.errors import Denied, Unauthenticated
from lookgate.web import cors
from lookgate.web.admission import Admission
from lookgate.web.asgi import Receive
from lookgate.web.exchange import Exchange
from lookgate.web.metrics import Metrics
from lookgate.web.page import Answer, Page
from lookgate.web.readiness import Readiness

if TYPE_CHECKING:
    from lookgate.compose import Gateway
    from lookgate.compose_sync import Renewals

_READ = ("GET", "HEAD")
Protected = Literal["docs", "metrics"]


class Pages:
    """Answers everything that is not an action."""

    def __init__(
        self,
        gateway: Gateway,
        admission: Admission,
        metrics: Metrics,
        readiness: Readiness,
        renewals: Renewals | None = None,
    ) -> None:
        self._gateway = gateway
        self._renewals = renewals
        self._admission = admission
        self._metrics = metrics
        self._readiness = readiness
        self._openapi: bytes | None = None
        self._docs: tuple[bytes, str] | None = None

    def listed(self) -> list[Page]:
        """Return the routes."""
        return [
            Page("/healthz", _READ, self.healthz),
            Page("/readyz", _READ, self.readyz),
            Page("/openapi.json", _READ, self.openapi),
            Page("/docs", _READ, self.docs),
            Page("/metrics", _READ, self.metrics),
        ]

    async def healthz(self, exchange: Exchange, receive: Receive) -> Answer:  # noqa: ARG002 - a Page
        """The process is alive; nothing else is looked at."""
        return Answer(b'{"status":"alive"}')

    async def readyz(self, exchange: Exchange, receive: Receive) -> Answer:  # noqa: ARG002 - a Page
        """Everything needed answers, or which part does not; never why, because anyone may ask."""
        missing = await self._readiness.missing()
        body = msgspec.json.encode({"status": "not ready" if missing else "ready", "missing": missing})
        if not missing:
            return Answer(body)
        return Answer(body, status=503, headers=((b"retry-after", b"5"),))

    async def openapi(self, exchange: Exchange, receive: Receive) -> Answer:  # noqa: ARG002 - a Page
        await self._admit(exchange, "docs")
        if self._openapi is None:
            from lookgate.web.openapi import openapi  # noqa: PLC0415 - built when first asked for

            self._openapi = openapi(self._gateway.actions)
        return Answer(self._openapi)

    async def docs(self, exchange: Exchange, receive: Receive) -> Answer:  # noqa: ARG002 - a Page
        await self._admit(exchange, "docs")
        if self._docs is None:
            from lookgate.web.docs_page import docs_page  # noqa: PLC0415 - built when first asked for

            self._docs = docs_page(self._gateway.actions, self._gateway.settings.handle.attribute)
        body, policy = self._docs
        return Answer(body, b"text/html; charset=utf-8", headers=((b"content-security-policy", policy.encode()),))

    async def metrics(self, exchange: Exchange, receive: Receive) -> Answer:  # noqa: ARG002 - a Page
        await self._admit(exchange, "metrics")
        from lookgate.web.exposition import MEDIA_TYPE, exposition  # noqa: PLC0415 - prometheus_client is slow to import

        if self._renewals is None:
            return Answer(exposition(self._metrics), MEDIA_TYPE.encode())
        from lookgate.web.run_metrics import RunMetrics, known_of  # noqa: PLC0415 - only what is set up is imported

        known = await asyncio.to_thread(known_of, self._renewals)
        return Answer(exposition(self._metrics, RunMetrics(self._renewals.runs, known)), MEDIA_TYPE.encode())

    async def _admit(self, exchange: Exchange, page: Protected) -> None:
        """Let the caller read a page that is public by setting, or for credentials with the page's scope."""
        if page in self._gateway.settings.web.public_pages:
            return
        event = exchange.event
        event.action, exchange.is_audited = f"GET {exchange.route}", True
        cors.refuse_foreign_reader(cors.origin_of(exchange.headers), self._gateway.settings.web.origins)
        principal = await self._admission.admit(exchange)
        decision = has_scope(page).check(principal, Request(event.action, event.request_id, event.origin))
        if isinstance(decision, Deny):
            if principal.kind == "anonymous":
                raise Unauthenticated("credential_missing", decision.detail, decision.hint)
            raise Denied(decision.code, decision.detail, decision.hint)
