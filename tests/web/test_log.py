from __future__ import annotations

from gateway_site import HANDLE, Site


def test_each_request_is_one_line_that_tells_who_what_and_how_it_ended() -> None:
    site = Site()
    reply = site.act("note", {"text": "x"}, ("x-lookgate-handle", HANDLE))
    (line,) = site.lines()
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": reply.headers["x-request-id"],
        "method": "POST",
        "route": "/actions/{name}",
        "action": "note",
        "status": 200,
        "duration_ms": 0.0,
        "actor": "ana@example.com",
        "authenticated_by": "handle",
    }


def test_a_refusal_is_logged_with_its_rule() -> None:
    site = Site()
    site.act("known")
    assert site.lines()[0]["rule"] == "credential_missing"


def test_the_path_itself_is_never_logged() -> None:
    site = Site()
    site.call("POST", "/actions/made_up_name?with=query")
    site.call("GET", "/made/up/path")
    assert "made" not in site.log.getvalue()
    assert [line.get("route", "") for line in site.lines()] == ["/actions/{name}", ""]


def test_a_line_cannot_be_forged_from_what_a_caller_sends() -> None:
    site = Site()
    site.call('GET"\n{"event": "forged"}', "/healthz", b"", [("x-request-id", '1"}\n{"event":"forged"}')])
    assert len(site.lines()) == 1
    assert site.lines()[0]["event"] == "request"


def test_a_log_that_cannot_be_written_costs_no_answer() -> None:
    site = Site()
    site.log.close()
    assert site.act("echo", {"text": "x"}).json == {"text": "x"}
