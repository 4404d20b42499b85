from __future__ import annotations

import re

import pytest

from lookgate.emulator.pages.session import return_to
from pages_site import Pages

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "http://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\u2028/evil.example",
    "/\u00a0x",
    "",
]


def test_nobody_is_sent_to_choose_a_user_and_comes_back_to_the_page_they_wanted(pages: Pages) -> None:
    visitor = pages.visitor()
    asked = visitor.get("/explore?x=1")
    assert (asked.status, asked.header("location")) == (303, "/login?return_to=%2Fexplore%3Fx%3D1")
    chooser = visitor.get("/login?return_to=%2Fexplore%3Fx%3D1").text
    assert 'name="return_to" value="/explore?x=1"' in chooser
    form = {"user_id": pages.looker.user("Bea").id, "return_to": "/explore?x=1"}
    assert visitor.post("/login", form).header("location") == "/explore?x=1"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(pages: Pages, target: str) -> None:
    assert return_to(target) == "/"
    form = {"user_id": pages.looker.user("Bea").id, "return_to": target}
    assert pages.visitor().post("/login", form).header("location") == "/"


def test_the_cookie_is_unreadable_for_scripts_and_not_sent_by_other_sites(pages: Pages) -> None:
    cookie = pages.visitor().post("/login", {"user_id": pages.looker.user("Bea").id}).header("set-cookie") or ""
    assert re.fullmatch(r"looker_session=[\w-]{40,}; HttpOnly; Path=/; SameSite=strict", cookie)


def test_each_signing_in_makes_another_session(pages: Pages) -> None:
    first, second = pages.signed_in("Bea"), pages.signed_in("Bea")
    assert first.cookies != second.cookies
    assert first.csrf() != second.csrf()


def test_a_disabled_user_and_an_unknown_one_cannot_be_chosen(pages: Pages) -> None:
    visitor = pages.visitor()
    assert "Dan Disabled" not in visitor.get("/login").text
    for user_id in (pages.looker.user("Dan").id, "99999", ""):
        assert visitor.post("/login", {"user_id": user_id}).status == 404
    assert not visitor.cookies


def test_a_session_ends_when_its_user_is_disabled_or_a_day_has_gone(pages: Pages) -> None:
    visitor = pages.signed_in("Bea")
    pages.looker.user("Bea").is_disabled = True
    assert visitor.get("/").status == 303
    pages.looker.user("Bea").is_disabled = False
    assert visitor.get("/").status == 303, "it does not come back to life"

    other = pages.signed_in("Bea")
    pages.looker.clock.forward(hours=23, minutes=59)
    assert other.get("/").status == 200
    pages.looker.clock.forward(minutes=1)
    assert other.get("/").status == 303


def test_switching_user_ends_the_session_before(pages: Pages) -> None:
    visitor = pages.signed_in("Bea")
    before = dict(visitor.cookies)
    assert visitor.post("/login", {"user_id": pages.looker.user("Eve").id, "csrf": visitor.csrf()}).status == 303
    assert "Eve East" in visitor.get("/account").text
    visitor.cookies = before
    assert visitor.get("/").status == 303


def test_signing_out_ends_the_session_on_the_server(pages: Pages) -> None:
    visitor = pages.signed_in("Bea")
    before = dict(visitor.cookies)
    assert visitor.post("/logout", {"csrf": visitor.csrf()}).header("location") == "/login"
    visitor.cookies = before
    assert visitor.get("/").status == 303


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:9998", "http://localhost:9999"]
)
def test_a_change_from_another_origin_is_refused(pages: Pages, origin: str | None) -> None:
    visitor = pages.signed_in("Ada")
    token = visitor.csrf()
    carrier, bea = pages.looker.attribute_id("carrier"), pages.looker.user("Bea").id
    changes = {
        "/login": {"user_id": bea},
        "/logout": {},
        f"/account/attributes/{carrier}": {"value": "XX", "do": "set"},
        f"/admin/users/{bea}/attributes/{carrier}": {"value": "XX", "do": "set"},
        f"/admin/user_attributes/{carrier}/default": {"value": "XX", "do": "set"},
        f"/admin/user_attributes/{carrier}/groups": {"group_id": "1", "value": "XX", "do": "set"},
    }
    for path, form in changes.items():
        assert visitor.post(path, {**form, "csrf": token}, origin=origin).status == 403, path
    assert "XX" not in str(pages.looker.instance.user_values) + str(pages.looker.instance.attributes[carrier])
    assert visitor.get("/account").status == 200, "the session is as it was"


def test_a_change_without_the_sessions_own_token_is_refused(pages: Pages) -> None:
    visitor, other = pages.signed_in("Ada"), pages.signed_in("Ada")
    path = f"/account/attributes/{pages.looker.attribute_id('carrier')}"
    for token in ("", "x", "é", other.csrf()):
        assert visitor.post(path, {"value": "XX", "do": "set", "csrf": token}).status == 403
        assert visitor.post("/logout", {"csrf": token}).status == 403
        assert visitor.post("/login", {"user_id": pages.looker.user("Eve").id, "csrf": token}).status == 403
    assert not [value for value in pages.looker.instance.user_values.values() if value == "XX"]


def test_a_change_without_a_session_is_refused(pages: Pages) -> None:
    for path in ("/logout", "/account/attributes/1", "/admin/users/1/attributes/1"):
        assert pages.visitor().post(path, {"csrf": ""}).status == 403


def test_a_form_that_is_too_long_is_refused(pages: Pages) -> None:
    visitor = pages.signed_in("Bea")
    assert visitor.post("/login", {"user_id": "1", "csrf": visitor.csrf(), "x": "x" * 70_000}).status == 413


def test_a_form_of_garbage_is_refused_and_breaks_nothing(pages: Pages) -> None:
    visitor = pages.visitor()
    headers = {"origin": visitor.origin, "content-type": "application/x-www-form-urlencoded"}
    for body in (b"\xff\xfe%zz&&&=;", b"{}", b"user_id=%00", b"&" * 5000):
        assert visitor.request("POST", "/login", headers, body).status == 404


def test_sessions_that_are_over_are_forgotten(pages: Pages) -> None:
    for _ in range(3):
        pages.signed_in("Bea")
    pages.looker.clock.forward(days=1)
    pages.signed_in("Eve")
    assert [session.user_id for session in pages.looker.instance.sessions.values()] == [pages.looker.user("Eve").id]
