"""One public document over https, from a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
from pathlib import Path

import pytest
from aiohttp import web

from contract.hostile_tokens import Honest, key_set
from lookgate.errors import Unavailable
from lookgate.net.fetch import LONGEST, PublicFetch
from lookgate.verify.discovery import Discovery
from lookgate.verify.keyset import PublishedKeys
from lookgate.verify.oidc import OidcVerifier, Provider
from lower_rooms import START, StillClock, credential, run
from tls_server import HOST, Answer, Loopback, TlsServer, says


class Served(TlsServer):
    """What is fetched from."""

    def fetch(self, *, private: bool = True, trusted: bool = True, seconds: float = 5.0) -> PublicFetch:
        trust = self.trust if trusted else None
        return PublicFetch(private=private, names=Loopback(), trust=trust, seconds=seconds)


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
