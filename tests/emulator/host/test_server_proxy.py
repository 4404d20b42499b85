from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from extension_site import SECRET, Lab, call, page_headers, running_lab, user_id


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


def post(
    lab: Lab, path: str, body: Any, *, who: str = "Ana", changed: Mapping[str, str | None] | None = None
) -> tuple[int, dict[str, Any]]:
    """Call an internal endpoint as the host page of a user would, with some headers changed or dropped."""
    headers = {
        name: value for name, value in (page_headers(lab, who) | dict(changed or {})).items() if value is not None
    }
    status, _, text = call(lab, "POST", path, headers, body if isinstance(body, bytes) else json.dumps(body).encode())
    return status, json.loads(text)


def proxy(
    lab: Lab, path: str, init: dict[str, Any] | None = None, *, app: str = "probe", **more: Any
) -> tuple[int, Any]:
    body = {"resource": lab.backend.url + path, "init": init, **more}
    status, answer = post(lab, f"/internal/extensions/lab::{app}/server_proxy", body)
    return status, answer.get("value", answer.get("error"))


def test_a_tag_in_a_header_and_in_the_body_becomes_the_users_value(lab: Lab) -> None:
    init = {"method": "POST", "headers": {"Authorization": "Bearer {{lab_probe_key}}"}, "body": "a={{lab_probe_key}}"}
    _, reply = proxy(lab, "/x", init)
    assert reply["body"]["headers"]["authorization"] == f"Bearer {SECRET}"
    assert reply["body"]["body"] == f"a={SECRET}"


def test_a_tag_that_cannot_be_resolved_is_forwarded_as_it_is(lab: Lab) -> None:
    body = "{{lab_probe_unset}} {{lab_probe_never_made}} {{email}} {{}} {{lab_probe_key"
    _, reply = proxy(lab, "/x", {"method": "POST", "body": body})
    assert reply["body"]["body"] == body


def test_a_tag_of_another_extension_is_not_resolved(lab: Lab) -> None:
    for app, tag in (("probe", "{{lab_bare_key}}"), ("probe", "{{key_of_all}}")):
        _, reply = proxy(lab, "/x", {"method": "POST", "body": tag}, app=app)
        assert reply["body"]["body"] == tag


def test_a_tag_of_an_extension_whose_name_continues_this_ones_is_not_resolved(lab: Lab) -> None:
    project = lab.instance.projects["lab"]
    probe = next(app for app in project.manifest.applications if app.id == "probe")
    longer = type(probe)(id="probe-key", label="", file="x.js", entitlements={})
    before = project.manifest
    changed = type(before)(project_name="lab", applications=(*before.applications, longer))
    lab.instance.projects["lab"] = type(project)(
        **{name: getattr(project, name) for name in project.__struct_fields__} | {"manifest": changed}
    )
    attribute = lab.instance.attribute_named("lab_probe_key")
    assert attribute is not None
    attribute.name = "lab_probe_key_x"
    try:
        _, reply = proxy(lab, "/x", {"method": "POST", "body": "{{lab_probe_key_x}}"})
        assert reply["body"]["body"] == "{{lab_probe_key_x}}"
    finally:
        attribute.name = "lab_probe_key"
        lab.instance.projects["lab"] = project


def test_a_secret_leaves_only_for_urls_on_its_allow_list(lab: Lab) -> None:
    lab.backend.seen.clear()
    status, text = proxy(lab, "/x", {"method": "POST", "body": "{{lab_probe_elsewhere}}"})
    assert status == 403
    assert "does not cover this URL" in text
    status, text = proxy(lab, "/x", {"headers": {"X-Key": "{{lab_probe_open}}"}})
    assert status == 403
    assert "is not hidden" in text
    assert lab.backend.seen == []


def test_what_was_put_in_is_not_searched_for_tags_again(lab: Lab) -> None:
    attribute = lab.instance.attribute_named("lab_probe_unset")
    assert attribute is not None
    ana = user_id(lab.instance, "Ana")
    lab.instance.user_values[ana, attribute.id] = "{{lab_probe_key}}"
    _, reply = proxy(lab, "/x", {"method": "POST", "body": "{{lab_probe_unset}}"})
    del lab.instance.user_values[ana, attribute.id]
    assert reply["body"]["body"] == "{{lab_probe_key}}"


