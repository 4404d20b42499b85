"""A project's files, its branch, and deploying it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from lookgate.emulator.api.find import one
from lookgate.emulator.api.projects import branch_shape, developed, has_permission, project_in
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.deploy import deploy
from lookgate.emulator.lookml.project import Project

operations = Operations()
_TYPES = ("manifest", "model", "view", "explore", "dashboard")


@operations("all_project_files", "GET", "/projects/{project_id}/files")
def all_project_files(call: Call) -> Any:
    """List the LookML files."""
    return call.fields([_shape(path) for path in _files(project_in(call))])


@operations("project_file", "GET", "/projects/{project_id}/files/file")
def project_file(call: Call) -> Any:
    """Return what is known of one file; its text is not part of the API."""
    found, file_id = project_in(call), call.query.get("file_id")
    if not file_id:
        raise invalid("file_id", "missing_field", "file_id is required.")
    return call.fields(_shape(one({path: path for path in _files(found)}, file_id)))


@operations("all_git_branches", "GET", "/projects/{project_id}/git_branches")
def all_git_branches(call: Call) -> Any:
    """List the branches: the folder is the only one."""
    return [branch_shape(call.instance, project_in(call))]


@operations("git_branch", "GET", "/projects/{project_id}/git_branch")
def git_branch(call: Call) -> Any:
    """Return the branch in use."""
    return branch_shape(call.instance, project_in(call))


@operations("find_git_branch", "GET", "/projects/{project_id}/git_branch/{branch_name}")
def find_git_branch(call: Call) -> Any:
    """Return a branch by name."""
    branch = branch_shape(call.instance, project_in(call))
    if branch["name"] != call.path["branch_name"]:
        raise ApiError(404, NOT_FOUND)
    return branch


@operations("deploy_to_production", "POST", "/projects/{project_id}/deploy_to_production", blocking=True)
def deploy_to_production(call: Call) -> None:
    """Read the project's folder anew; needs ``deploy`` and a session in the ``dev`` workspace."""
    with call.instance.lock:
        found = developed(call)
        token = call.instance.tokens.get(call.token or "")
        if not has_permission(call, found, "deploy"):
            raise ApiError(403, "Forbidden")
        if token is None or token.workspace_id != "dev":
            raise invalid("workspace_id", "invalid", "Choose the dev workspace first (PATCH /session).")
    deploy(call.instance, found.name)


def _files(found: Project) -> list[str]:
    root = found.folder.resolve()
    inside = [path.relative_to(root) for path in (*root.rglob("*.lkml"), *root.rglob("*.lookml"))]
    return sorted(
        path.as_posix()
        for path in inside
        if "node_modules" not in path.parts and not any(part.startswith(".") for part in path.parts)
    )


def _shape(path: str) -> dict[str, Any]:
    name = PurePosixPath(path)
    kind = name.stem.rpartition(".")[2]
    return {
        "id": path,
        "path": path,
        "title": name.name,
        "type": kind if kind in _TYPES else "other",
        "extension": name.suffix,
        "mime_type": "text/plain",
        "editable": False,
        "git_status": None,
        "can": {},
    }
