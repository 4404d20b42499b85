from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate
from jwt.types import Options

from local_google import LocalGoogle, google_part, make_google

IDENTITY = "instance/service-accounts/default/identity"


@pytest.fixture
def local() -> LocalGoogle:
    return make_google()


def fresh(local: LocalGoogle) -> str:
    account = local.google.account("updater")
    assert account is not None
    return local.google.id_token(account, "https://service.example", email=True)


def verifies(local: LocalGoogle, token: str) -> bool:
    """Whether another library verifies the token with what is published now, in both forms alike."""
    kid = jwt.get_unverified_header(token)["kid"]
    jwks = {
        key.key_id: key.key for key in jwt.PyJWKSet(json.loads(local.ask("GET", "/oauth2/v3/certs").body)["keys"]).keys
    }
    pems = json.loads(local.ask("GET", "/oauth2/v1/certs").body)
    assert jwks.keys() == pems.keys()
    if kid not in jwks:
        return False
    options: Options = {"verify_exp": False, "verify_iat": False}  # the clock stands in the past
    for key in (jwks[kid], load_pem_x509_certificate(pems[kid].encode()).public_key()):
        assert isinstance(key, RSAPublicKey)
        claims = jwt.decode(token, key, algorithms=["RS256"], audience="https://service.example", options=options)
        assert claims["iss"] == "https://accounts.google.com"
    return True


def test_tokens_verify_with_what_is_published_as_a_key_set_and_as_certificates(local: LocalGoogle) -> None:
    assert verifies(local, fresh(local))
    key = json.loads(local.ask("GET", "/oauth2/v3/certs").body)["keys"][0]
    assert {"kty", "alg", "use", "kid", "n", "e"} == set(key)
    assert (key["kty"], key["alg"], key["use"], key["e"]) == ("RSA", "RS256", "sig", "AQAB")
    assert len(key["n"]) == 342  # 2048 bits


def test_answers_may_be_kept_for_as_long_as_the_world_says(local: LocalGoogle) -> None:
    for path in ("/oauth2/v3/certs", "/oauth2/v1/certs"):
        found = local.ask("GET", path).header("cache-control")
        assert found == "public, max-age=19800, must-revalidate, no-transform"
    shy = make_google(google_part(certs_seconds=0))
    assert shy.ask("GET", "/oauth2/v3/certs").header("cache-control") == "no-store"


def test_after_a_rotation_old_and_new_tokens_verify_and_after_two_the_oldest_no_more(local: LocalGoogle) -> None:
    old = fresh(local)
    local.control("keys/rotate")
    new = fresh(local)
    assert verifies(local, old)
    assert verifies(local, new)
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    local.control("keys/rotate")
    assert not verifies(local, old)
    assert verifies(local, new)


def test_after_a_withdrawal_no_earlier_token_verifies(local: LocalGoogle) -> None:
    old = fresh(local)
    assert len(local.control("keys/withdraw")["kids"]) == 1
    assert not verifies(local, old)
    assert verifies(local, fresh(local))


def test_an_empty_and_a_stale_key_set_lack_the_newest_key(local: LocalGoogle) -> None:
    old = fresh(local)
    local.control("keys/rotate")
    local.control("faults", {"certs_stale": 1})
    assert verifies(local, old)
    assert not verifies(local, fresh(local))
    local.control("faults", {"certs_stale": 0, "certs_empty": 1})
    assert json.loads(local.ask("GET", "/oauth2/v3/certs").body) == {"keys": []}


def test_the_configuration_names_the_issuer_and_the_keys() -> None:
    def configuration(local: LocalGoogle) -> dict[str, str]:
        found: dict[str, str] = json.loads(local.ask("GET", "/.well-known/openid-configuration").body)
        return found

    found = configuration(make_google())
    assert (found["issuer"], found["jwks_uri"]) == (
        "https://accounts.google.com",
        "http://127.0.0.1:9998/oauth2/v3/certs",
    )
    found = configuration(make_google(google_part(issuer="", jwks_uri="https://keys.example/certs")))
    assert (found["issuer"], found["jwks_uri"]) == ("http://127.0.0.1:9998", "https://keys.example/certs")


def test_a_token_of_an_issuer_at_this_address_says_so() -> None:
    local = make_google(google_part(issuer=""))
    claims = jwt.decode(fresh(local), options={"verify_signature": False})
    assert claims["iss"] == "http://127.0.0.1:9998"
