"""``/projects``: what they are, what is wrong with them, their settings. Files are read where they lie."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

import msgspec

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.find import one
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.catalogue import may
from lookgate.emulator.instance import Instance
from lookgate.emulator.lookml.project import Project, load_project

operations = Operations()
_PULL_REQUEST_MODES = ("off", "links", "recommended", "required")
_BRANCH = re.compile(r"(?!-)[A-Za-z0-9._/-]{1,200}\Z")


class _Change(Body, frozen=True):
    name: str | Unset = UNSET
    pull_request_mode: str | Unset = UNSET
    validation_required: bool | Unset = UNSET
    git_release_mgmt_enabled: bool | Unset = UNSET
    allow_warnings: bool | Unset = UNSET
    git_production_branch_name: str | Unset = UNSET
    git_remote_url: str | Unset | None = UNSET
    git_service_name: str | Unset | None = UNSET
    deploy_secret: str | Unset = UNSET
    unset_deploy_secret: bool | Unset = UNSET


@operations("all_projects", "GET", "/projects")
def all_projects(call: Call) -> Any:
    """List the projects in which the caller may develop or see LookML."""
    return call.fields([_shape(call, found) for found in call.instance.projects.values() if _sees(call, found)])


@operations("project", "GET", "/projects/{project_id}")
def project(call: Call) -> Any:
    """Return one project."""
    return call.fields(_shape(call, project_in(call)))


@operations("update_project", "PATCH", "/projects/{project_id}")
def update_project(call: Call) -> Any:
    """Change a project's settings."""
    found = developed(call)
    changes = given(read(call, _Change))
    if changes.pop("name", found.name) != found.name:
        raise invalid("name", "invalid", "The name is that of the project's manifest.")
    if changes.get("pull_request_mode", "off") not in _PULL_REQUEST_MODES:
        message = f"pull_request_mode must be one of {', '.join(_PULL_REQUEST_MODES)}."
        raise invalid("pull_request_mode", "invalid", message)
    if not _BRANCH.match(changes.get("git_production_branch_name", "main")):
        raise invalid("git_production_branch_name", "invalid", "This is not the name of a branch.")
    for name in ("git_remote_url", "git_service_name"):
        if changes.get(name):
            raise invalid(name, "invalid", "The local Looker reads its folder and connects to no git server.")
        changes.pop(name, None)
    settings = settings_of(call.instance, found.name)
    if changes.pop("unset_deploy_secret", False):
        settings.pop("deploy_secret", None)
        changes.pop("deploy_secret", None)
    settings.update(changes)
    return call.fields(_shape(call, found))


@operations("manifest", "GET", "/projects/{project_id}/manifest")
def manifest(call: Call) -> Any:
    """Return the manifest's name and imports. Applications and entitlements are not told, as in Looker."""
    found = project_in(call)
    return {"name": found.name, "imports": [], "localization_settings": None, "can": {"show": True}}


@operations("validate_project", "POST", "/projects/{project_id}/validate", blocking=True)
def validate_project(call: Call) -> Any:
    """Read the project's files anew and say what is wrong with them."""
    with call.instance.lock:
        found = project_in(call)
        started = call.instance.clock()
    now = load_project(found.folder)
    result = {
        "errors": [_error(problem) for problem in now.problems],
        "project_digest": _digest(now),
        "models_not_validated": [],
        "computation_time": (call.instance.clock() - started).total_seconds(),
    }
    with call.instance.lock:
        call.instance.shelf("project_validations")[found.name] = result
    return call.fields(result)


@operations("project_validation_results", "GET", "/projects/{project_id}/validate")
def project_validation_results(call: Call) -> Any:
    """Return the last validation; 204 when there was none."""
    found = project_in(call)
    cached: dict[str, Any] | None = call.instance.shelf("project_validations").get(found.name)
    if cached is None:
        return None
    return call.fields(cached | {"stale": cached["project_digest"] != _digest(found)})


@operations("project_workspace", "GET", "/projects/{project_id}/current_workspace")
def project_workspace(call: Call) -> Any:
    """Say in which workspace the caller's session sees the project."""
    found = project_in(call)
    token = call.instance.tokens.get(call.token or "")
    shape = {
        "project_id": found.name,
        "workspace_id": token.workspace_id if token else "production",
        "git_status": "clean",
        "git_head": _digest(found),
        "dependency_status": "install_none",
        "git_branch": branch_shape(call.instance, found),
        "lookml_type": "import",
        "can": {"show": True},
    }
    return call.fields(shape)