def test_a_value_with_a_line_break_cannot_add_headers(lab: Lab) -> None:
    attribute = lab.instance.attribute_named("lab_probe_unset")
    assert attribute is not None
    ana = user_id(lab.instance, "Ana")
    lab.instance.user_values[ana, attribute.id] = "a\r\nX-Admin: yes"
    status, text = proxy(lab, "/x", {"headers": {"X-Key": "{{lab_probe_unset}}"}})
    del lab.instance.user_values[ana, attribute.id]
    assert (status, text) == (400, "The header X-Key is not printable ASCII.")


@pytest.mark.parametrize(
    "resource",
    ["https://elsewhere.example/", "http://127.0.0.1:1/", "http://user@127.0.0.1/", "file:///etc/passwd", None, 5, ""],
)
def test_only_listed_urls_are_called(lab: Lab, resource: object) -> None:
    status, answer = post(lab, "/internal/extensions/lab::probe/server_proxy", {"resource": resource})
    assert status == 403
    assert answer["error"].startswith("Extension not entitled to access external url ")


def test_nothing_is_allowed_that_is_not_listed(lab: Lab) -> None:
    status, text = proxy(lab, "/x", app="bare")
    assert status == 403
    assert text.startswith("Extension not entitled to access external url ")
    status, text = proxy(lab, "/x", app="careless")
    assert status == 403
    assert text.startswith("Entitlements must be defined")


def test_redirects_are_handed_back_and_bodies_shaped(lab: Lab) -> None:
    _, reply = proxy(lab, "/redirect")
    assert (reply["status"], reply["ok"], reply["headers"]["location"]) == (307, False, "/echo")
    _, reply = proxy(lab, "/text")
    assert (reply["status"], reply["statusText"], reply["body"]) == (418, "I'm a Teapot", "plain words")
    _, reply = proxy(lab, "/text", responseBodyType="json")
    assert reply["body"] == "plain words"
    _, reply = proxy(lab, "/x", responseBodyType="text")
    assert json.loads(reply["body"])["path"] == "/x"


def test_an_extension_cannot_set_headers_that_say_who_calls(lab: Lab) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-For": "1.2.3.4", "Transfer-Encoding": "chunked", "X-Fine": "yes"}
    _, reply = proxy(lab, "/x", {"headers": headers})
    arrived = reply["body"]["headers"]
    assert arrived["x-fine"] == "yes"
    assert arrived["host"] == urlsplit(lab.backend.url).netloc
    assert not arrived.keys() & {"x-forwarded-for", "transfer-encoding"}


@pytest.mark.parametrize(
    "init",
    [
        {"method": "TRACE"},
        {"method": "CONNECT"},
        {"method": "GET\r\nX: y"},
        {"method": "POST", "body": {"an": "object"}},
        {"method": "GET", "body": "x"},
        {"headers": ["a"]},
        {"headers": {"bad name": "x"}},
        {"headers": {"X": "a\nb"}},
        "text",
    ],
)
def test_a_malformed_request_is_refused_with_a_sentence(lab: Lab, init: Any) -> None:
    status, text = proxy(lab, "/x", init)
    assert status == 400
    assert text.endswith(".")


def test_a_backend_that_is_gone_or_talks_too_much_is_a_sentence(lab: Lab) -> None:
    status, text = proxy(lab, "/long")
    assert (status, "is longer than" in text) == (502, True)
    manifest = lab.instance.projects["lab"].manifest.applications[0].entitlements
    manifest["external_api_urls"].append("http://127.0.0.1:9")
    status, answer = post(lab, "/internal/extensions/lab::probe/server_proxy", {"resource": "http://127.0.0.1:9/"})
    manifest["external_api_urls"].remove("http://127.0.0.1:9")
    assert status == 502
    assert answer["error"].startswith("http://127.0.0.1:9 could not be reached: ")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"origin": None}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"x-csrf-token": None}, 403),
        ({"x-csrf-token": "guessed"}, 403),
        ({"cookie": None}, 403),
        ({"cookie": "looker_session=guessed"}, 403),
    ],
)
def test_only_lookers_own_page_with_its_token_may_ask(lab: Lab, changed: dict[str, str | None], status: int) -> None:
    lab.backend.seen.clear()
    body = {"resource": lab.backend.url + "/x"}
    found, answer = post(lab, "/internal/extensions/lab::probe/server_proxy", body, changed=changed)
    assert found == status
    assert answer["error"]
    assert lab.backend.seen == []


