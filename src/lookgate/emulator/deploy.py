"""Deploying a project, by its developers or by Looker's deploy webhook.

``POST /webhooks/projects/{project}/deploy``: a project with a deploy secret wants it in ``X-Looker-Deploy-Secret``;
one without is open to everybody, as in Looker.
"""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lookgate.emulator.instance import Instance
from lookgate.emulator.lookml.project import load_project

HEADER = "x-looker-deploy-secret"


def deploy(instance: Instance, name: str) -> None:
    """Read a project's folder anew."""
    now = load_project(instance.projects[name].folder)
    with instance.lock:
        instance.projects[name] = now
        instance.shelf("project_deployed_at")[name] = instance.clock()


def routes(instance: Instance) -> list[Route]:
    """Return the webhook's route."""

    def webhook(request: Request) -> Response:
        name = request.path_params["project"]
        with instance.lock:
            known = name in instance.projects
            secret = str(instance.shelf("project_settings").get(name, {}).get("deploy_secret") or "")
        given = request.headers.get(HEADER, "")
        if secret and not hmac.compare_digest(secret.encode(), given.encode()):
            return PlainTextResponse(f"This project is deployed with a secret: send it as {HEADER}.\n", 401)
        if not known:
            return PlainTextResponse("There is no such project.\n", 404)
        deploy(instance, name)
        return PlainTextResponse("Deploy successful.\n")

    return [Route("/webhooks/projects/{project}/deploy", webhook, methods=["POST"])]
