from __future__ import annotations

import pytest

from local_looker import Looker, make_looker


def names(looker: Looker, who: str = "Ada", **query: str) -> list[str]:
    return [user["first_name"] for user in looker.get(who, "/users/search", **query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"first_name": "EVE"}, ["Eve"]),
        ({"first_name": "%a%"}, ["Ada", "Dan"]),
        ({"first_name": "_a%"}, ["Dan"]),
        ({"first_name": "e"}, []),
        ({"first_name": "eve", "last_name": "west"}, []),
        ({"first_name": "eve", "last_name": "west", "filter_or": "true"}, ["Eve", "Wim"]),
        ({"id": "1,3"}, ["Ada", "Wim"]),
        ({"is_disabled": "true"}, ["Dan"]),
        ({"embed_user": "true"}, ["Dan"]),
        ({"email": "IS NULL"}, []),
        ({"email": "NOT NULL", "sorts": "first_name desc"}, ["Wim", "Eve", "Dan", "Ada"]),
        ({"sorts": "id desc", "limit": "2"}, ["Dan", "Wim"]),
        ({"sorts": "id", "limit": "2", "offset": "1"}, ["Eve", "Wim"]),
        ({"page": "2", "per_page": "3"}, ["Dan"]),
        ({"limit": "1", "page": "2", "per_page": "3"}, ["Ada"]),
        ({"offset": "3"}, ["Dan"]),
        ({"limit": "0"}, []),
    ],
)
def test_search_follows_the_specification(looker: Looker, query: dict[str, str], expected: list[str]) -> None:
    assert names(looker, **query) == expected


def test_a_search_by_others_tells_nothing_about_details(looker: Looker) -> None:
    everybody = ["Ada", "Eve", "Wim", "Dan"]
    assert names(looker, "Eve", email="ada%") == everybody
    assert names(looker, "Eve", is_disabled="true") == everybody
    assert names(looker, "Eve", group_id=looker.group_id("West")) == everybody
    assert looker.get("Eve", "/users/search/names/ada@air%25") == []
    assert looker.call("Eve", "GET", "/users", sorts="email").status == 400


def test_names_are_searched_in_first_name_last_name_and_email(looker: Looker) -> None:
    for pattern in ("wim", "west", "wim%40air%"):
        found = looker.get("Ada", f"/users/search/names/{pattern.replace('%', '%25').replace('%2540', '%40')}")
        assert [user["first_name"] for user in found] == ["Wim"], pattern


@pytest.mark.parametrize(
    "query", [{"is_disabled": "maybe"}, {"limit": "ten"}, {"sorts": "shoe_size"}, {"sorts": "id up"}]
)
def test_a_query_that_cannot_be_read_is_refused(looker: Looker, query: dict[str, str]) -> None:
    assert looker.call("Ada", "GET", "/users/search", **query).status == 400


def test_a_credential_is_compared_exactly(looker: Looker) -> None:
    looker.user("Wim").credentials["google"] = "g-1"
    assert looker.get("Ada", "/users/credential/google/g-1")["first_name"] == "Wim"
    for path in ("google/g-%25", "google/G-1", "email/%25", "email/ada_air.example", "shoe/9", "api3/"):
        assert looker.call("Ada", "GET", f"/users/credential/{path}").status == 404, path


def test_the_core_edition_does_not_look_up_emails() -> None:
    looker = make_looker(edition="core")
    answer = looker.call("Ada", "GET", "/users/credential/email/eve%40air.example")
    assert (answer.status, answer.value["message"]) == (403, "Unsupported in Looker (Google Cloud core)")
