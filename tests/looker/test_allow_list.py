from __future__ import annotations

import pytest

from lookgate.looker.allow_list import beyond, covers, entries, entries_for


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://orders.example.com", ("https://orders.example.com/*",)),
        ("https://orders.example.com/", ("https://orders.example.com/*",)),
        ("https://Orders.Example.com:8443", ("https://orders.example.com:8443/*",)),
        ("http://127.0.0.1:8700", ("http://127.0.0.1:8700/*",)),
        ("http://[::1]:8700", ("http://[::1]:8700/*",)),
        ("https://h.example.com/orders/", ("https://h.example.com/orders", "https://h.example.com/orders/*")),
    ],
)
def test_a_service_is_allowed_with_all_below_it_and_nothing_beside_it(url: str, expected: tuple[str, ...]) -> None:
    assert entries_for(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders",
        "https://*.example.com",
        "https://a.example.com,https://evil.example.com",
        "https://a.example.com/*",
        "https://a.example.com/x*",
        "https://a.example.com/ https://evil.example.com",
        "https://a.example.com@evil.example.com",
        "https://a.example.com/?to=x",
        "https://a.example.com/#x",
        "https://a.example.com/..",
        "https://a.example.com//x",
        "https://a.example.com:port",
        "https://a.example.com\\.evil.example.com",
        "https://ä.example.com",
        "http://orders.example.com",
        "ftp://a.example.com",
        "123.apps.googleusercontent.com",
        "https://[::1",
    ],
)
def test_no_url_becomes_a_pattern_or_two_entries(url: str) -> None:
    with pytest.raises(ValueError, match=r"this is no|in the clear"):
        entries_for(url)


@pytest.mark.parametrize(
    ("entry", "wanted", "does"),
    [
        ("https://a.example.com/*", "https://a.example.com/*", True),
        ("a.example.com/*", "https://a.example.com/*", True),
        ("https://A.example.com:443/*", "https://a.example.com/*", True),
        ("https://a.example.com/*", "https://a.example.com/x/*", True),
        ("https://a.example.com/x/*", "https://a.example.com/*", False),
        ("https://a.example.com/x/*", "https://a.example.com/xy/*", False),
        ("https://a.example.com", "https://a.example.com/*", False),
        ("http://a.example.com/*", "https://a.example.com/*", False),
        ("https://a.example.com:8443/*", "https://a.example.com/*", False),
        ("https://*.example.com/*", "https://a.example.com/*", True),
        ("https://*.example.com/*", "https://example.com/*", False),
        ("https://*.example.com/*", "https://a.example.com.evil.com/*", False),
    ],
)
def test_an_entry_covers_what_it_says_and_no_more(entry: str, wanted: str, *, does: bool) -> None:
    assert covers(entry, wanted) is does


def test_what_goes_beyond_the_service_is_named() -> None:
    listed = entries("https://a.example.com/*, https://a.example.com/x, , https://*.example.com/*,https://b.io/*")
    assert beyond(listed, ["https://a.example.com/*"]) == ("https://*.example.com/*", "https://b.io/*")


def test_an_empty_list_has_no_entries() -> None:
    assert entries(None) == entries("") == entries(" , ") == ()
