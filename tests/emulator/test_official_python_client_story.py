"""Looker's own Python client, unchanged: every operation that is not about people succeeds, with typed answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from looker_sdk import models40 as m
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from content_site import content_world, write_project
from local_looker import Looker, served_looker
from looker_client import client_of
from lookgate.emulator.shelf_content import SHARED

MODULES = (
    "color_collections", "connections", "dashboard_parts", "dashboards", "derived_tables", "embed", "folders",
    "lookml_models", "oauth_apps", "project_files", "projects", "queries", "query_run", "query_tasks", "saved_content",
    "setting", "sql_queries", "versions",
)  # fmt: skip
WITHOUT_SUCCESS = {"look", "kill_query"}
"""There is no Look; killing needs a query that waits, which tests beside the operation have."""


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
def sky(recorder: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looker]:
    project = write_project(Path(tmp_path_factory.mktemp("projects")) / "sky")
    with served_looker(content_world(), projects=[project], wrap=recorder) as served:
        yield served


def test_every_operation_succeeds(sky: Looker, recorder: Recorder) -> None:
    with client_of(sky, "Ada") as sdk:
        for story in (models, queries, sql_runner, connections, colors, projects, apps, settings, embed, content):
            story(sdk, sky)
    done = set()
    for method, path in recorder.answered:
        operation = sky.api.find(method, path.removeprefix("/api").removeprefix("/4.0"))
        assert operation is not None, path
        done.add(operation.id)
    declared = {
        operation.id for name in MODULES for operation in import_module(f"lookgate.emulator.api.{name}").operations.all
    }
    assert declared - done == WITHOUT_SUCCESS


def models(sdk: Any, _: Looker) -> None:
    assert [model.name for model in sdk.all_lookml_models(limit=5, offset=0)] == ["air"]
    made = sdk.create_lookml_model(m.WriteLookmlModel(name="later", project_name="sky", unlimited_db_connections=True))
    assert (made.has_content, made.unlimited_db_connections) == (False, True)
    changed = sdk.update_lookml_model("later", m.WriteLookmlModel(allowed_db_connection_names=["db"]))
    assert list(changed.allowed_db_connection_names) == ["db"]
    sdk.delete_lookml_model("later")
    assert sdk.lookml_model("air").label == "Air"
    explore = sdk.lookml_model_explore("air", "flights")
    assert [field.name for field in explore.fields.measures] == ["flights.count", "flights.mean_delay"]
    assert explore.fields.parameters[0].enumerations[0].value == "m"
    build = sdk.start_pdt_build("air", "daily", force_rebuild="true")
    assert sdk.check_pdt_build(build.materialization_id).resp_text.startswith("complete")


def queries(sdk: Any, _: Looker) -> None:
    query = m.WriteQuery(
        model="air",
        view="flights",
        fields=["flights.carrier", "flights.count"],
        filters={"flights.carrier": "UA"},
        limit="10",
    )
    saved = sdk.create_query(query)
    assert sdk.query(saved.id).slug == saved.slug == sdk.query_for_slug(saved.slug).slug
    assert json.loads(sdk.run_query(saved.id, "json")) == [{"flights.carrier": "UA", "flights.count": 2}]
    assert sdk.run_inline_query("csv", query).startswith("Flights Carrier,Flights Count")
    assert "SELECT" in sdk.run_inline_query("sql", query)
    assert json.loads(sdk.run_inline_query("json_detail", query, limit=1))["data"]
    path = "/queries/models/air/views/flights/run/json"
    rows = sdk.get(path, str, query_params={"fields": "flights.count", "f[flights.carrier]": "DL"})
    assert json.loads(rows) == [{"flights.count": 1}]
    task = sdk.create_query_task(m.WriteCreateQueryTask(query_id=saved.id, result_format=m.ResultFormat.json))
    for thread in threading.enumerate():
        if thread.name == f"query-{task.id[:8]}":
            thread.join(10)
    assert sdk.query_task(task.id).status == "complete"
    assert len(json.loads(sdk.query_task_results(task.id))) == 1
    assert sdk.query_task_multi_results(m.DelimSequence([task.id]))[task.id]["status"] == "complete"
    assert sdk.all_running_queries() == []


def sql_runner(sdk: Any, _: Looker) -> None:
    made = sdk.create_sql_query(m.SqlQueryCreate(connection_name="db", sql="SELECT 42 AS answer"))
    assert json.loads(sdk.run_sql_query(made.slug, "json")) == [{"answer": 42}]
    assert sdk.sql_query(made.slug).run_count == 1


def connections(sdk: Any, _: Looker) -> None:
    assert sdk.connection("db").pdts_enabled
    made = sdk.create_connection(m.WriteDBConnection(name="scrap", dialect_name="duckdb"))
    assert [found.name for found in sdk.all_connections()] == ["db", made.name]
    assert sdk.update_connection("scrap", m.WriteDBConnection(tmp_db_name="other")).tmp_db_name == "other"
    assert [test.status for test in sdk.test_connection("scrap", m.DelimSequence(["connect"]))] == ["success"]
    config = m.WriteDBConnection(name="unsaved", dialect_name="duckdb")
    assert {test.status for test in sdk.test_connection_config(config)} == {"success"}
    sdk.delete_connection("scrap")


def colors(sdk: Any, _: Looker) -> None:
    palette = m.DiscretePalette(label="C", type="Categorical", colors=["#123456"])
    stops = [m.ColorStop(color="#000000", offset=0), m.ColorStop(color="#ffffff", offset=100)]
    body = m.WriteColorCollection(
        label="Ours",
        categoricalPalettes=[palette],
        sequentialPalettes=[m.ContinuousPalette(label="S", type="Sequential", stops=stops)],
        divergingPalettes=[m.ContinuousPalette(label="D", type="Diverging", stops=stops)],
    )
    made = sdk.create_color_collection(body)
    assert sdk.update_color_collection(made.id, m.WriteColorCollection(label="Yours")).label == "Yours"
    assert sdk.color_collection(made.id).categoricalPalettes[0].colors == ["#123456"]
    assert sdk.set_default_color_collection(made.id).id == sdk.default_color_collection().id == made.id
    assert [found.id for found in sdk.color_collections_custom()] == [made.id]
    assert len(sdk.all_color_collections()) == len(sdk.color_collections_standard()) + 1
    sdk.delete_color_collection(made.id)


def projects(sdk: Any, _: Looker) -> None:
    assert [project.id for project in sdk.all_projects()] == ["sky"]
    changed = sdk.update_project("sky", m.WriteProject(pull_request_mode=m.PullRequestMode.required))
    assert changed.pull_request_mode == sdk.project("sky").pull_request_mode == m.PullRequestMode.required
    assert sdk.manifest("sky").name == "sky"
    assert list(sdk.validate_project("sky").errors) == []
    assert sdk.project_validation_results("sky").stale is False
    assert "air.model.lkml" in [file.id for file in sdk.all_project_files("sky")]
    assert sdk.project_file("sky", "air.model.lkml").title == "air.model.lkml"
    assert sdk.project_workspace("sky").workspace_id == "production"
    assert sdk.git_branch("sky").name == sdk.all_git_branches("sky")[0].name == sdk.find_git_branch("sky", "main").name
    sdk.update_session(m.WriteApiSession(workspace_id="dev"))
    sdk.deploy_to_production("sky")


def apps(sdk: Any, sky: Looker) -> None:
    body = m.WriteOauthClientApp(redirect_uri="https://app.example/", display_name="App", enabled=True)
    assert sdk.register_oauth_client_app("my.app", body).client_guid == "my.app"
    changed = sdk.update_oauth_client_app("my.app", m.WriteOauthClientApp(description="Ours"))
    assert changed.description == sdk.oauth_client_app("my.app").description == "Ours"
    sdk.activate_app_user("my.app", sky.user("Eve").id)
    assert [user.display_name for user in sdk.oauth_client_app("my.app").activated_users] == ["Eve East"]
    sdk.deactivate_app_user("my.app", sky.user("Eve").id)
    sdk.invalidate_tokens("my.app")
    assert sdk.all_oauth_client_apps()[0].tokens_invalid_before
    sdk.delete_oauth_client_app("my.app")


def settings(sdk: Any, _: Looker) -> None:
    config = m.WriteEmbedConfig(domain_allowlist=["https://app.example"])
    assert sdk.set_setting(m.WriteSetting(embed_config=config)).embed_config.domain_allowlist == ["https://app.example"]
    assert sdk.get_setting().extension_framework_enabled
    assert sdk.versions().current_version.version == "4.0"
    assert sdk.all_timezones()[0].value
    assert sdk.all_locales()[0].code
    assert sdk.update_digest_emails_enabled(m.DigestEmails(is_enabled=False)).is_enabled is False
    assert sdk.digest_emails_enabled().is_enabled is False


def embed(sdk: Any, sky: Looker) -> None:
    base = sky.instance.base_url
    secret = sdk.create_embed_secret(m.WriteEmbedSecret())
    params = m.EmbedSsoParams(target_url=f"{base}/embed/x", external_user_id="e", group_ids=["1"], secret_id=secret.id)
    url = sdk.create_sso_embed_url(params).url
    assert sdk.validate_embed_url(url=url).url == url
    sdk.delete_embed_secret(secret.id)
    assert "embed_authentication_token" in sdk.create_embed_url_as_me(m.EmbedParams(target_url=f"{base}/embed/x")).url
    session = sdk.acquire_embed_cookieless_session(
        m.EmbedCookielessSessionAcquire(external_user_id="e", group_ids=["1"], session_length=900)
    )
    fresh = sdk.generate_tokens_for_cookieless_session(
        m.EmbedCookielessSessionGenerateTokens(
            session_reference_token=session.session_reference_token,
            navigation_token=session.navigation_token,
            api_token=session.api_token,
        )
    )
    assert fresh.api_token_ttl == 600
    sdk.delete_embed_cookieless_session(session.session_reference_token)


def content(sdk: Any, _: Looker) -> None:
    folder = sdk.create_folder(m.CreateFolder(name="New", parent_id=SHARED))
    assert sdk.update_folder(folder.id, m.UpdateFolder(name="Newer")).name == "Newer"
    board = sdk.create_dashboard(m.WriteDashboard(title="Mine", folder_id=folder.id))
    assert sdk.update_dashboard(board.id, m.WriteDashboard(description="All of it")).description == "All of it"
    tile = sdk.create_dashboard_element(m.WriteDashboardElement(dashboard_id=board.id, type="text", body_text="a"))
    assert sdk.update_dashboard_element(tile.id, m.WriteDashboardElement(body_text="b")).body_text == "b"
    assert sdk.dashboard_element(tile.id).body_text == sdk.dashboard_dashboard_elements(board.id)[0].body_text == "b"
    place = sdk.dashboard_dashboard_layouts(board.id)[0].dashboard_layout_components[0]
    assert sdk.update_dashboard_layout_component(place.id, m.WriteDashboardLayoutComponent(row=3)).row == 3
    entry = sdk.create_dashboard_filter(
        m.WriteCreateDashboardFilter(dashboard_id=board.id, name="f", title="F", type="field_filter")
    )
    assert sdk.update_dashboard_filter(entry.id, m.WriteDashboardFilter(title="G")).title == "G"
    assert sdk.dashboard_filter(entry.id).title == sdk.dashboard_dashboard_filters(board.id)[0].title == "G"
    sdk.delete_dashboard_filter(entry.id)
    sdk.delete_dashboard_element(tile.id)
    assert {found.id for found in sdk.all_dashboards()} == {board.id, "air::delays"}
    assert sdk.search_dashboards(title="mine")[0].id == board.id
    assert sdk.dashboard("air::delays").dashboard_elements[0].query.view == "flights"
    assert "delays" in sdk.dashboard_lookml("air::delays").lookml
    favorite = sdk.create_content_favorite(m.WriteContentFavorite(content_metadata_id=board.content_metadata_id))
    assert sdk.content_favorite(favorite.id).id == sdk.search_content_favorites()[0].id
    sdk.delete_content_favorite(favorite.id)
    assert sdk.folder(folder.id).dashboards[0].id == sdk.folder_dashboards(folder.id)[0].id == board.id
    assert folder.id in [found.id for found in sdk.all_folders()]
    assert sdk.search_folders(name="newer")[0].id == sdk.folder_children(SHARED)[0].id == folder.id
    assert sdk.folder_parent(folder.id).id == sdk.folder_ancestors(folder.id)[0].id == SHARED
    lists = (sdk.folder_looks(folder.id), sdk.all_looks(), sdk.search_looks(), sdk.all_boards(), sdk.search_boards())
    assert lists == ([], [], [], [], [])
    sdk.delete_dashboard(board.id)
    sdk.delete_folder(folder.id)
