from __future__ import annotations

from pathlib import Path

import pytest
import requests

from content_site import make_content, served_content
from local_looker import Looker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sky"


@pytest.fixture
def sky(folder: Path) -> Looker:
    return make_content(folder)


def test_projects_are_seen_by_those_who_see_their_lookml(sky: Looker) -> None:
    seen = {who: [found["name"] for found in sky.get(who, "/projects")] for who in ("Ada", "Dev", "Eve", "Oli")}
    assert seen == {"Ada": ["sky"], "Dev": ["sky"], "Eve": [], "Oli": []}
    assert sky.call("Eve", "GET", "/projects/sky").status == 404
    assert sky.get("Dev", "/projects/sky/manifest")["name"] == "sky"


def test_settings_are_kept_and_the_deploy_secret_is_masked(sky: Looker) -> None:
    change = {"pull_request_mode": "required", "validation_required": True, "deploy_secret": "hush"}
    answer = sky.call("Dev", "PATCH", "/projects/sky", change)
    assert (answer.value["pull_request_mode"], answer.value["validation_required"]) == ("required", True)
    assert answer.value["deploy_secret"] == "********"
    assert b"hush" not in answer.body + sky.call("Ada", "GET", "/projects/sky").body
    assert sky.call("Dev", "PATCH", "/projects/sky", {"unset_deploy_secret": True}).value["deploy_secret"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"pull_request_mode": "maybe"},
        {"name": "other"},
        {"validation_required": "yes"},
        {"git_remote_url": "https://git.example/x.git"},
        {"git_production_branch_name": "--upload-pack=x"},
    ],
)
def test_settings_that_do_not_fit_are_a_422(sky: Looker, change: dict[str, object]) -> None:
    assert sky.call("Dev", "PATCH", "/projects/sky", change).status == 422


def test_nothing_is_cached_until_a_project_was_validated(sky: Looker, folder: Path) -> None:
    assert sky.call("Dev", "GET", "/projects/sky/validate").status == 204
    assert sky.call("Dev", "POST", "/projects/sky/validate").value["errors"] == []
    assert sky.get("Dev", "/projects/sky/validate")["stale"] is False
    (folder / "bad.view.lkml").write_text("view: bad { dimension: x { type: nonsense } }\n")
    errors = sky.call("Dev", "POST", "/projects/sky/validate").value["errors"]
    assert [(error["severity"], error["file_path"]) for error in errors] == [("error", "bad.view.lkml")]
    assert "nonsense" in errors[0]["message"]
    assert "nonsense" not in errors[0]["sanitized_message"]
    assert sky.get("Dev", "/projects/sky/validate")["stale"] is True


def test_files_are_listed_and_found_by_id_only(sky: Looker) -> None:
    files = sky.get("Dev", "/projects/sky/files")
    assert {"manifest.lkml", "air.model.lkml", "flights.view.lkml"} <= {file["id"] for file in files}
    assert sky.get("Dev", "/projects/sky/files/file", file_id="air.model.lkml")["type"] == "model"
    assert sky.call("Dev", "GET", "/projects/sky/files/file", file_id="../secret.lkml").status == 404
    assert sky.call("Dev", "GET", "/projects/sky/files/file").status == 422


def test_there_is_one_branch(sky: Looker) -> None:
    assert [branch["name"] for branch in sky.get("Dev", "/projects/sky/git_branches")] == ["main"]
    assert sky.get("Dev", "/projects/sky/git_branch/main")["is_production"]
    assert sky.call("Dev", "GET", "/projects/sky/git_branch/other").status == 404
    assert sky.get("Dev", "/projects/sky/current_workspace")["workspace_id"] == "production"


def test_deploying_needs_the_dev_workspace_and_reads_the_folder_anew(sky: Looker, folder: Path) -> None:
    token = sky.token("Dev")
    path = "/projects/sky/deploy_to_production"
    assert sky.api.handle("POST", path, token=token).status == 422
    assert sky.api.handle("PATCH", "/session", body={"workspace_id": "dev"}, token=token).status == 200
    (folder / "new.model.lkml").write_text('connection: "db"\n')
    assert sky.api.handle("POST", path, token=token).status == 204
    assert "new" in [model["name"] for model in sky.get("Ada", "/lookml_models")]
    assert sky.call("Eve", "POST", path).status == 404


def test_the_webhook_is_open_until_a_secret_is_set(folder: Path) -> None:
    with served_content(folder) as sky:

        def post(project: str, **headers: str) -> int:
            url = f"{sky.instance.base_url}/webhooks/projects/{project}/deploy"
            return requests.post(url, headers=headers, timeout=10).status_code

        assert (post("sky"), post("no")) == (200, 404)
        sky.call("Dev", "PATCH", "/projects/sky", {"deploy_secret": "hush"})
        secret = "X-Looker-Deploy-Secret"
        assert [post("sky"), post("sky", **{secret: "wrong"}), post("sky", **{secret: "hush"})] == [401, 401, 200]


def test_a_persistent_table_is_built_on_demand(sky: Looker) -> None:
    build = sky.get("Dev", "/derived_table/air/daily/start", force_rebuild="true")
    assert sky.get("Dev", f"/derived_table/{build['materialization_id']}/status") == build
    assert sky.call("Eve", "GET", f"/derived_table/{build['materialization_id']}/status").status == 403
    assert sky.call("Eve", "GET", "/derived_table/air/daily/start").status == 403
    assert sky.call("Oli", "GET", "/derived_table/air/daily/start").status == 404
    assert sky.call("Dev", "GET", "/derived_table/air/flights/start").status == 400
    assert sky.call("Dev", "GET", "/derived_table/none/status").status == 404