def test_a_user_without_the_projects_model_has_no_extension(lab: Lab) -> None:
    body = {"resource": lab.backend.url + "/x"}
    for path in ("lab::probe", "lab::nothing", "no::where"):
        status, answer = post(lab, f"/internal/extensions/{path}/server_proxy", body, who="Olga")
        assert status == 404
        assert answer["error"].startswith("There is no extension ")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(lab: Lab, body: bytes) -> None:
    status, answer = post(lab, "/internal/extensions/lab::probe/server_proxy", body)
    assert (status, answer["error"]) == (400, "The request is not a JSON object.")


def test_files_are_served_from_the_bundles_folder_only(lab: Lab, tmp_path: Path) -> None:
    folder = Path(lab.instance.projects["lab"].folder)
    for name in ("bundle/bundle.js", "bundle/deep/chunk.js", "bundle/.hidden.js", "bundle/key.pem", "outside.js"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("1")
    (tmp_path / "secret.js").write_text("secret")
    (folder / "bundle" / "link.js").symlink_to(tmp_path / "secret.js")
    sandbox = urlsplit(lab.instance.sandbox_url).netloc

    def status(path: str) -> int:
        found, headers, _ = call(lab, "GET", f"/frame/lab/probe/{path}", {"host": sandbox})
        assert headers["access-control-allow-origin"] == "*"
        return found

    assert [status(path) for path in ("", "bundle/bundle.js", "bundle/deep/chunk.js")] == [200, 200, 200]
    for path in (
        "outside.js", "manifest.lkml", "bundle/.hidden.js", "bundle/key.pem", "bundle/link.js", "bundle/../outside.js",
        "bundle/%2e%2e/outside.js", "bundle/..%2foutside.js", "bundle//bundle.js", "bundle/%00.js", "bundle",
        "/etc/passwd",        "bundle\\bundle.js", "bundle%5cbundle.js",
    ):  # fmt: skip
        assert status(path) == 404, path


@pytest.mark.parametrize("action", ["server_proxy", "fetch_allowed"])
@pytest.mark.parametrize("of", ["base_url", "sandbox_url"])
def test_looker_itself_is_out_of_reach_even_when_the_manifest_lists_it(lab: Lab, action: str, of: str) -> None:
    own = getattr(lab.instance, of)
    with entitled_to(lab, "external_api_urls", own):
        status, answer = post(lab, f"/internal/extensions/lab::probe/{action}", {"resource": f"{own}/account"})
    assert status == 403
    assert answer["error"].endswith("that is Looker itself. Use the SDK.")


def test_looker_itself_is_no_third_party_to_sign_in_at(lab: Lab) -> None:
    endpoint = f"{lab.instance.base_url}/api/token"
    with entitled_to(lab, "oauth2_urls", endpoint):
        body = {"authEndpoint": endpoint, "authParameters": {}}
        status, answer = post(lab, "/internal/extensions/lab::probe/oauth2_exchange_code", body)
    assert status == 403
    assert answer["error"].endswith("that is Looker itself.")


def test_a_call_that_the_extension_aborts_is_stopped(lab: Lab) -> None:
    lab.backend.asked.clear()
    lab.backend.hung_up.clear()
    body = json.dumps({"resource": f"{lab.backend.url}/never"}).encode()
    connection = HTTPConnection(urlsplit(lab.instance.base_url).netloc, timeout=20)
    connection.request("POST", "/internal/extensions/lab::probe/server_proxy", body, page_headers(lab, "Ana"))
    assert lab.backend.asked.wait(10)
    assert not lab.backend.hung_up.is_set()
    connection.close()
    assert lab.backend.hung_up.wait(10)


@contextmanager
def entitled_to(lab: Lab, name: str, url: str) -> Iterator[None]:
    """List one more URL in the probe's manifest for a while."""
    manifest = lab.instance.projects["lab"].manifest
    probe = next(app for app in manifest.applications if app.id == "probe")
    assert probe.entitlements is not None
    before = probe.entitlements[name]
    probe.entitlements[name] = [*before, url]
    try:
        yield
    finally:
        probe.entitlements[name] = before
