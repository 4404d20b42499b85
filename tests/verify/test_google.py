from __future__ import annotations

import json
from typing import Any

import pytest

from contract.hostile_tokens import KID, Honest, key_set
from lookgate.core.identity import Principal
from lookgate.core.ports import Fetched
from lookgate.errors import Unauthenticated
from lookgate.verify.discovery import Discovery
from lookgate.verify.google import ISSUER, KEYS_HOST, google
from lookgate.verify.jwks import parse
from lookgate.verify.oidc import OidcVerifier
from lower_rooms import START, StillClock, credential, run

NOW = int(START.timestamp())
SERVICE = "svc@example.iam.gserviceaccount.com"
USER = {"hd": "example.com", "email": "ana@example.com", "azp": "client"}
HONEST = Honest(
    {
        "iss": "https://accounts.google.com",
        "aud": "client",
        "sub": "1234",
        "iat": NOW,
        "exp": NOW + 3600,
        "email_verified": True,
    },
    NOW,
)


def verify(claims: dict[str, Any], **changes: Any) -> Principal | None:
    values: dict[str, Any] = {
        "name": "google",
        "audiences": frozenset({"client"}),
        "keys": parse(key_set()),
        "kind": "user",
    }
    if "emails" not in changes:
        values["hosted_domain"] = "example.com"
    one = OidcVerifier(google(**(values | changes)), StillClock())
    return run(one.verify(credential("bearer", HONEST.token(claims=claims))))


@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
def test_google_is_known_by_both_spellings_of_its_name(issuer: str) -> None:
    principal = verify(USER | {"iss": issuer})
    assert principal is not None
    assert principal.email == "ana@example.com"


@pytest.mark.parametrize("issuer", ["http://accounts.google.com", "accounts.google.com/", "https://google.com"])
def test_a_name_that_only_resembles_googles_is_not_google(issuer: str) -> None:
    assert verify(USER | {"iss": issuer}) is None


@pytest.mark.parametrize("kind", ["service", "user"])
def test_a_provider_that_would_let_in_the_whole_world_cannot_be_made(kind: str) -> None:
    with pytest.raises(ValueError, match="name the emails"):
        google(name="google", audiences=frozenset({"x"}), keys=parse(key_set()), kind=kind)  # type: ignore[arg-type]


def test_a_service_account_is_never_taken_for_a_user() -> None:
    with pytest.raises(Unauthenticated) as refused:
        verify({"email": SERVICE, "azp": "1234"}, emails=frozenset({SERVICE}))
    assert refused.value.code == "wrong_kind"


def test_a_user_is_never_taken_for_a_service() -> None:
    with pytest.raises(Unauthenticated) as refused:
        verify(USER, kind="service", emails=frozenset({"ana@example.com"}))
    assert refused.value.code == "wrong_kind"


def test_a_token_whose_signature_cloud_run_removed_proves_nothing_and_is_told_as_that() -> None:
    head = HONEST.token(claims=USER).rpartition(".")[0]
    values = {
        "audiences": frozenset({"client"}),
        "keys": parse(key_set()),
        "kind": "user",
        "hosted_domain": "example.com",
    }
    one = OidcVerifier(google(name="google", **values), StillClock())  # type: ignore[arg-type] # a mixed dict
    with pytest.raises(Unauthenticated) as refused:
        run(one.verify(credential("bearer", f"{head}.SIGNATURE_REMOVED_BY_GOOGLE")))
    assert refused.value.code == "token_signature_removed"
    assert "X-Serverless-Authorization" in refused.value.hint


@pytest.mark.parametrize("presenter", ["other", "", ["client"], None, "ana@example.com", "1234"])
def test_a_users_token_that_another_client_obtained_is_refused(presenter: object) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verify(USER | {"azp": presenter})
    assert refused.value.code == "wrong_presenter"


def test_a_service_accounts_token_is_presented_by_itself() -> None:
    for presenter in ("1234", SERVICE):  # its number, or its address
        assert verify({"email": SERVICE, "azp": presenter}, kind="service", emails=frozenset({SERVICE}))
    with pytest.raises(Unauthenticated) as refused:
        verify({"email": SERVICE, "azp": "client"}, kind="service", emails=frozenset({SERVICE}))
    assert refused.value.code == "wrong_presenter"


def test_googles_own_configuration_leads_to_the_one_host_that_the_preset_names() -> None:
    documents = {
        "https://accounts.google.com/.well-known/openid-configuration": json.dumps(
            {"issuer": "https://accounts.google.com", "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs"}
        ).encode(),
        "https://www.googleapis.com/oauth2/v3/certs": key_set().encode(),
    }

    async def fetch(url: str, /) -> Fetched:
        return Fetched(documents[url], "public, max-age=19845, must-revalidate, no-transform")

    published = run(Discovery(ISSUER, KEYS_HOST, fetch)())
    assert (published.keys.get(KID) is not None, published.life) == (True, 3600)
