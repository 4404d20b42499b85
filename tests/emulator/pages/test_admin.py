from __future__ import annotations

from pages_site import Pages


def test_an_admin_sets_and_clears_a_users_own_value(pages: Pages) -> None:
    visitor, looker = pages.signed_in("Ada"), pages.looker
    eve, carrier = looker.user("Eve"), looker.instance.attributes[looker.attribute_id("carrier")]
    path = f"/admin/users/{eve.id}/attributes/{carrier.id}"
    assert looker.instance.value_of(eve, carrier).value == "B6"
    done = visitor.post(path, {"value": "AA <b>", "do": "set", "csrf": visitor.csrf()})
    assert (done.status, done.header("location")) == (303, f"/admin/users/{eve.id}")
    assert looker.instance.value_of(eve, carrier).value == "AA <b>"
    assert "<code>AA &lt;b&gt;</code>" in visitor.get(f"/admin/users/{eve.id}").text
    visitor.post(path, {"value": "", "do": "clear", "csrf": visitor.csrf()})
    assert looker.instance.value_of(eve, carrier).source == "group"


def test_an_admin_sets_default_and_group_values(pages: Pages) -> None:
    visitor, looker = pages.signed_in("Ada"), pages.looker
    carrier, west = looker.attribute_id("carrier"), looker.group_id("West")
    path = f"/admin/user_attributes/{carrier}"

    def value_of(name: str) -> str | None:
        return looker.instance.value_of(looker.user(name), looker.instance.attributes[carrier]).value

    assert visitor.post(f"{path}/default", {"value": "ZZ", "do": "set", "csrf": visitor.csrf()}).status == 303
    assert value_of("Bea") == "ZZ"
    form = {"group_id": west, "value": "QQ", "do": "set", "csrf": visitor.csrf()}
    assert visitor.post(f"{path}/groups", form).status == 303
    assert value_of("Wim") == "QQ"
    assert visitor.post(f"{path}/groups", {**form, "do": "clear"}).status == 303
    assert value_of("Wim") == "B6"
    assert visitor.post(f"{path}/default", {"do": "clear", "csrf": visitor.csrf()}).status == 303
    assert value_of("Bea") is None


def test_a_hidden_value_can_be_set_and_stays_unseen(pages: Pages) -> None:
    visitor, looker = pages.signed_in("Ada"), pages.looker
    handle, eve = looker.instance.attributes[looker.attribute_id("handle")], looker.user("Eve")
    done = visitor.post(
        f"/admin/users/{eve.id}/attributes/{handle.id}", {"value": "shh-new", "do": "set", "csrf": visitor.csrf()}
    )
    assert done.status == 303
    assert looker.instance.value_of(eve, handle).value == "shh-new"
    for path in (f"/admin/users/{eve.id}", f"/admin/user_attributes/{handle.id}", "/admin/user_attributes"):
        assert "shh-" not in visitor.get(path).text


def test_what_the_api_refuses_is_a_page_that_says_so(pages: Pages) -> None:
    visitor, looker = pages.signed_in("Ada"), pages.looker
    form = {"value": "x", "do": "set", "csrf": visitor.csrf()}
    email = looker.attribute_id("email")
    refused = [
        f"/admin/users/{looker.user('Eve').id}/attributes/99999",
        f"/admin/users/99999/attributes/{email}",
        "/admin/user_attributes/99999/default",
        f"/admin/user_attributes/{looker.attribute_id('carrier')}/groups",
        f"/admin/users/{looker.user('Eve').id}/attributes/{looker.attribute_id('limit')}",
    ]
    for path in refused:
        reply = visitor.post(path, form)
        assert 400 <= reply.status < 500, path
        assert "<h1>" in reply.text


def test_a_call_of_a_page_leaves_no_api_token_behind(pages: Pages) -> None:
    visitor, looker = pages.signed_in("Ada"), pages.looker
    before = set(looker.instance.tokens)
    for value in ("1", "not a number"):
        path = f"/admin/users/{looker.user('Eve').id}/attributes/{looker.attribute_id('limit')}"
        visitor.post(path, {"value": value, "do": "set", "csrf": visitor.csrf()})
    assert set(looker.instance.tokens) == before


def test_users_edit_what_they_may_of_their_own_and_nothing_else(pages: Pages) -> None:
    visitor, looker = pages.signed_in("Eve"), pages.looker
    carrier = looker.instance.attributes[looker.attribute_id("carrier")]
    form = {"value": "AS", "do": "set", "csrf": visitor.csrf()}
    assert visitor.post(f"/account/attributes/{carrier.id}", form).status == 303
    found = looker.instance.value_of(looker.user("Eve"), carrier)
    assert (found.value, found.source) == ("AS", "user")
    assert looker.instance.value_of(looker.user("Bea"), carrier).value != "AS"
    before = dict(looker.instance.user_values)
    for name in ("handle", "limit", "private_note", "email"):
        assert visitor.post(f"/account/attributes/{looker.attribute_id(name)}", form).status == 403
    assert visitor.post("/account/attributes/99999", form).status == 403
    assert looker.instance.user_values == before


def test_the_account_shows_only_attributes_that_users_may_view(pages: Pages) -> None:
    text = pages.signed_in("Eve").get("/account").text
    assert "carrier" in text
    assert "private_note" not in text
    assert "not for you" not in text


def test_api_secrets_are_on_the_admins_page_only(pages: Pages) -> None:
    secrets = [key.client_secret for user in pages.looker.instance.users.values() for key in user.api3]
    admin, other = pages.signed_in("Ada"), pages.signed_in("Eve")
    assert all(secret in admin.get("/admin/api").text for secret in secrets)
    for visitor, paths in ((admin, ("/", "/account", "/admin/users")), (other, ("/", "/account", "/admin/api"))):
        for path in paths:
            assert not [secret for secret in secrets if secret in visitor.get(path).text]
