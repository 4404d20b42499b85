from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.hostile_tokens import KID, key_set
from lookgate.core.ports import Fetched
from lookgate.verify.discovery import Discovery, host_of, is_issuer
from lower_rooms import run
from security_counts import Counted

ISSUER = "https://idp.example.com/realm"
WELL_KNOWN = f"{ISSUER}/.well-known/openid-configuration"


class Documents:
    """``core.ports.Fetch`` over a dict; asking for anything else is an error of the test."""

    def __init__(self, **configuration: object) -> None:
        given = {"issuer": ISSUER, "jwks_uri": "https://idp.example.com/keys"} | configuration
        self.bodies = {WELL_KNOWN: json.dumps(given).encode()}
        self.asked: list[str] = []

    async def __call__(self, url: str, /) -> Fetched:
        self.asked.append(url)
        return Fetched(self.bodies.get(url, key_set().encode()), "max-age=1200")


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=50),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["keys", "kty", "kid", "crv", "x", "y", "n", "e", "use", "alg", "key_ops", "issuer", "jwks_uri"]
                ),
                inner,
                max_size=8,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_an_issuer_publishes_is_keys_or_refused(document: object) -> None:
    documents = Documents()
    documents.bodies["https://idp.example.com/keys"] = json.dumps(document).encode()
    with pytest.raises(ValueError, match="JWK set"):  # no key of 2048 bits comes by chance
        discover(documents)
    documents.bodies[WELL_KNOWN] = json.dumps(document).encode()
    with pytest.raises(ValueError, match=r"configuration|jwks_uri|JWK set"):
        discover(documents)


def discover(documents: Documents, host: str = "idp.example.com", issuer: str = ISSUER) -> float:
    published = run(Discovery(issuer, host, documents)())
    assert published.keys.get(KID) is not None
    return published.life


def test_the_keys_are_found_where_the_configuration_says_and_kept_as_long_as_they_may() -> None:
    documents = Documents()
    assert discover(documents) == 1200
    assert documents.asked == [WELL_KNOWN, "https://idp.example.com/keys"]


def test_a_closing_slash_of_the_issuer_is_left_out_of_the_address_and_kept_in_the_name() -> None:
    # OpenID Connect Discovery 1.0, section 4.1
    documents = Documents(issuer=f"{ISSUER}/")
    discover(documents, issuer=f"{ISSUER}/")
    assert documents.asked[0] == WELL_KNOWN


def test_keys_on_another_host_are_fetched_only_if_the_settings_name_it() -> None:
    elsewhere = {"jwks_uri": "https://keys.example.net:8443/a/b?c=d"}
    assert discover(Documents(**elsewhere), host="keys.example.net:8443")
    documents = Documents(**elsewhere)
    with pytest.raises(ValueError, match=r"not an https URL on idp\.example\.com"):
        discover(documents)
    assert documents.asked == [WELL_KNOWN]


@pytest.mark.parametrize(
    "issuer",
    [f"{ISSUER}/", ISSUER.upper(), "https://idp.example.com", "http://idp.example.com/realm", "", [ISSUER], {}],
)
def test_the_configuration_of_another_issuer_is_refused(issuer: object) -> None:
    documents = Documents(issuer=issuer)
    with pytest.raises(ValueError, match="another issuer"):
        discover(documents)
    assert documents.asked == [WELL_KNOWN]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{}", b"<html>", b"\xff", b"[" * 100_000])
def test_what_is_no_configuration_is_refused(body: bytes) -> None:
    documents = Documents()
    documents.bodies[WELL_KNOWN] = body
    with pytest.raises(ValueError, match="no OpenID configuration"):
        discover(documents)


BYPASSES = [
    "http://idp.example.com/keys",
    "HTTPS://idp.example.com/keys",
    "https://idp.example.com.evil.example/keys",
    "https://evil.example/idp.example.com",
    "https://evil.example/?https://idp.example.com/keys",
    "https://evil.example#idp.example.com",
    "https://idp.example.com@evil.example/keys",
    "https://idp.example.com:443@evil.example/keys",
    "https://user:pass@idp.example.com/keys",
    "https://idp.example.com\\@evil.example/keys",
    "https://evil.example\\.idp.example.com/keys",
    "https://idp.example.com:444/keys",
    "https://idp.example.com:/keys",
    "https://idp.example.com./keys",
    "https://IDP.example.com/keys",
    "https://idp.example.com%2eevil.example/keys",
    "https://idp%2eexample.com/keys",
    "https://idp.example.com/keys#fragment",
    "https://idp.example.com/a/../keys",
    "https://idp.example.com/%2e%2e/keys",
    "https://idp.example.com/ keys",
    "https://idp.example.com/keys\n",
    "https://idp.example.com/keys\r\nHost: evil.example",
    "https://idp.example.com\t/keys",
    "https://idp.example.com\u3002evil.example/keys",
    "https://idp.example.com\u2044evil.example/keys",
    "https:///idp.example.com/keys",
    "https:idp.example.com/keys",
    "//idp.example.com/keys",
    "/keys",
    "file:///etc/passwd",
    "ftp://idp.example.com/keys",
    "data:application/json,{}",
    "javascript:0",
    "https://169.254.169.254/computeMetadata/v1/",
    "https://[::ffff:169.254.169.254]/",
    "https://127.0.0.1/keys",
    "https://localhost/keys",
    "",
    None,
    1,
    ["https://idp.example.com/keys"],
]


def test_no_address_in_the_configuration_leads_to_a_host_that_the_settings_do_not_name(counted: Counted) -> None:
    called = 0
    for url in BYPASSES:
        documents = Documents(jwks_uri=url)
        with pytest.raises(ValueError, match="'jwks_uri' is not an https URL on"):
            discover(documents)
        called += len(documents.asked) - 1
    counted("SSRF", "jwks_uri of an issuer", tried=len(BYPASSES), bad=called)


def test_an_issuer_to_discover_from_is_an_unambiguous_https_url_without_a_query() -> None:
    assert all(
        map(is_issuer, ("https://idp.example.com", "https://idp.example.com/a/b/", "https://idp.example.com:8443"))
    )
    assert not any(
        is_issuer(str(url))
        for url in (*BYPASSES[:2], "https://idp.example.com?", "https://idp.example.com/?a=b", "https://")
    )
    assert host_of("https://idp.example.com:8443/x") == "idp.example.com:8443"
