"""One public document over https, from a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from contract.hostile_tokens import Honest, key, key_set
from lookgate.errors import Unavailable
from lookgate.net.fetch import LONGEST, PublicFetch
from lookgate.verify.discovery import Discovery
from lookgate.verify.keyset import PublishedKeys
from lookgate.verify.oidc import OidcVerifier, Provider
from lower_rooms import START, StillClock, credential, run

HOST = "idp.example.com"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Loopback(AbstractResolver):
    """Every name is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        """Hold nothing."""


class Served:
    """A server with a certificate for ``HOST``, and what it was asked."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        self.file = folder / "server.pem"
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
        now = datetime.now(UTC)  # certificates are judged by the machine's clock
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key().public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key(), hashes.SHA256())
        )
        private = key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        self._answer = answer
        self.seen: list[web.Request] = []
        self.port = 0

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        return await self._answer(request)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Served]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.file)
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    def fetch(self, *, private: bool = True, trusted: bool = True, seconds: float = 5.0) -> PublicFetch:
        trust = ssl.create_default_context(cafile=str(self.file)) if trusted else None
        return PublicFetch(private=private, names=Loopback(), trust=trust, seconds=seconds)

    def url(self, path: str = "/keys") -> str:
        return f"https://{HOST}:{self.port}{path}"


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=body, status=status, headers=named)

    return answer


def refusal(folder: Path, answer: Answer, *, private: bool = True, trusted: bool = True, seconds: float = 5.0) -> str:
    async def story() -> str:
        async with Served(folder, answer).running() as served:
            with pytest.raises(Unavailable) as refused:
                await served.fetch(private=private, trusted=trusted, seconds=seconds)(served.url())
            assert refused.value.hint
            return refused.value.code

    return run(story())


def test_a_document_is_fetched_with_its_life_and_without_anything_of_ours(tmp_path: Path) -> None:
    async def story() -> None:
        async with Served(tmp_path, says(b"{}", cache_control="max-age=7", set_cookie="a=b")).running() as served:
            fetch = served.fetch()
            for _ in range(2):
                fetched = await fetch(served.url())
                assert (fetched.body, fetched.cache_control) == (b"{}", "max-age=7")
            assert [request.headers.get("cookie") for request in served.seen] == [None, None]
            assert [request.headers["accept-encoding"] for request in served.seen] == ["identity"] * 2
            assert not any("authorization" in request.headers for request in served.seen)

    run(story())


@pytest.mark.counts("SSRF", "redirects and odd answers of a key server")
@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 401, 404, 429, 500, 503])
def test_only_a_plain_answer_is_one_and_no_redirect_is_followed(tmp_path: Path, status: int) -> None:
    body = b"" if status == 204 else key_set().encode()
    assert refusal(tmp_path, says(body, status, location="https://evil.example/keys")) == "fetch_status"


def test_a_document_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(10_000):
                await response.write(b" " * 65_536)
        return response

    assert refusal(tmp_path, endless) == "fetch_too_long"
    assert refusal(tmp_path, says(b" " * (LONGEST + 1))) == "fetch_too_long"


def test_a_small_answer_does_not_become_a_large_one(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * 50_000_000)

    async def story() -> None:
        async with Served(tmp_path, says(bomb, content_encoding="gzip")).running() as served:
            assert len((await served.fetch()(served.url())).body) == len(bomb)  # as it came; no key set will be read

    run(story())


def test_a_server_that_does_not_answer_in_time_is_left(tmp_path: Path) -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    assert refusal(tmp_path, never, seconds=0.2) == "fetch_timeout"


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, says(b"{}"), trusted=False) == "fetch_failed"


@pytest.mark.counts("SSRF", "names that lead to bad addresses")
def test_a_name_that_leads_into_the_own_network_is_not_called(tmp_path: Path) -> None:
    assert refusal(tmp_path, says(b"{}"), private=False) == "fetch_address_refused"


@pytest.mark.counts("SSRF", "private addresses")
@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1"])
def test_an_address_in_place_of_a_name_is_looked_at_as_well(host: str) -> None:
    with pytest.raises(Unavailable) as refused:
        run(PublicFetch(names=Loopback())(f"https://{host}/keys"))
    assert refused.value.code == "fetch_address_refused"


@pytest.mark.counts("SSRF", "schemes")
@pytest.mark.parametrize(
    "url", ["http://idp.example.com/", "file:///etc/passwd", "ftp://idp.example.com/", "", "https"]
)
def test_nothing_but_https_is_called(url: str) -> None:
    with pytest.raises(Unavailable) as refused:
        run(PublicFetch(names=Loopback())(url))
    assert refused.value.code == "fetch_refused"


def test_a_host_that_is_not_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable) as refused:
        run(PublicFetch(private=True, names=Loopback())(f"https://{HOST}:{port}/"))
    assert refused.value.code == "fetch_failed"


def test_a_token_is_verified_with_keys_that_a_real_server_publishes(tmp_path: Path) -> None:
    async def story() -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.path == "/.well-known/openid-configuration":
                return web.json_response({"issuer": issuer, "jwks_uri": f"{issuer}/keys"})
            return web.Response(text=key_set("EdDSA"), headers={"cache-control": "max-age=600"})

        async with Served(tmp_path, answer).running() as served:
            issuer = served.url("")
            clock, now = StillClock(), int(START.timestamp())
            honest = Honest({"iss": issuer, "aud": "me", "sub": "1", "iat": now, "exp": now + 60}, now, "EdDSA")
            keys = PublishedKeys(Discovery(issuer, f"{HOST}:{served.port}", served.fetch()), clock, name="idp")
            provider = Provider(
                "idp", frozenset({issuer}), frozenset({"me"}), keys, "user", algorithms=frozenset({"EdDSA"})
            )
            verifier = OidcVerifier(provider, clock)
            for _ in range(3):
                found = await verifier.verify(credential("bearer", honest.token()))
                assert found is not None
                assert found.subject == "1"
            assert len(served.seen) == 2

    run(story())
