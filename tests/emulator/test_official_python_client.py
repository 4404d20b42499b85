"""Looker's own Python client, unchanged, over every people operation."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from looker_sdk import error, models40
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_looker import Looker, served_looker
from looker_client import client_of

MODULES = (
    "auth",
    "session",
    "users",
    "user_search",
    "user_sessions",
    "credentials",
    "credentials_email",
    "groups",
    "group_members",
    "group_values",
    "roles",
    "role_members",
    "permission_sets",
    "model_sets",
    "user_attributes",
    "attribute_values",
)
EXPECTED = {
    operation.id for name in MODULES for operation in import_module(f"lookgate.emulator.api.{name}").operations.all
}
NO = "999999"
Calls = dict[str, Callable[[Any], Any]]


class Recorder:
    """Notes which requests were answered with success."""

    def __init__(self) -> None:
        self.answered: list[tuple[str, str]] = []

    def __call__(self, app: ASGIApp) -> ASGIApp:
        async def recording(scope: Scope, receive: Receive, send: Send) -> None:
            async def note(message: Message) -> None:
                if message["type"] == "http.response.start" and message["status"] < 300:
                    self.answered.append((scope["method"], scope["raw_path"].decode()))
                await send(message)

            await app(scope, receive, note)

        return recording


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def looker(recorder: Recorder) -> Iterator[Looker]:
    with served_looker(wrap=recorder) as served:
        yield served


def people_calls(looker: Looker, user: str, group: str, role: str, attribute: str) -> Calls:
    """Return one call of each operation, towards things of these ids."""
    permission_set = role and (NO if role == NO else next(iter(looker.instance.permission_sets)))
    model_set = NO if role == NO else next(iter(looker.instance.model_sets))
    m = models40
    calls: Calls = {
        "me": lambda sdk: sdk.me(),
        "session": lambda sdk: sdk.session(),
        "update_session": lambda sdk: sdk.update_session(m.WriteApiSession(workspace_id="production")),
        "all_users": lambda sdk: sdk.all_users(),
        "search_users": lambda sdk: sdk.search_users(),
        "search_users_names": lambda sdk: sdk.search_users_names("a%"),
        "create_user": lambda sdk: sdk.create_user(m.WriteUser(first_name="New")),
        "user": lambda sdk: sdk.user(user),
        "update_user": lambda sdk: sdk.update_user(user, m.WriteUser(last_name="Changed")),
        "delete_user": lambda sdk: sdk.delete_user(user),
        "user_for_credential": lambda sdk: sdk.user_for_credential("email", "nobody@air.example"),
        "search_credentials_email": lambda sdk: sdk.search_credentials_email(),
        "user_credentials_email": lambda sdk: sdk.user_credentials_email(user),
        "create_user_credentials_email": lambda sdk: sdk.create_user_credentials_email(
            user, m.WriteCredentialsEmail(email="new@air.example")
        ),
        "update_user_credentials_email": lambda sdk: sdk.update_user_credentials_email(
            user, m.WriteCredentialsEmail(email="other@air.example")
        ),
        "delete_user_credentials_email": lambda sdk: sdk.delete_user_credentials_email(user),
        "create_user_credentials_email_password_reset": lambda sdk: sdk.create_user_credentials_email_password_reset(
            user
        ),
        "wipeout_user_emails": lambda sdk: sdk.wipeout_user_emails(user, m.UserEmailOnly(email="wiped@air.example")),
        "all_user_credentials_api3s": lambda sdk: sdk.all_user_credentials_api3s(user),
        "create_user_credentials_api3": lambda sdk: sdk.create_user_credentials_api3(user),
        "user_credentials_api3": lambda sdk: sdk.user_credentials_api3(user, NO),
        "update_user_credentials_api3": lambda sdk: sdk.update_user_credentials_api3(
            user, NO, m.WriteCredentialsApi3(purpose="x")
        ),
        "delete_user_credentials_api3": lambda sdk: sdk.delete_user_credentials_api3(user, NO),
        "all_user_credentials_embeds": lambda sdk: sdk.all_user_credentials_embeds(user),
        "user_credentials_embed": lambda sdk: sdk.user_credentials_embed(user, NO),
        "delete_user_credentials_embed": lambda sdk: sdk.delete_user_credentials_embed(user, NO),
        "all_user_sessions": lambda sdk: sdk.all_user_sessions(user),
        "user_session": lambda sdk: sdk.user_session(user, NO),
        "delete_user_session": lambda sdk: sdk.delete_user_session(user, NO),
        "user_roles": lambda sdk: sdk.user_roles(user),
        "set_user_roles": lambda sdk: sdk.set_user_roles(user, [NO]),
        "user_attribute_user_values": lambda sdk: sdk.user_attribute_user_values(user),
        "set_user_attribute_user_value": lambda sdk: sdk.set_user_attribute_user_value(
            user, attribute, m.WriteUserAttributeWithValue(value="1")
        ),
        "delete_user_attribute_user_value": lambda sdk: sdk.delete_user_attribute_user_value(user, attribute),
        "all_groups": lambda sdk: sdk.all_groups(),
        "search_groups": lambda sdk: sdk.search_groups(),
        "search_groups_with_roles": lambda sdk: sdk.search_groups_with_roles(),
        "search_groups_with_hierarchy": lambda sdk: sdk.search_groups_with_hierarchy(),
        "group": lambda sdk: sdk.group(group),
        "create_group": lambda sdk: sdk.create_group(m.WriteGroup(name="New")),
        "update_group": lambda sdk: sdk.update_group(group, m.WriteGroup(name="Renamed")),
        "delete_group": lambda sdk: sdk.delete_group(group),
        "all_group_users": lambda sdk: sdk.all_group_users(group),
        "add_group_user": lambda sdk: sdk.add_group_user(group, m.GroupIdForGroupUserInclusion(user_id=user)),
        "delete_group_user": lambda sdk: sdk.delete_group_user(group, user),
        "all_group_groups": lambda sdk: sdk.all_group_groups(group),
        "add_group_group": lambda sdk: sdk.add_group_group(group, m.GroupIdForGroupInclusion(group_id=group)),
        "delete_group_from_group": lambda sdk: sdk.delete_group_from_group(group, NO),
        "update_user_attribute_group_value": lambda sdk: sdk.update_user_attribute_group_value(
            group, attribute, m.UserAttributeGroupValue(value="1")
        ),
        "delete_user_attribute_group_value": lambda sdk: sdk.delete_user_attribute_group_value(group, attribute),
        "all_roles": lambda sdk: sdk.all_roles(),
        "search_roles": lambda sdk: sdk.search_roles(),
        "search_roles_with_user_count": lambda sdk: sdk.search_roles_with_user_count(),
        "role": lambda sdk: sdk.role(role),
        "create_role": lambda sdk: sdk.create_role(m.WriteRole(name="New")),
        "update_role": lambda sdk: sdk.update_role(role, m.WriteRole(name="Renamed")),
        "delete_role": lambda sdk: sdk.delete_role(role),
        "role_users": lambda sdk: sdk.role_users(role),
        "set_role_users": lambda sdk: sdk.set_role_users(role, [user]),
        "role_groups": lambda sdk: sdk.role_groups(role),
        "set_role_groups": lambda sdk: sdk.set_role_groups(role, [group]),
        "all_permissions": lambda sdk: sdk.all_permissions(),
        "all_permission_sets": lambda sdk: sdk.all_permission_sets(),
        "search_permission_sets": lambda sdk: sdk.search_permission_sets(),
        "permission_set": lambda sdk: sdk.permission_set(permission_set),
        "create_permission_set": lambda sdk: sdk.create_permission_set(m.WritePermissionSet(name="New")),
        "update_permission_set": lambda sdk: sdk.update_permission_set(permission_set, m.WritePermissionSet(name="x")),
        "delete_permission_set": lambda sdk: sdk.delete_permission_set(permission_set),
        "all_model_sets": lambda sdk: sdk.all_model_sets(),
        "search_model_sets": lambda sdk: sdk.search_model_sets(),
        "model_set": lambda sdk: sdk.model_set(model_set),
        "create_model_set": lambda sdk: sdk.create_model_set(m.WriteModelSet(name="New")),
        "update_model_set": lambda sdk: sdk.update_model_set(model_set, m.WriteModelSet(name="x")),
        "delete_model_set": lambda sdk: sdk.delete_model_set(model_set),
        "all_user_attributes": lambda sdk: sdk.all_user_attributes(),
        "user_attribute": lambda sdk: sdk.user_attribute(attribute),
        "create_user_attribute": lambda sdk: sdk.create_user_attribute(
            m.WriteUserAttribute(name="new", label="New", type="string")
        ),
        "update_user_attribute": lambda sdk: sdk.update_user_attribute(
            attribute, m.WriteUserAttribute(name="limit", label="Changed", type="number")
        ),
        "delete_user_attribute": lambda sdk: sdk.delete_user_attribute(attribute),
        "all_user_attribute_group_values": lambda sdk: sdk.all_user_attribute_group_values(attribute),
        "set_user_attribute_group_values": lambda sdk: sdk.set_user_attribute_group_values(
            attribute, [m.UserAttributeGroupValue(group_id=group, value="1")]
        ),
    }
    for kind in ("google", "saml", "oidc", "ldap", "looker_openid"):
        for verb in ("", "delete_"):
            name = f"{verb}user_credentials_{kind}"
            calls[name] = partial(lambda name, sdk: getattr(sdk, name)(user), name)
    return calls


OPEN = {
    "me", "session", "update_session", "all_users", "search_users", "search_users_names", "user", "all_groups",
    "search_groups", "group", "all_roles", "search_roles", "all_user_attributes", "user_attribute",
}  # fmt: skip
"""What everyone may call; what they see of others is tested beside the operation."""
OWN = {"role"}
"""Looks like nothing to those who do not have it."""
WITHOUT_ID = {
    "me", "session", "update_session", "all_users", "search_users", "search_users_names", "create_user",
    "search_credentials_email", "all_groups", "search_groups", "search_groups_with_roles",
    "search_groups_with_hierarchy", "create_group", "all_roles", "search_roles", "search_roles_with_user_count",
    "create_role", "all_permissions", "all_permission_sets", "search_permission_sets", "create_permission_set",
    "all_model_sets", "search_model_sets", "create_model_set", "all_user_attributes", "create_user_attribute",
}  # fmt: skip


def real_calls(looker: Looker) -> Calls:
    return people_calls(
        looker,
        looker.user("Wim").id,
        looker.group_id("West"),
        looker.role_id("Developer"),
        looker.attribute_id("limit"),
    )


def refusal(call: Callable[[Any], Any], sdk: Any) -> str:
    with pytest.raises(error.SDKError) as caught:
        call(sdk)
    return str(caught.value.message)


def test_the_table_of_calls_covers_every_operation(looker: Looker) -> None:
    assert set(real_calls(looker)) | {"login", "login_user", "logout"} == EXPECTED


def test_nobody_without_a_token_gets_anything(looker: Looker) -> None:
    with client_of(looker, None) as sdk:
        for name, call in real_calls(looker).items():
            assert "Requires authentication." in refusal(call, sdk), name


def test_what_is_for_admins_is_forbidden_to_others(looker: Looker) -> None:
    with client_of(looker, "Eve") as sdk:
        for name, call in real_calls(looker).items():
            if name in OWN:
                assert "Not found" in refusal(call, sdk), name
            elif name not in OPEN:
                assert "Forbidden" in refusal(call, sdk), name
            else:
                call(sdk)


def test_an_id_that_does_not_exist_is_not_found(looker: Looker) -> None:
    with client_of(looker, "Ada") as sdk:
        for name, call in people_calls(looker, NO, NO, NO, NO).items():
            if name not in WITHOUT_ID:
                assert "Not found" in refusal(call, sdk), name


def test_every_operation_succeeds(looker: Looker, recorder: Recorder) -> None:
    recorder.answered.clear()
    with client_of(looker, "Ada") as sdk:
        for story in (users, credentials, sessions, groups, roles, sets, attributes, values, searches, tokens):
            story(sdk, looker)
    done = set()
    for method, path in recorder.answered:
        operation = looker.api.find(method, path.removeprefix("/api").removeprefix("/4.0"))
        assert operation is not None, path
        done.add(operation.id)
    assert EXPECTED - done == set()


def users(sdk: Any, looker: Looker) -> None:
    made = sdk.create_user(models40.WriteUser(first_name="Nia", last_name="New", locale="fr"))
    assert (made.display_name, made.locale, made.email) == ("Nia New", "fr", None)
    assert sdk.update_user(made.id, models40.WriteUser(last_name="Newer")).last_name == "Newer"
    assert sdk.user(made.id, fields="id,last_name").first_name is None
    assert made.id in [user.id for user in sdk.all_users(ids=models40.DelimSequence([made.id]))]
    assert sdk.search_users(last_name="newe_")[0].id == made.id
    assert sdk.search_users_names("nI%")[0].id == made.id
    sdk.delete_user(made.id)
    assert sdk.search_users(id=made.id) == []
    assert sdk.me().id == looker.user("Ada").id


def credentials(sdk: Any, looker: Looker) -> None:
    user = looker.user("Dan")
    assert sdk.user_for_credential("embed", "ext-dan").id == user.id
    assert sdk.user_for_credential("api3", user.api3[0].client_id).id == user.id
    assert sdk.user_for_credential("email", "DAN@air.example").id == user.id
    assert sdk.all_user_credentials_embeds(user.id)[0].external_user_id == "ext-dan"
    assert sdk.user_credentials_embed(user.id, user.id).is_disabled
    sdk.delete_user_credentials_embed(user.id, user.id)
    assert sdk.wipeout_user_emails(user.id, models40.UserEmailOnly(email="dan2@air.example")).email
    sdk.delete_user_credentials_email(user.id)
    body = models40.WriteCredentialsEmail(email="dan3@air.example")
    assert sdk.create_user_credentials_email(user.id, body).email == "dan3@air.example"
    body = models40.WriteCredentialsEmail(forced_password_reset_at_next_login=True)
    assert sdk.update_user_credentials_email(user.id, body).forced_password_reset_at_next_login
    assert sdk.user_credentials_email(user.id).email == "dan3@air.example"
    assert sdk.search_credentials_email(email="dan3%")[0].user_id == user.id
    assert (
        "/password/reset/" in sdk.create_user_credentials_email_password_reset(user.id, expires=True).password_reset_url
    )
    key = sdk.create_user_credentials_api3(user.id)
    assert key.client_secret
    assert sdk.user_credentials_api3(user.id, key.id).client_id == key.client_id
    purpose = models40.WriteCredentialsApi3(purpose="nightly")
    assert sdk.update_user_credentials_api3(user.id, key.id, purpose).purpose == "nightly"
    assert len(sdk.all_user_credentials_api3s(user.id)) == 2
    sdk.delete_user_credentials_api3(user.id, key.id)
    user.credentials.update(google="g1", saml="s1", oidc="o1", ldap="l1", looker_openid="dan3@air.example")
    assert sdk.user_credentials_google(user.id).google_user_id == "g1"
    assert sdk.user_credentials_saml(user.id).saml_user_id == "s1"
    assert sdk.user_credentials_oidc(user.id).oidc_user_id == "o1"
    assert sdk.user_credentials_ldap(user.id).ldap_id == "l1"
    assert sdk.user_credentials_looker_openid(user.id).email == "dan3@air.example"
    assert sdk.user(user.id).credentials_google.google_user_id == "g1"
    for kind in ("google", "saml", "oidc", "ldap", "looker_openid"):
        getattr(sdk, f"delete_user_credentials_{kind}")(user.id)
    assert user.credentials == {}


def sessions(sdk: Any, looker: Looker) -> None:
    from lookgate.emulator.instance import UiSession  # noqa: PLC0415 - only here

    user = looker.user("Eve")
    looker.instance.sessions["the-cookie"] = UiSession("the-cookie", user.id, "csrf", looker.clock())
    shown = sdk.all_user_sessions(user.id)[0]
    assert sdk.user_session(user.id, shown.id).id == shown.id != "the-cookie"
    sdk.delete_user_session(user.id, shown.id)
    assert looker.instance.sessions == {}
    assert sdk.session().workspace_id == "production"
    assert sdk.update_session(models40.WriteApiSession(workspace_id="dev")).workspace_id == "dev"


def groups(sdk: Any, looker: Looker) -> None:
    user = looker.user("Wim")
    made = sdk.create_group(models40.WriteGroup(name="North"))
    assert sdk.update_group(made.id, models40.WriteGroup(name="Far North")).name == "Far North"
    assert sdk.add_group_user(made.id, models40.GroupIdForGroupUserInclusion(user_id=user.id)).id == user.id
    assert [found.id for found in sdk.all_group_users(made.id)] == [user.id]
    inner = models40.GroupIdForGroupInclusion(group_id=looker.group_id("East"))
    assert sdk.add_group_group(made.id, inner).name == "East"
    assert [found.name for found in sdk.all_group_groups(made.id)] == ["East"]
    assert sdk.group(made.id).user_count == 2
    parents = sdk.search_groups_with_hierarchy(name="east")[0].parent_group_ids
    assert set(parents) == {made.id, looker.group_id("Coasts")}
    assert sdk.search_groups_with_roles(name="east")[0].roles[0].name == "Viewer"
    sdk.delete_group_from_group(made.id, looker.group_id("East"))
    sdk.delete_group_user(made.id, user.id)
    assert sdk.search_groups(name="far%")[0].user_count == 0
    sdk.delete_group(made.id)
    assert made.id not in [found.id for found in sdk.all_groups()]


def roles(sdk: Any, looker: Looker) -> None:
    user, group = looker.user("Wim"), looker.group_id("West")
    sets = {"permission_set_id": sdk.role(looker.role_id("Viewer")).permission_set.id}
    sets["model_set_id"] = sdk.search_model_sets(name="all")[0].id
    made = sdk.create_role(models40.WriteRole(name="Reader", **sets))
    assert made.model_set.all_access
    assert sdk.update_role(made.id, models40.WriteRole(name="Reader 2")).name == "Reader 2"
    assert [found.id for found in sdk.set_role_users(made.id, [user.id])] == [user.id]
    assert [found.id for found in sdk.role_users(made.id, direct_association_only=True)] == [user.id]
    assert [found.id for found in sdk.set_role_groups(made.id, [group])] == [group]
    assert [found.id for found in sdk.role_groups(made.id)] == [group]
    assert sdk.search_roles_with_user_count(name="reader%")[0].user_count == 1
    assert made.id in [found.id for found in sdk.user_roles(user.id)]
    assert sdk.set_user_roles(user.id, [looker.role_id("Viewer")])
    assert sdk.search_roles(name="reader 2")[0].id == made.id
    sdk.delete_role(made.id)
    assert made.id not in [found.id for found in sdk.all_roles()]


def sets(sdk: Any, looker: Looker) -> None:
    assert "access_data" in [found.permission for found in sdk.all_permissions()]
    made = sdk.create_permission_set(models40.WritePermissionSet(name="Tiny", permissions=["access_data"]))
    body = models40.WritePermissionSet(permissions=["access_data", "see_looks"])
    assert sdk.update_permission_set(made.id, body).permissions == ["access_data", "see_looks"]
    assert sdk.permission_set(made.id).name == "Tiny"
    assert sdk.search_permission_sets(built_in=True)[0].name == "Admin"
    sdk.delete_permission_set(made.id)
    assert len(sdk.all_permission_sets()) == len(looker.instance.permission_sets)
    found = sdk.create_model_set(models40.WriteModelSet(name="Sea", models=["sea"]))
    assert sdk.update_model_set(found.id, models40.WriteModelSet(models=["sea", "air"])).models == ["sea", "air"]
    assert sdk.model_set(found.id).name == "Sea"
    assert [each.id for each in sdk.search_model_sets(models="sea", all_access=False)] == [found.id]
    sdk.delete_model_set(found.id)
    assert found.id not in [each.id for each in sdk.all_model_sets()]


def attributes(sdk: Any, looker: Looker) -> None:
    made = sdk.create_user_attribute(
        models40.WriteUserAttribute(
            name="secret",
            label="Secret",
            type="string",
            default_value="shh",
            value_is_hidden=True,
            hidden_value_domain_whitelist="http://127.0.0.1:8701/*",
        )
    )
    assert (made.value_is_hidden, made.default_value) == (True, None)
    body = models40.WriteUserAttribute(name="secret", label="Very secret", type="string")
    assert sdk.update_user_attribute(made.id, body).label == "Very secret"
    entries = [
        models40.UserAttributeGroupValue(group_id=looker.group_id(name), value="shh") for name in ("West", "East")
    ]
    assert [found.rank for found in sdk.set_user_attribute_group_values(made.id, entries)] == [0, 1]
    assert [found.value for found in sdk.all_user_attribute_group_values(made.id)] == [None, None]
    value = models40.UserAttributeGroupValue(value="x")
    assert sdk.update_user_attribute_group_value(looker.group_id("Coasts"), made.id, value).rank == 2
    sdk.delete_user_attribute_group_value(looker.group_id("Coasts"), made.id)
    assert sdk.user_attribute(made.id).label == "Very secret"
    sdk.delete_user_attribute(made.id)
    assert made.id not in [found.id for found in sdk.all_user_attributes(sorts="name")]


def values(sdk: Any, looker: Looker) -> None:
    user, attribute = looker.user("Eve"), looker.attribute_id("carrier")
    ids = models40.DelimSequence([attribute])
    before = sdk.user_attribute_user_values(user.id, user_attribute_ids=ids, all_values=True)
    assert [(found.value, found.source, found.rank) for found in before] == [
        ("B6", "group", 1),
        ("UA", "default", None),
    ]
    body = models40.WriteUserAttributeWithValue(value="AA")
    assert sdk.set_user_attribute_user_value(user.id, attribute, body).source == "user"
    assert sdk.user_attribute_user_values(user.id, user_attribute_ids=ids)[0].value == "AA"
    sdk.delete_user_attribute_user_value(user.id, attribute)


def searches(sdk: Any, looker: Looker) -> None:
    assert [user.first_name for user in sdk.all_users(sorts="first_name desc", limit=2, offset=1)] == ["Eve", "Dan"]
    assert sdk.search_users(group_id=looker.group_id("West"))[0].first_name == "Wim"
    assert sdk.search_users(first_name="Ada", last_name="East", filter_or=True, sorts="id")[1].first_name == "Eve"


def tokens(sdk: Any, looker: Looker) -> None:
    sdk.auth.login_user(looker.user("Eve").id)
    assert sdk.me().first_name == "Eve"
    sdk.auth.logout()
    assert sdk.me().first_name == "Ada"
    key = looker.user("Eve").api3[0]
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # the client warns about these three names
        assert sdk.login_user(looker.user("Wim").id).expires_in == 3600
        assert sdk.login(key.client_id, key.client_secret).token_type == "Bearer"
        sdk.logout()


@pytest.mark.parametrize(
    ("name", "call"),
    {
        "group name taken": lambda sdk, _: sdk.create_group(models40.WriteGroup(name="EAST")),
        "group name empty": lambda sdk, _: sdk.create_group(models40.WriteGroup(name=" ")),
        "role name taken": lambda sdk, _: sdk.create_role(
            models40.WriteRole(name="viewer", permission_set_id="1", model_set_id="1")
        ),
        "role without sets": lambda sdk, _: sdk.create_role(models40.WriteRole(name="Bare")),
        "unknown permission": lambda sdk, _: sdk.create_permission_set(
            models40.WritePermissionSet(name="p", permissions=["fly"])
        ),
        "model set without name": lambda sdk, _: sdk.create_model_set(models40.WriteModelSet(models=["x"])),
        "attribute name taken": lambda sdk, _: sdk.create_user_attribute(
            models40.WriteUserAttribute(name="carrier", label="Other", type="string")
        ),
        "attribute label taken": lambda sdk, _: sdk.create_user_attribute(
            models40.WriteUserAttribute(name="other", label="Carrier", type="string")
        ),
        "unknown type": lambda sdk, _: sdk.create_user_attribute(
            models40.WriteUserAttribute(name="other", label="Other", type="colour")
        ),
        "allow-list changed": lambda sdk, looker: sdk.update_user_attribute(
            looker.attribute_id("handle"),
            models40.WriteUserAttribute(
                name="handle", label="Handle", type="string", hidden_value_domain_whitelist="https://evil.example/*"
            ),
        ),
        "un-hidden": lambda sdk, looker: sdk.update_user_attribute(
            looker.attribute_id("handle"),
            models40.WriteUserAttribute(name="handle", label="Handle", type="string", value_is_hidden=False),
        ),
        "unknown group": lambda sdk, looker: sdk.set_user_attribute_group_values(
            looker.attribute_id("carrier"), [models40.UserAttributeGroupValue(group_id=NO, value="x")]
        ),
        "not a number": lambda sdk, looker: sdk.set_user_attribute_user_value(
            looker.user("Eve").id, looker.attribute_id("limit"), models40.WriteUserAttributeWithValue(value="many")
        ),
        "unknown role": lambda sdk, looker: sdk.set_user_roles(looker.user("Eve").id, [NO]),
        "unknown workspace": lambda sdk, _: sdk.update_session(models40.WriteApiSession(workspace_id="moon")),
        "not an email": lambda sdk, looker: sdk.update_user_credentials_email(
            looker.user("Eve").id, models40.WriteCredentialsEmail(email="nonsense")
        ),
        "last admin disabled": lambda sdk, looker: sdk.update_user(
            looker.user("Ada").id, models40.WriteUser(is_disabled=True)
        ),
    }.items(),
)
def test_what_does_not_fit_fails_validation(name: str, call: Callable[[Any, Looker], Any], looker: Looker) -> None:
    with client_of(looker, "Ada") as sdk, pytest.raises(error.SDKError) as caught:
        call(sdk, looker)
    assert "Validation Failed" in caught.value.message, name
    assert caught.value.errors[0].field, name
