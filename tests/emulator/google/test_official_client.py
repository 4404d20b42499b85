"""Google's own Python library as the client, over sockets.

Where it finds the metadata server is read from the environment when it is imported, so it runs in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest
from google.auth import exceptions
from google.auth.transport.requests import Request
from google.oauth2 import id_token

from local_google import SERVICE, UPDATER, LocalGoogle, claims_of, google_part, served_google
from local_looker import Clock

# Its annotations are partial: what is not annotated is taken as it is.
oauth2_client, credentials, impersonated_credentials, service_account = (
    cast("Any", import_module(f"google.{name}"))
    for name in ("oauth2._client", "oauth2.credentials", "auth.impersonated_credentials", "oauth2.service_account")
)

AUDIENCE = "https://service.example"
CREATOR = {"member": "updater", "role": "roles/iam.serviceAccountTokenCreator", "on": "service"}
ON_AN_INSTANCE = """
import json, sys
from google.auth import compute_engine
from google.auth.transport.requests import Request
from google.oauth2 import id_token

request, audience = Request(), sys.argv[1]
fetched = id_token.fetch_id_token(request, audience)
held = compute_engine.IDTokenCredentials(request, audience, use_metadata_identity_endpoint=True)
held.refresh(request)
access = compute_engine.Credentials()
access.refresh(request)
print(json.dumps({
    "fetched": fetched, "held": held.token, "expiry": held.expiry.timestamp(), "signer": held.service_account_email,
    "access": access.token, "email": access.service_account_email, "universe": access.universe_domain,
}))
"""


@pytest.fixture
def local() -> Iterator[LocalGoogle]:
    """Yield a served Google whose time is now: the library compares with the machine's clock."""
    now = datetime.fromtimestamp(int(time.time()), UTC)
    with served_google(google_part(grants=[CREATOR]), clock=Clock(now)) as found:
        yield found


@pytest.fixture
def request_() -> Iterator[Request]:
    found = Request()
    yield found
    found.session.close()


def on_an_instance(host: str) -> dict[str, Any]:
    environment = {
        "GCE_METADATA_HOST": host,
        "GCE_METADATA_IP": host,
        "NO_PROXY": "*",
        "HOME": str(Path(__file__).parent),
    }
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", ON_AN_INSTANCE, AUDIENCE],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_on_an_instance_it_fetches_id_tokens_and_verifies_them_with_either_form_of_the_keys(
    local: LocalGoogle, request_: Request
) -> None:
    found = on_an_instance(local.base_url.removeprefix("http://"))
    assert found["email"] == found["signer"] == UPDATER
    assert found["universe"] == "googleapis.com"
    assert found["fetched"] == found["held"]  # the second one came from the cache
    for path in ("v1", "v3"):
        certs = f"{local.base_url}/oauth2/{path}/certs"
        claims = id_token.verify_token(found["fetched"], request_, audience=AUDIENCE, certs_url=certs)
        assert (claims["iss"], claims["email"], claims["aud"]) == ("https://accounts.google.com", UPDATER, AUDIENCE)
    assert local.google.bearer(found["access"]) is not None


def test_it_does_not_verify_what_a_withdrawn_key_signed(local: LocalGoogle, request_: Request) -> None:
    token = local.metadata("instance/service-accounts/default/identity", audience=AUDIENCE).text
    certs = f"{local.base_url}/oauth2/v1/certs"
    assert id_token.verify_token(token, request_, audience=AUDIENCE, certs_url=certs)
    local.control("keys/withdraw")
    with pytest.raises(exceptions.GoogleAuthError):
        id_token.verify_token(token, request_, audience=AUDIENCE, certs_url=certs)


def source(local: LocalGoogle) -> Any:
    account = local.google.account("updater")
    assert account is not None
    return credentials.Credentials(local.google.access_token(account))


def test_it_impersonates_another_account(local: LocalGoogle, request_: Request) -> None:
    endpoint = f"{local.base_url}/v1/projects/-/serviceAccounts/{SERVICE}:generateAccessToken"
    acting = impersonated_credentials.Credentials(
        source(local), SERVICE, ["https://www.googleapis.com/auth/cloud-platform"], iam_endpoint_override=endpoint
    )
    acting.refresh(request_)
    found = local.google.bearer(acting.token)
    assert found is not None
    assert found.email == SERVICE
    assert 3590 < (acting.expiry.replace(tzinfo=UTC) - local.clock()).total_seconds() <= 3600


def test_its_call_for_the_id_token_of_another_account_is_understood(local: LocalGoogle, request_: Request) -> None:
    template = local.base_url + "/v1/projects/-/serviceAccounts/{}:generateIdToken"
    token, expiry = oauth2_client.call_iam_generate_id_token_endpoint(
        request_, template, SERVICE, AUDIENCE, source(local).token
    )
    claims = claims_of(token)
    assert (claims["email"], claims["azp"], claims["aud"]) == (SERVICE, SERVICE, AUDIENCE)
    assert claims["exp"] == expiry.replace(tzinfo=UTC).timestamp()


def test_a_refusal_reaches_its_user_in_googles_words(local: LocalGoogle, request_: Request) -> None:
    endpoint = f"{local.base_url}/v1/projects/-/serviceAccounts/{UPDATER}:generateAccessToken"
    acting = impersonated_credentials.Credentials(source(local), UPDATER, ["x"], iam_endpoint_override=endpoint)
    with pytest.raises(exceptions.RefreshError, match=r"iam\.serviceAccounts\.getAccessToken"):
        acting.refresh(request_)


def test_it_exchanges_an_accounts_key_for_id_and_access_tokens(local: LocalGoogle, request_: Request) -> None:
    key = local.control("accounts/service/key")
    holder = service_account.IDTokenCredentials.from_service_account_info(key, target_audience=AUDIENCE)
    holder.refresh(request_)
    certs = f"{local.base_url}/oauth2/v3/certs"
    assert id_token.verify_token(holder.token, request_, audience=AUDIENCE, certs_url=certs)["email"] == SERVICE
    plain = service_account.Credentials.from_service_account_info(key, scopes=["a"])
    plain.refresh(request_)
    found = local.google.bearer(plain.token)
    assert found is not None
    assert (found.email, found.scopes) == (SERVICE, ("a",))
