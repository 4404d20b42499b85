"""Every internal endpoint of the extension host, called by those who may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route

from extension_site import SECRET, Lab, call, page_headers, running_lab
from lookgate.emulator.api.dispatch import Api
from lookgate.emulator.host import application, routes

ACTIONS = [
    "core_api", "core_api_raw", "server_proxy", "fetch_allowed", "window_allowed", "oauth2_allowed",
    "oauth2_exchange_code", "user_attribute", "context_data", "logout",
]  # fmt: skip
VALID: dict[str, dict[str, Any]] = {
    "core_api": {"httpMethod": "GET", "path": "/user"},
    "core_api_raw": {"httpMethod": "GET", "path": "/user"},
    "server_proxy": {"resource": "http://127.0.0.1:2/"},
    "fetch_allowed": {"resource": "http://127.0.0.1:2/"},
    "window_allowed": {"url": "http://127.0.0.1:2/"},
    "oauth2_allowed": {"authEndpoint": "http://127.0.0.1:2/token"},
    "oauth2_exchange_code": {"authEndpoint": "http://127.0.0.1:2/token", "authParameters": {}},
    "user_attribute": {"type": "get", "name": "color"},
    "context_data": {"type": "refresh"},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


def ask(
    lab: Lab, action: str, body: Any, *, app: str = "probe", headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    path = f"/internal/extensions/lab::{app}/{action}"
    status, _, text = call(lab, "POST", path, headers or page_headers(lab, "Ana"), json.dumps(body).encode())
    shape = json.loads(text)
    assert shape.keys() == ({"value"} if status == 200 else {"error"})
    return status, shape.get("error", shape.get("value"))


def test_the_list_of_endpoints_is_complete(lab: Lab) -> None:
    internal = [
        route.path
        for route in routes(lab.instance, Api(lab.instance))
        if isinstance(route, Route) and "/internal/" in route.path
    ]
    assert sorted(path.rsplit("/", 1)[-1] for path in internal) == sorted([*ACTIONS, "boot"])


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("without", ["cookie", "x-csrf-token", "origin"])
def test_no_endpoint_answers_without_session_token_and_origin(lab: Lab, action: str, without: str) -> None:
    sent = page_headers(lab, "Ana")
    del sent[without]
    assert ask(lab, action, VALID.get(action, {}), headers=sent)[0] == 403


@pytest.mark.parametrize("action", ACTIONS)
def test_no_endpoint_answers_for_an_extension_of_others(lab: Lab, action: str) -> None:
    assert ask(lab, action, VALID.get(action, {}), headers=page_headers(lab, "Olga"))[0] == 404


@pytest.mark.parametrize("action", [action for action in ACTIONS if action not in {"logout", "context_data"}])
def test_an_extension_without_entitlements_may_do_nothing(lab: Lab, action: str) -> None:
    status, text = ask(lab, action, VALID[action], app="careless")
    assert status == 403
    assert text.startswith("Entitlements must be defined")


@pytest.mark.parametrize("action", [action for action in ACTIONS if action not in {"logout", "context_data"}])
def test_an_extension_with_empty_entitlements_may_do_nothing(lab: Lab, action: str) -> None:
    status, text = ask(lab, action, VALID[action], app="bare")
    assert status == 403
    assert text.startswith("Extension not entitled to ")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("body", [{}, {"type": 1, "name": [], "resource": {}, "httpMethod": None, "authEndpoint": 5}])
def test_a_malformed_request_is_a_sentence_and_never_a_crash(lab: Lab, action: str, body: dict[str, Any]) -> None:
    status, text = ask(lab, action, body)
    assert status in {200, 400, 403} if action == "logout" else status in {400, 403}
    assert text is None or text.endswith((".", ")"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"httpMethod": "GET", "path": "/user", "apiVersion": "3.1"}, 400),
        ({"httpMethod": "GET", "path": "user"}, 400),
        ({"httpMethod": "GET", "path": "/user?fields=id"}, 400),
        ({"httpMethod": "GET", "path": "/user", "params": [1]}, 400),
        ({"httpMethod": "GET", "path": "/users/../user"}, 403),
        ({"httpMethod": "DELETE", "path": "/user"}, 403),
        (
            {
                "httpMethod": "GET",
                "path": "/user",
                "params": {"fields": "id", "none": None, "flag": True, "list": [1, 2]},
            },
            200,
        ),
    ],
)
def test_an_api_call_names_a_listed_operation(lab: Lab, body: dict[str, Any], status: int) -> None:
    assert ask(lab, "core_api", body)[0] == status


def test_one_session_has_one_api_token(lab: Lab) -> None:
    sent, before = page_headers(lab, "Ana"), len(lab.instance.tokens)
    for _ in range(3):
        ask(lab, "core_api", VALID["core_api"], headers=sent)
    assert len(lab.instance.tokens) == before + 1


def test_context_data_has_a_limit(lab: Lab) -> None:
    long = {"type": "save", "contextData": "x" * (16 * 1024 * 1024 + 1)}
    status, text = ask(lab, "context_data", long)
    assert (status, "longer than" in text) == (413, True)
    assert ask(lab, "context_data", {"type": "refresh"}) == (200, None)


def boot(lab: Lab, headers: dict[str, str], query: str = "") -> tuple[int, Any, str | None]:
    status, sent, text = call(lab, "GET", f"/internal/extensions/lab::probe/boot{query}", headers)
    return status, json.loads(text), sent["cache-control"]


def test_boot_needs_a_session_and_tells_no_secret(lab: Lab) -> None:
    ana = {"cookie": page_headers(lab, "Ana")["cookie"]}
    assert boot(lab, {})[0] == 401
    status, shape, cache = boot(lab, ana)
    assert (status, cache) == (200, "no-store")
    assert SECRET not in json.dumps(shape)
    assert shape["value"]["sandbox"].split() == ["allow-scripts", "allow-forms", "allow-downloads", "allow-popups"]
    assert boot(lab, ana, "?mount=attic")[0] == 400


def test_a_refusal_is_alike_for_what_is_missing_and_what_is_hidden(lab: Lab) -> None:
    hidden = ask(lab, "logout", {}, headers=page_headers(lab, "Olga"), app="probe")
    missing = ask(lab, "logout", {}, headers=page_headers(lab, "Olga"), app="nothing")
    assert (hidden[0], hidden[1].replace("probe", "?")) == (missing[0], missing[1].replace("nothing", "?"))


def test_names_of_attributes_carry_the_extensions_prefix(lab: Lab) -> None:
    found = application.extensions(lab.instance)["lab::probe"]
    assert found.prefix == "lab_probe_"
    assert application.Extension(
        project="my-lab", name="a::b-c", label="", folder=found.folder, file=None, url=None,
        mount_points=frozenset(), declared=None, models=frozenset(),
    ).prefix == "my_lab_a_b_c_"  # fmt: skip
