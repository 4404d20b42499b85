"""Of several audiences of one provider, each token opens its own."""

from __future__ import annotations

import pytest

from contract.hostile_tokens import Honest, key_set
from lookgate.errors import Unauthenticated
from lookgate.verify.by_audience import ByAudience
from lookgate.verify.jwks import parse
from lookgate.verify.oidc import Provider
from lower_rooms import START, StillClock, credential, run

NOW = int(START.timestamp())
ISSUER = "https://idp.example.com"
HONEST = Honest({"iss": ISSUER, "aud": "tick", "sub": "1", "iat": NOW, "exp": NOW + 60}, NOW)


def door() -> ByAudience:
    provider = Provider("idp", frozenset({ISSUER}), frozenset({"not looked at"}), parse(key_set()), "service")
    return ByAudience(provider, ("tick", "tock"), StillClock())


def refusal(scheme: str, text: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        run(door().verify(credential(scheme, text, "authorization")))  # type: ignore[arg-type] # a text
    return refused.value


@pytest.mark.parametrize("audience", ["tick", "tock"])
def test_a_token_says_who_presents_it_and_for_which_audience(audience: str) -> None:
    presented = credential("bearer", HONEST.token(claims={"aud": audience}))
    principal, found = run(door().verify(presented))
    assert (principal.subject, principal.kind, principal.authenticated_by) == ("1", "service", "idp")
    assert found == audience
    assert door().name == "idp"


@pytest.mark.parametrize("audience", ["other", "not looked at", ["tick"], ""])
def test_a_token_for_any_other_audience_opens_nothing_and_is_told_the_first(audience: object) -> None:
    error = refusal("bearer", HONEST.token(claims={"aud": audience}))
    assert error.code == "token_audience"
    assert "tick" in error.hint


def test_nothing_and_what_is_no_token_of_this_provider_are_refused_by_their_codes() -> None:
    assert refusal("anonymous", "").code == "credential_missing"
    error = refusal("bearer", HONEST.token(claims={"iss": "https://other.example.com"}))
    assert error.code == "unknown_credential"
    assert "'authorization'" in error.detail
    assert refusal("api_key", "lgk_x").code == "unknown_credential"
