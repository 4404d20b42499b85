from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from lookgate.emulator.host import urls

ENTITLEMENTS = [
    # pattern, URL, allowed
    ("https://api.example.com", "https://api.example.com/", True),
    ("https://api.example.com", "https://api.example.com/any/path?x=1", True),
    ("https://api.example.com/", "https://api.example.com/any", True),
    ("https://api.example.com", "https://API.Example.COM/x", True),
    ("https://api.example.com", "https://api.example.com:443/x", True),
    ("https://api.example.com:443", "https://api.example.com/x", True),
    ("https://api.example.com", "http://api.example.com/x", False),
    ("http://api.example.com", "https://api.example.com/x", False),
    ("https://api.example.com", "https://api.example.com:8443/x", False),
    ("https://api.example.com:8443", "https://api.example.com:8443/x", True),
    ("https://api.example.com", "https://example.com/", False),
    ("https://api.example.com", "https://api.example.org/", False),
    ("https://api.example.com", "https://api.example.com.evil.org/", False),
    ("https://api.example.com", "https://evilapi.example.com/", False),
    ("https://*.example.com", "https://a.example.com/", True),
    ("https://*.example.com", "https://a.b.example.com/", True),
    ("https://*.example.com", "https://example.com/", False),
    ("https://*.example.com", "https://evilexample.com/", False),
    ("https://*.example.com", "https://a.example.com.evil.org/", False),
    ("https://*.example.com:8443", "https://a.example.com:8443/", True),
    ("https://*.com", "https://example.com/", False),
    ("https://*", "https://example.com/", False),
    ("*", "https://example.com/", False),
    ("https://*.1.1.1", "https://1.1.1.1/", False),
    ("https://a*.example.com", "https://ab.example.com/", False),
    ("https://example.com*", "https://example.com/", False),
    ("http://127.0.0.1:4200", "http://127.0.0.1:4200/submit", True),
    ("http://127.0.0.1:4200", "http://127.0.0.1:4201/submit", False),
    ("http://127.0.0.1:4200", "http://localhost:4200/submit", False),
    ("http://[::1]:4200", "http://[::1]:4200/x", True),
    ("http://[::1]:4200", "http://[0:0::1]:4200/x", True),
    ("https://example.com/api", "https://example.com/api", True),
    ("https://example.com/api", "https://example.com/api/v1", True),
    ("https://example.com/api", "https://example.com/apiary", False),
    ("https://example.com/api", "https://example.com/", False),
    ("https://example.com/api/*", "https://example.com/api/v1", True),
    ("https://example.com/api/*", "https://example.com/other", False),
    ("example.com", "https://example.com/x", True),
    ("example.com", "http://example.com/x", False),
    ("ftp://example.com", "https://example.com/x", False),
    ("", "https://example.com/x", False),
]


@pytest.mark.parametrize(("text", "url", "allowed"), ENTITLEMENTS)
def test_an_entitlement_names_protocol_domain_port_and_path(text: str, url: str, allowed: bool) -> None:
    assert urls.entitled([text], urls.read(url)) is allowed


