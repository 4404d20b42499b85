"""Looker's own Python client, unchanged, over every operation that is not about people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from looker_sdk import error

from content_site import served_content
from local_looker import Looker
from looker_client import client_of
from lookgate.emulator.shelf_content import SHARED

MODULES = (
    "color_collections", "connections", "dashboard_parts", "dashboards", "derived_tables", "embed", "folders",
    "lookml_models", "oauth_apps", "project_files", "projects", "queries", "query_run", "query_tasks", "saved_content",
    "setting", "sql_queries", "versions",
)  # fmt: skip
EXPECTED = {
    operation.id: operation
    for name in MODULES
    for operation in import_module(f"lookgate.emulator.api.{name}").operations.all
}
FORBIDDEN = {
    "create_connection", "update_connection", "delete_connection", "test_connection", "test_connection_config",
    "create_embed_secret", "delete_embed_secret", "create_sso_embed_url", "validate_embed_url",
    "acquire_embed_cookieless_session", "generate_tokens_for_cookieless_session", "delete_embed_cookieless_session",
    "create_lookml_model", "update_lookml_model", "delete_lookml_model", "register_oauth_client_app",
    "update_oauth_client_app", "delete_oauth_client_app", "invalidate_tokens", "activate_app_user",
    "deactivate_app_user", "set_setting", "digest_emails_enabled", "update_digest_emails_enabled", "create_sql_query",
    "sql_query", "run_sql_query", "start_pdt_build", "check_pdt_build", "create_dashboard", "create_folder",
}  # fmt: skip
"""What a viewer is refused with 403."""
MISSING = {
    "all_color_collections", "color_collections_custom", "color_collections_standard", "default_color_collection",
    "set_default_color_collection", "color_collection", "create_color_collection", "update_color_collection",
    "delete_color_collection", "connection", "oauth_client_app", "query_task", "query_task_results", "kill_query",
    "look",
} | {
    operation.id for operation in EXPECTED.values() if operation.template.startswith("/projects/{")
} | {
    operation.id for operation in EXPECTED.values()
    if operation.template.startswith(("/dashboard", "/folders/{", "/content_favorite/{")) and "{" in operation.template
    and operation.id != "dashboard_lookml"
}  # fmt: skip
"""What to a viewer is not there: other people's things, and what only admins and developers see."""
WRONG: dict[str, Any] = {
    "create_query": {"model": 1},
    "run_inline_query": {"view": "flights"},
    "create_query_task": {"query_id": "1"},
    "create_sql_query": {"connection_name": "db"},
    "create_lookml_model": {"name": "x"},
    "update_lookml_model": {"label": 1},
    "create_connection": {"name": "x"},
    "update_connection": {"tmp_db_name": "a b"},
    "test_connection_config": {"name": "x"},
    "create_color_collection": {"label": "x"},
    "update_color_collection": {"label": 1},
    "update_project": {"pull_request_mode": "x"},
    "register_oauth_client_app": {"redirect_uri": "http://evil.example/", "display_name": "x"},
    "update_oauth_client_app": {"enabled": "x"},
    "set_setting": {"timezone": "x"},
    "update_digest_emails_enabled": {},
    "create_embed_secret": {"algorithm": "md5"},
    "create_sso_embed_url": {"target_url": "https://evil.example/"},
    "create_embed_url_as_me": {"target_url": "https://evil.example/"},
    "acquire_embed_cookieless_session": {"session_length": "x"},
    "generate_tokens_for_cookieless_session": {},
    "create_dashboard": {"title": ""},
    "update_dashboard": {"title": 1},
    "create_dashboard_element": {},
    "update_dashboard_element": {"type": "x"},
    "create_dashboard_filter": {},
    "update_dashboard_filter": {"title": ""},
    "update_dashboard_layout_component": {"width": 0},
    "create_folder": {"name": "x"},
    "update_folder": {"name": ""},
    "create_content_favorite": {},
}
BODYLESS = {"validate_project", "deploy_to_production", "activate_app_user", "run_sql_query", "test_connection"} | {
    "set_default_color_collection"
}
"""POST and PUT without a body."""


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looker]:
    with served_content(Path(tmp_path_factory.mktemp("projects")) / "sky") as served:
        yield served


