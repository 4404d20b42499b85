from __future__ import annotations

import asyncio
import json

import pytest

from asgi import call
from local_google import LocalGoogle, google_part, make_google
from lookgate.emulator.google.world import mistakes_in


@pytest.fixture
def local() -> LocalGoogle:
    return make_google()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:9998", "127.0.0.1", "127.0.0.1:9999", "metadata.google.internal"]
)
def test_a_request_for_another_host_gets_nothing(local: LocalGoogle, host: str) -> None:
    headers = [("metadata-flavor", "Google")]
    for path in ("/computeMetadata/v1/project/project-id", "/oauth2/v3/certs", "/local/state"):
        assert asyncio.run(call(local.app, "GET", f"http://{host}{path}", headers)).status == 421


def test_a_page_of_another_origin_gets_nothing_and_cannot_switch_faults(local: LocalGoogle) -> None:
    body = json.dumps({"iam_429": 1}).encode()
    headers = {"origin": "https://evil.example", "content-type": "application/json"}
    assert local.ask("POST", "/local/faults", body, headers=headers).status == 403
    assert local.ask("DELETE", "/local/faults", headers={"origin": "null"}).status == 403
    assert local.ask("POST", "/local/faults", body, headers={"content-type": "text/plain"}).status == 415
    assert not any(local.google.faults.values.values())
    own = {"origin": "http://127.0.0.1:9998", "content-type": "application/json"}
    assert local.ask("POST", "/local/faults", body, headers=own).status == 200


def test_the_state_tells_no_secret(local: LocalGoogle) -> None:
    key = local.control("accounts/updater/key")
    local.metadata("instance/service-accounts/default/token")
    text = local.ask("GET", "/local/state").text
    for secret in (*local.google.client_secrets.values(), *local.google.access_tokens, key["private_key"][100:140]):
        assert secret not in text
    assert set(json.loads(text)) == {"now", "issuer", "token_seconds", "accounts", "kids", "faults", "jobs"}


@pytest.mark.parametrize(
    "path", ["/", "/local/faults", "/oauth2/v3/certs", "/token", "/v1/projects/-/serviceAccounts/a:b"]
)
def test_bytes_of_any_kind_are_answered_and_never_a_500(local: LocalGoogle, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        for body in (b"", b"\xff\xfe", b"[" * 9000, b'{"a":' * 3000, b"x" * 100_000):
            for kind in ("application/json", "application/x-www-form-urlencoded"):
                assert local.ask(method, path, body, headers={"content-type": kind}).status < 500


def test_a_world_tells_all_its_mistakes_at_once() -> None:
    part = google_part(
        project_number="x",
        metadata_account="nobody",
        accounts=[{"name": "a"}, {"name": "a"}, {"name": "b", "unique_id": "12"}],
        grants=[{"member": "a", "role": "roles/owner", "on": "c"}],
        clients=[{"client_id": "x"}, {"client_id": "x"}],
    )
    text = "\n".join(mistakes_in(part))
    for word in (
        "'x' is no number",
        "'nobody'",
        "twice",
        "'b' is not 21 digits",
        "roles/owner",
        "no account 'c'",
        "'x' is there twice",
    ):
        assert word in text
    assert mistakes_in(google_part()) == []