def project_in(call: Call) -> Project:
    """Return the project that ``{project_id}`` names, when the caller may see its LookML.

    Raises:
        ApiError: 404.
    """
    found: Project = one(call.instance.projects, call.path["project_id"])
    if not _sees(call, found):
        raise ApiError(404, NOT_FOUND)
    return found


def developed(call: Call) -> Project:
    """Return the project that the caller may change.

    Raises:
        ApiError: 404, or 403 for those who may only look.
    """
    found = project_in(call)
    if not has_permission(call, found, "develop"):
        raise ApiError(403, "Forbidden")
    return found


def settings_of(instance: Instance, name: str) -> dict[str, Any]:
    """Return a project's changed settings."""
    settings: dict[str, Any] = instance.shelf("project_settings").setdefault(name, {})
    return settings


def branch_shape(instance: Instance, found: Project) -> dict[str, Any]:
    """Return the one branch: the folder as it is."""
    name = settings_of(instance, found.name).get("git_production_branch_name", "main")
    return {
        "name": name,
        "remote": None,
        "remote_name": None,
        "error": None,
        "message": None,
        "owner_name": None,
        "readonly": True,
        "personal": False,
        "is_local": True,
        "is_remote": False,
        "is_production": True,
        "ahead_count": 0,
        "behind_count": 0,
        "commit_at": int(deployed_at(instance, found.name).timestamp()),
        "ref": _digest(found),
        "remote_ref": None,
        "can": {},
    }


def deployed_at(instance: Instance, name: str) -> datetime:
    """Return when the project was deployed last, or first seen."""
    moment: datetime = instance.shelf("project_deployed_at").setdefault(name, instance.clock())
    return moment


def _sees(call: Call, found: Project) -> bool:
    return has_permission(call, found, "see_lookml") or has_permission(call, found, "develop")


def has_permission(call: Call, found: Project, permission: str) -> bool:
    """Whether the caller has the permission on a model of the project, or on all models."""
    if call.instance.models_of(call.caller, permission) is None:
        return True
    return any(may(call.instance, call.caller, permission, name) for name in found.models)


def _digest(found: Project) -> str:
    """Return a digest of everything the project says: it changes when the project does."""
    content = [found.manifest, found.models, found.dashboards, found.problems]
    return hashlib.sha256(msgspec.json.encode(content, enc_hook=str)).hexdigest()[:40]


def _error(problem: Any) -> dict[str, Any]:
    return {
        "code": re.sub(r"[^a-z]+", "_", re.sub(r'"[^"]*"', "", problem.message).lower()).strip("_")[:60],
        "severity": problem.severity,
        "kind": "lookml",
        "message": problem.message,
        "sanitized_message": re.sub(r'"[^"]*"', "(?)", problem.message),
        "field_name": None,
        "file_path": problem.file,
        "line_number": problem.line,
        "model_id": None,
        "explore": None,
        "help_url": None,
        "params": {},
    }


def _shape(call: Call, found: Project) -> dict[str, Any]:
    settings = settings_of(call.instance, found.name)
    develops = has_permission(call, found, "develop")
    return {
        "id": found.name,
        "name": found.name,
        "uses_git": False,
        "is_git_dev_locked": False,
        "git_remote_url": None,
        "git_service_name": None,
        "git_production_branch_name": settings.get("git_production_branch_name", "main"),
        "git_release_mgmt_enabled": settings.get("git_release_mgmt_enabled", False),
        "pull_request_mode": settings.get("pull_request_mode", "off"),
        "validation_required": settings.get("validation_required", False),
        "allow_warnings": settings.get("allow_warnings", True),
        "deploy_secret": "********" if settings.get("deploy_secret") else None,
        "unset_deploy_secret": None,
        "is_example": False,
        "has_production_counterpart": True,
        "dependency_status": "install_none",
        "can": {"show": True, "update": develops, "develop": develops, "deploy": has_permission(call, found, "deploy")},
    }
