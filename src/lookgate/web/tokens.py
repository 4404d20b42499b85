"""``POST /token``: a handle, put in by Looker's server, or a claim of the warehouse, for a token that a page may hold.

The exchange is shaped like RFC 8693. The subject token is the request's one credential, in the header where it always
stands, and never in the body. A claim is used up by the exchange, so all that can fail by itself is looked at before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from lookgate.core.identity import Credential, Principal
from lookgate.core.secret import sha256_hex
from lookgate.errors import BadRequest, Denied, Unauthenticated
from lookgate.keys.jwks import jwk_set
from lookgate.keys.token import ALGORITHMS, Source, TokenIssuer, binding, ring_of
from lookgate.verify.jwt import jti_of
from lookgate.web.admission import Admission
from lookgate.web.asgi import Receive
from lookgate.web.body import FORM, JSON, read_body
from lookgate.web.exchange import TOKEN, Exchange
from lookgate.web.page import Answer, Page

if TYPE_CHECKING:
    from lookgate.compose import Gateway

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
KIND = "urn:ietf:params:oauth:token-type:access_token"
KEYS, METADATA = "/.well-known/jwks.json", "/.well-known/lookgate"
CACHE_SECONDS = 30
"""How long others may keep the key set: less than a new key waits before it signs (``keys.ring.PROPAGATION``)."""
_LONGEST = 4096
_CACHED = ((b"cache-control", b"public, max-age=%d" % CACHE_SECONDS),)


class TokenPages:
    """Answers the exchange, and the two public pages about it."""

    def __init__(self, gateway: Gateway, issuer: TokenIssuer, admission: Admission) -> None:
        self._gateway = gateway
        self._issuer = issuer
        self._admission = admission

    def listed(self) -> list[Page]:
        """Return the routes."""
        return [
            Page(TOKEN, ("POST",), self.exchange),
            Page(KEYS, ("GET", "HEAD"), self.keys),
            Page(METADATA, ("GET", "HEAD"), self.metadata),
        ]

    async def exchange(self, exchange: Exchange, receive: Receive) -> Answer:
        """Exchange a live handle or an unused claim for a token. Nothing else can be: no key, and no other token."""
        body, kind = await read_body(exchange.headers, receive, _LONGEST, (JSON, FORM))
        exchange.guard.refuse_in(body, "body")
        self._check(_fields(body, kind))
        key = self._issuer.signer(self._gateway.clock.now())
        principal = await self._admission.admit(exchange)
        if principal.kind == "anonymous":
            raise Unauthenticated(
                "credential_missing",
                "There is no handle and no claim to exchange.",
                "Call by serverProxy with the handle's secret tag in x-lookgate-handle, or present a claim.",
            )
        token = self._issuer.issue(
            key,
            user_id=principal.subject,
            source=_source(principal, self._admission.taken(exchange)),
            now=self._gateway.clock.now(),
            random=self._gateway.random,
        )
        return Answer(
            msgspec.json.encode(
                {
                    "access_token": token.reveal(),
                    "issued_token_type": KIND,
                    "token_type": "Bearer",
                    "expires_in": self._issuer.lifetime,
                }
            ),
            headers=((b"pragma", b"no-cache"),),
        )

    async def keys(self, exchange: Exchange, receive: Receive) -> Answer:  # noqa: ARG002 - a Page
        """The public keys (RFC 7517). Anyone may read them."""
        found = jwk_set(ring_of(self._issuer.rings), self._gateway.clock.now())
        return Answer(msgspec.json.encode(found), b"application/jwk-set+json", headers=_CACHED)

    async def metadata(self, exchange: Exchange, receive: Receive) -> Answer:  # noqa: ARG002 - a Page
        """What the exchange is and where, in the words of RFC 8414. Anyone may read it."""
        issuer = self._issuer.place.issuer
        found = {
            "issuer": issuer,
            "token_endpoint": f"{issuer}{TOKEN}",
            "jwks_uri": f"{issuer}{KEYS}",
            "grant_types_supported": [GRANT],
            "token_signing_alg_values_supported": ALGORITHMS,
            "token_lifetime": self._issuer.lifetime,
        }
        return Answer(msgspec.json.encode(found), headers=_CACHED)

    def _check(self, fields: Mapping[str, Any]) -> None:
        """Hold the request to what is offered; each field may say only what will be."""
        issuer = self._issuer.place.issuer
        if fields.get("grant_type") != GRANT:
            raise BadRequest("unsupported_grant_type", "This is not a token exchange.", f"Send grant_type={GRANT}.")
        offered = {"grant_type": GRANT, "requested_token_type": KIND, "audience": issuer, "resource": issuer}
        for name, value in fields.items():
            if name not in offered:
                raise BadRequest(
                    "invalid_request",
                    "The exchange was asked for something that it does not know.",
                    f"Send only: {', '.join(offered)}. The handle or claim stands in its header.",
                )
            if value != offered[name]:
                raise BadRequest(
                    "invalid_target" if name in {"audience", "resource"} else "invalid_request",
                    f"Tokens with this '{name}' are not issued here.",
                    f"Leave '{name}' out, or send {offered[name]}.",
                )


def _source(principal: Principal, credential: Credential) -> Source:
    """Return what the token is exchanged for: the credential that has just been verified.

    Raises:
        Denied: it is of a kind that cannot be exchanged.
    """
    if principal.authenticated_by == "handle":
        return Source("handle", binding(sha256_hex(credential.secret)))
    if principal.authenticated_by == "claim":
        return Source("claim", jti_of(credential.secret))
    raise Denied(
        "not_exchangeable",
        "Only a handle or a claim is exchanged for a token.",
        "Call the actions with this credential itself, or send a handle in x-lookgate-handle, or a claim.",
    )


def _fields(body: bytes, kind: str) -> Mapping[str, Any]:
    """Return the fields of the body, each of which stands once."""
    try:
        if kind == JSON:
            return msgspec.json.decode(body or b"{}", type=dict[str, Any])
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=16)
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise BadRequest(
            "invalid_request", "The body is neither a JSON object nor a form.", f"Send grant_type={GRANT}."
        ) from error
    if len(dict(pairs)) != len(pairs):
        raise BadRequest("invalid_request", "A field stands twice.", "Send each field once.")
    return dict(pairs)
