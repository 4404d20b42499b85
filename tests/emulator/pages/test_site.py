from __future__ import annotations

import re
from pathlib import Path

import pytest

from lookgate.emulator.lookml.project import load_project
from pages_site import HOSTILE, SECRETS, Pages

ADMIN = ["/admin/users", "/admin/groups", "/admin/roles", "/admin/user_attributes", "/admin/api"]


def every_path(pages: Pages) -> list[str]:
    """Return the address of every page that is there, admin ones included."""
    instance = pages.looker.instance
    return [
        "/",
        "/account",
        "/explore",
        "/explore/air/sightings",
        "/explore/air/sightings?fields=sightings.animal,sightings.seen",
        "/dashboards/air::all_kinds",
        *(f"/dashboards/air::all_kinds/tiles/{index}" for index in range(1, 8)),
        "/extensions/zoo::cage/",
        "/spartan/zoo::cage",
        *ADMIN,
        *(f"/admin/users/{user_id}" for user_id in instance.users),
        *(f"/admin/user_attributes/{attribute_id}" for attribute_id in instance.attributes),
    ]


def test_an_admin_sees_every_page(pages: Pages) -> None:
    visitor = pages.signed_in("Ada")
    seen = {path: visitor.get(path).status for path in every_path(pages)}
    assert set(seen.values()) == {200}, seen


def test_others_see_no_admin_page_and_change_nothing_there(pages: Pages) -> None:
    carrier, bea = pages.looker.attribute_id("carrier"), pages.looker.user("Bea").id
    for name in ("Bea", "Eve", "Wim"):
        visitor = pages.signed_in(name)
        for path in (*ADMIN, f"/admin/users/{bea}", f"/admin/user_attributes/{carrier}"):
            reply = visitor.get(path)
            assert reply.status == 403
            assert "Only admins see this page" in reply.text
        assert 'href="/admin/users"' not in visitor.get("/").text
        form = {"value": "XX", "do": "set", "csrf": visitor.csrf(), "group_id": "1"}
        for path in (
            f"/admin/users/{bea}/attributes/{carrier}",
            f"/admin/user_attributes/{carrier}/default",
            f"/admin/user_attributes/{carrier}/groups",
        ):
            assert visitor.post(path, form).status == 403
    assert "XX" not in str(pages.looker.instance.user_values) + str(pages.looker.instance.attributes[carrier])


def test_nobody_sees_any_page_but_the_choice_of_users(pages: Pages) -> None:
    for path in every_path(pages):
        reply = pages.visitor().get(path)
        assert reply.status == 303
        assert (reply.header("location") or "").startswith("/login")


def test_hidden_values_are_on_no_page_for_anybody(pages: Pages) -> None:
    for name in ("Ada", "Eve", "Bea"):
        visitor = pages.signed_in(name)
        for path in ("/login", *every_path(pages)):
            text = visitor.get(path).text
            assert not [secret for secret in SECRETS if secret in text], (name, path)
    shown = pages.signed_in("Ada").get(f"/admin/user_attributes/{pages.looker.attribute_id('handle')}").text
    assert "••••" in shown


def test_names_that_are_scripts_are_only_text(pages: Pages) -> None:
    pages.looker.instance.attributes[pages.looker.attribute_id("carrier")].label = HOSTILE
    for name in ("Ada", HOSTILE):
        visitor = pages.signed_in(name)
        for path in ("/login", *every_path(pages), "/dashboards/<script>alert(1)</script>", "/extensions/<img src=x>"):
            text = visitor.get(path).text
            assert not re.search(
                r"<script(?! type=\"module\" src=\"/)|<img(?! src=\"/pages/static/mark.svg\")", text
            ), path
            assert not re.search(r"<[^>]*\son\w+=[^>]*>", re.sub(r'"[^"]*"', '""', text)), path


def test_a_page_says_what_it_may_load_and_loads_only_from_its_own_origin(pages: Pages) -> None:
    visitor = pages.signed_in("Ada")
    for path in ("/login", *every_path(pages), "/nowhere"):
        reply = visitor.get(path)
        policy = dict(part.split(" ", 1) for part in (reply.header("content-security-policy") or "").split("; "))
        assert policy["default-src"] == "'none'"
        assert (
            policy["script-src"]
            == policy["style-src"]
            == policy["form-action"]
            == policy["frame-ancestors"]
            == "'self'"
        )
        hosts = path.startswith(("/extensions", "/spartan", "/dashboards")) and "/tiles/" not in path
        assert policy["connect-src"] == ("*" if hosts else "'self'")
        assert policy["frame-src"] == ("'self' http://localhost:9999" if hosts else "'none'")
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("referrer-policy") == "same-origin"
        assert reply.header("cache-control") == "no-store"
        assert not re.search(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//', reply.text)


def test_every_page_has_a_language_a_title_a_heading_and_one_main(pages: Pages) -> None:
    visitor = pages.signed_in("Ada")
    titles = set()
    for path in (path for path in every_path(pages) if "/tiles/" not in path):
        text = visitor.get(path).text
        titles.add(re.findall(r"<title>([^<]+) · Local Looker</title>", text)[0])
        assert '<html lang="en">' in text
        assert text.count("<main ") == 1
        assert len(re.findall(r"<h1[ >]", text)) == 1, path
        assert text.index('href="#main"') < text.index("<main ")
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), path
        for label in re.findall(r'<label[^>]* for="([^"]+)"', text):
            assert label in ids
    assert len(titles) > 15


def test_an_address_that_is_nobodys_gets_a_page_of_its_own(pages: Pages) -> None:
    reply = pages.signed_in("Bea").get("/nowhere/at/all")
    assert (reply.status, "No such page" in reply.text) == (404, True)
    assert pages.visitor().request("DELETE", "/nowhere").status == 404


@pytest.mark.parametrize("path", ["/pages/static/../site.py", "/pages/static/%2e%2e/site.py", "/pages/static/"])
def test_static_files_are_those_of_the_folder_only(pages: Pages, path: str) -> None:
    assert pages.visitor().get(path).status == 404
    assert pages.visitor().get("/pages/static/tokens.css").header("x-content-type-options") == "nosniff"


def test_only_admins_are_told_at_home_what_is_wrong_in_the_lookml(pages: Pages) -> None:
    assert "In the LookML" not in pages.signed_in("Ada").get("/").text
    instance = pages.looker.instance
    name, project = next(iter(instance.projects.items()))
    (Path(project.folder) / "odd.view.lkml").write_text("view: <b> {")
    instance.projects[name] = load_project(project.folder)
    home = pages.signed_in("Ada").get("/").text
    assert "In the LookML" in home
    assert f"{name}/odd.view.lkml:1: " in home
    assert "<b>" not in home
    assert "In the LookML" not in pages.signed_in("Bea").get("/").text