@pytest.fixture(scope="module")
def ids(sky: Looker) -> dict[str, str]:
    """Return path parameters of things that exist, all of them the admin's."""

    def post(path: str, body: Any) -> Any:
        answer = sky.call("Ada", "POST", path, body)
        assert answer.status == 200, answer
        return answer.value

    query = post("/queries", {"model": "air", "view": "flights", "fields": ["flights.count"]})
    task = post("/query_tasks", {"query_id": query["id"], "result_format": "json"})
    board = post("/dashboards", {"title": "Admin's"})
    tile = post("/dashboard_elements", {"dashboard_id": board["id"], "type": "text"})
    dashboard_filter = {"dashboard_id": board["id"], "name": "f", "title": "f", "type": "field_filter"}
    layout = sky.get("Ada", f"/dashboards/{board['id']}")["dashboard_layouts"][0]
    inside = post("/folders", {"name": "Inside", "parent_id": board["folder"]["id"]})
    palettes: dict[str, Any] = {"categoricalPalettes": [], "sequentialPalettes": [], "divergingPalettes": []}
    embedded = {"external_user_id": "e", "group_ids": ["1"], "session_length": 900}
    app = {"redirect_uri": "https://app.example/", "display_name": "App"}
    return {
        "query_id": query["id"],
        "slug": post("/sql_queries", {"connection_name": "db", "sql": "SELECT 1"})["slug"],
        "query_task_id": task["id"],
        "dashboard_id": board["id"],
        "dashboard_element_id": tile["id"],
        "dashboard_filter_id": post("/dashboard_filters", dashboard_filter)["id"],
        "dashboard_layout_component_id": layout["dashboard_layout_components"][0]["id"],
        "folder_id": inside["id"],
        "content_favorite_id": post("/content_favorite", {"dashboard_id": board["id"]})["id"],
        "collection_id": post("/color_collections", {"label": "x"} | palettes)["id"],
        "client_guid": post("/oauth_client_apps/app", app)["client_guid"],
        "user_id": sky.user("Dev").id,
        "embed_secret_id": post("/embed_config/secrets", {})["id"],
        "session_reference_token": post("/embed/cookieless_session/acquire", embedded)["session_reference_token"],
        "materialization_id": sky.get("Ada", "/derived_table/air/daily/start")["materialization_id"],
        "lookml_model_name": "air",
        "explore_name": "flights",
        "model_name": "air",
        "view_name": "daily",
        "connection_name": "db",
        "project_id": "sky",
        "branch_name": "main",
        "result_format": "json",
        "look_id": "1",
    }


def ask(sdk: Any, operation_id: str, ids: dict[str, str], body: Any = None) -> Any:
    """Send an operation through the client's transport."""
    operation = EXPECTED[operation_id]
    path = operation.template.format(**ids)
    query = {"collection_id": ids.get("collection_id"), "query_task_ids": "x", "file_id": "air.model.lkml"}
    if operation.method in {"POST", "PUT", "PATCH"}:
        return getattr(sdk, operation.method.lower())(path, str, query_params=query, body=body or {})
    return getattr(sdk, operation.method.lower())(path, str, query_params=query)


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(error.SDKError) as caught:
        call()
    return str(caught.value.message)


def test_nobody_without_a_token_gets_anything_but_the_versions(sky: Looker, ids: dict[str, str]) -> None:
    with client_of(sky, None) as sdk:
        for name in EXPECTED.keys() - {"versions"}:
            assert "Requires authentication." in refusal(lambda name=name: ask(sdk, name, ids)), name  # type: ignore[misc]  # mypy cannot type a lambda's default


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_viewer_is_forbidden_what_is_for_others(sky: Looker, ids: dict[str, str], name: str) -> None:
    with client_of(sky, "Eve") as sdk:
        assert "Forbidden" in refusal(lambda: ask(sdk, name, ids, good_enough(name)))


def good_enough(name: str) -> dict[str, Any]:
    """Return bodies that get as far as the question who asks."""
    return {
        "create_lookml_model": {"name": "x", "project_name": "sky"},
        "create_sql_query": {"connection_name": "db", "sql": "SELECT 1"},
        "create_folder": {"name": "x", "parent_id": SHARED},
    }.get(name, {"title": "x"})


@pytest.mark.parametrize("name", sorted(MISSING))
def test_to_a_viewer_what_is_others_does_not_exist(sky: Looker, ids: dict[str, str], name: str) -> None:
    with client_of(sky, "Eve") as sdk:
        assert "Not found" in refusal(lambda: ask(sdk, name, ids, {"title": "x"}))


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, operation in EXPECTED.items()
        if "{" in operation.template
        and name not in {"delete_oauth_client_app", "deactivate_app_user", "register_oauth_client_app"}
        and not operation.template.startswith(("/queries/run", "/queries/models"))
    ),
)
def test_an_id_that_does_not_exist_is_not_found(sky: Looker, ids: dict[str, str], name: str) -> None:
    nowhere = dict.fromkeys(ids, "999999") | {"result_format": "json"}
    with client_of(sky, "Ada") as sdk:
        assert "Not found" in refusal(lambda: ask(sdk, name, nowhere, {"title": "x"}))


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_body_that_does_not_fit_is_a_validation_error_with_its_field(
    sky: Looker, ids: dict[str, str], name: str
) -> None:
    with client_of(sky, "Ada") as sdk, pytest.raises(error.SDKError) as caught:
        ask(sdk, name, ids | {"client_guid": "fresh"} if name.startswith("register") else ids, WRONG[name])
    assert caught.value.message == "Validation Failed"
    assert caught.value.errors[0].code in {"missing_field", "invalid", "already_exists"}


def test_every_operation_with_a_body_is_among_the_wrong_ones() -> None:
    with_body = {name for name, operation in EXPECTED.items() if operation.method in {"POST", "PUT", "PATCH"}}
    assert with_body - BODYLESS == set(WRONG)