@pytest.mark.parametrize(
    ("allow_list", "url", "allowed"),
    [
        ("http://127.0.0.1:4200/*", "http://127.0.0.1:4200/any/path", True),
        ("http://127.0.0.1:4200/*", "http://127.0.0.1:4200/", True),
        ("http://127.0.0.1:4200/*", "http://127.0.0.1:4201/", False),
        ("http://127.0.0.1/*", "http://127.0.0.1:4200/", False),
        ("my-domain.example/route/*", "https://my-domain.example/route/one", True),
        ("my-domain.example/route/*", "http://my-domain.example/route/one", False),
        ("my-domain.example/route/*", "https://my-domain.example/route", False),
        ("my-domain.example/route/*", "https://my-domain.example/other", False),
        ("https://a.example/token", "https://a.example/token", True),
        ("https://a.example/token", "https://a.example/token?x=1", True),
        ("https://a.example/token", "https://a.example/token/more", False),
        ("https://a.example", "https://a.example/token", False),
        ("https://*.run.app/*", "https://service-1.run.app/x", True),
        ("https://a.example/*, https://b.example/*", "https://b.example/x", True),
        ("https://a.example/*,,", "https://c.example/x", False),
        (None, "https://a.example/", False),
        ("", "https://a.example/", False),
        ("*", "https://a.example/", False),
        ("/*", "https://a.example/", False),
        ("https://a.example/../*", "https://a.example/", False),
    ],
)
def test_an_allow_list_opens_paths_only_with_a_star(allow_list: str | None, url: str, allowed: bool) -> None:
    assert urls.in_allow_list(allow_list, urls.read(url)) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "https://user@api.example.com/",
        "https://api.example.com@evil.org/",
        "https://api.example.com%40evil.org/",
        "https://api.example.com:443@evil.org/",
        "https://evil.org\\@api.example.com/",
        "https:\\\\api.example.com/",
        "https:/api.example.com/",
        "https:api.example.com/",
        "//api.example.com/",
        "/relative",
        "api.example.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://api.example.com/",
        "gopher://api.example.com/",
        "data:text/plain,x",
        " https://api.example.com/",
        "https://api.example.com/ x",
        "https://api.example.com/\r\nX: y",
        "https://api.exa\tmple.com/",
        "https://api.example.com\x00.evil.org/",
        "https://api.example.com./",
        "https://.example.com/",
        "https://api..example.com/",
        "https://\uff45xample.com/",
        "https://exämple.com/",
        "https://api.example.com\u3002/",
        "https://api%2eexample.com/",
        "https://api.example.com:0/",
        "https://api.example.com:65536/",
        "https://api.example.com:99999999/",
        "https://api.example.com:443:444/",
        "https://api.example.com:+443/",
        "https://api.example.com:/",
        "https:///path",
        "https://",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1.2/",
        "http://[::1/",
        "http://[::1%25eth0]/",
        "http://[v1.a]/",
        "https://api.example.com/a/../b",
        "https://api.example.com/a/%2e%2e/b",
        "https://api.example.com/a/%252e%252e/b",
        "https://api.example.com/a/..%2fb",
        "https://api.example.com/a/..%5cb",
        "https://api.example.com/./b",
        "",
        None,
        7,
        ["https://api.example.com/"],
        "https://api.example.com/" + "x" * 9000,
    ],
)
def test_a_url_that_parsers_read_differently_is_refused(url: object) -> None:
    with pytest.raises(urls.BadUrl):
        urls.read(url)


def test_an_oauth_endpoint_is_listed_exactly() -> None:
    listed = ["https://id.example/authorize", "https://*.id.example"]
    assert urls.entitled_endpoint(listed, urls.read("https://id.example/authorize?prompt=none"))
    for url in (
        "https://id.example/authorize/",
        "https://id.example/",
        "https://a.id.example/",
        "http://id.example/authorize",
    ):
        assert not urls.entitled_endpoint(listed, urls.read(url))


URLISH = st.text(alphabet=st.sampled_from("htps:/\\@.%2eEfF0127[]?#a-z*é \t"), max_size=40)


@given(st.one_of(st.text(max_size=60), URLISH.map("https://".__add__), URLISH.map("http://allowed.example".__add__)))
def test_what_is_read_means_the_same_to_every_parser(text: str) -> None:
    try:
        target = urls.read(text)
    except urls.BadUrl:
        return
    by_standard, by_client = urlsplit(target.url), URL(target.url, encoded=True)
    assert by_standard.hostname == by_client.raw_host == target.host.strip("[]")
    assert (by_standard.port or urls.DEFAULT_PORTS[target.scheme]) == by_client.port == target.port
    assert by_client.raw_path == by_standard.path == target.path
    assert urls.read(target.url) == target


@given(URLISH.map("http://allowed.example".__add__))
def test_only_the_listed_host_and_port_are_ever_allowed(text: str) -> None:
    try:
        target = urls.read(text)
    except urls.BadUrl:
        return
    if urls.entitled(["http://allowed.example"], target):
        assert (target.host, target.port) == ("allowed.example", 80)


@given(st.text(max_size=40), st.booleans())
def test_no_pattern_breaks_the_matching(text: str, entitlement: bool) -> None:
    found = urls.pattern(text, entitlement=entitlement)
    assert found is None or not found.covers(urls.read("https://not-listed.example/"))
