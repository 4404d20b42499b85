from __future__ import annotations

from pathlib import Path

import pytest

from local_looker import Bytes, Clock, Looker, make_looker, people
from lookgate.emulator.build import build_instance
from lookgate.emulator.serve import SAMPLE_WORLD, ready
from lookgate.emulator.world import World, WorldError, load_world


def build(world: World, *projects: Path) -> Looker:
    return make_looker(world, projects=projects)


def test_the_sample_world_builds_and_has_somebody_of_each_kind() -> None:
    looker = Looker(
        build_instance(
            load_world(SAMPLE_WORLD),
            SAMPLE_WORLD.parent,
            [],
            base_url="http://127.0.0.1:1",
            sandbox_url="http://localhost:1",
            edition="original",
            clock=Clock(),
            random_bytes=Bytes(),
        ),
        Clock(),
    )
    admin, *others = looker.instance.users.values()
    assert looker.instance.is_admin(admin)
    assert not any(looker.instance.is_admin(user) for user in others)
    groups = {user.first_name: set(ready(looker.instance)["users"][i + 1]["groups"]) for i, user in enumerate(others)}
    assert groups["Bruno"] == {"All Users", "Network Planning", "Operations"}
    assert groups["Chiara"] == {"All Users", "Customer Care", "Operations"}
    assert groups["Dev"] == {"All Users"}
    values = looker.instance.values_of(looker.user("Bruno"))
    assert (values["favourite_carrier"], values["delay_threshold"]) == ("DL", "15")
    assert looker.instance.values_of(looker.user("Chiara"))["favourite_carrier"] == "B6"
    handle = looker.instance.attribute_named("flights_delays_lookgate_handle")
    assert handle is not None
    assert handle.value_is_hidden
    assert handle.hidden_value_domain_whitelist == "http://127.0.0.1:8701/*,http://localhost:8701/*"


def test_every_name_that_refers_to_nothing_is_told_at_once() -> None:
    world = people(
        models=[{"name": "air", "connections": ["sea"]}],
        permission_sets=[{"name": "Look", "permissions": ["fly", "administer"]}],
        roles=[{"name": "Viewer", "permission_set": "Looks", "model_set": "Nothing"}],
        groups=[{"name": "East", "roles": ["Pilot"], "groups": ["South"]}],
        attributes=[{"name": "carrier", "groups": {"North": "x"}, "domains": ["http://x/*"]}],
        users=[
            {"first_name": "A", "last_name": "B", "email": "a@b.example", "groups": ["Up"], "roles": ["Boss"],
             "attributes": {"shoe": "9"}},
        ],
    )  # fmt: skip
    with pytest.raises(WorldError) as caught:
        build(world)
    said = str(caught.value)
    for name in ("'sea'", "'fly'", "'administer'", "'Looks'", "'Nothing'", "'Pilot'", "'South'", "'North'", "'Up'",
                 "'Boss'", "'shoe'", "domains need hidden", "nobody enabled"):  # fmt: skip
        assert name in said, name


def test_a_name_that_is_given_twice_is_told() -> None:
    with pytest.raises(WorldError) as caught:
        build(
            people(
                groups=[{"name": "East"}, {"name": "East"}, {"name": "All Users"}, {"name": "West"}, {"name": "Coasts"}]
            )
        )
    assert "'East' is there twice" in str(caught.value)
    assert "'All Users' is there twice" in str(caught.value)


def test_a_world_without_an_enabled_admin_is_refused() -> None:
    with pytest.raises(WorldError, match="nobody enabled"):
        build(people(users=[{"first_name": "A", "last_name": "B", "email": "a@b.example"}]))


def test_a_project_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="--project"):
        build(people(), tmp_path / "nothing")


def test_two_projects_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "manifest.lkml").write_text('project_name: "same"\n')
    with pytest.raises(WorldError, match="same"):
        build(people(), tmp_path / "one", tmp_path / "two")


def test_the_permissions_form_a_tree() -> None:
    from lookgate.emulator.people.permissions import PERMISSIONS  # noqa: PLC0415 - only here

    for name, (parent, sentence) in PERMISSIONS.items():
        assert parent is None or parent in PERMISSIONS, name
        assert sentence, name
