"""The story of callers whom the gateway must not believe: no proof, a shared key, claims, an altered handle."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from lookgate.cli.demo.story import Step, Story
from lookgate.cli.demo.visitor import API_KEY, HANDLE, NO_ATTRIBUTE, NOTHING, Answer, Person

_OK, _DENIED, _UNKNOWN = 200, 403, 401


def without_proof(story: Story) -> Iterator[Step]:
    """What is not proven is not known."""
    visitor = story.outsider
    name = visitor.person.name
    answer = story.call(visitor, "whoami", {}, NOTHING, subject="")
    known = [answer.body.get(part) for part in ("kind", "subject", "email", "assurance")]
    yield Step(
        name,
        "asks without a handle",
        f"{known[3] or answer.told()}, no user",
        answer.status == _OK and known == ["anonymous", "", "", "anonymous"],
    )
    answer = story.call(visitor, "list_notes", {}, NOTHING, subject="")
    yield Step(name, "reads notes without a handle", answer.told(), _is_unknown(answer, "credential_missing"))

    answer = story.call(visitor, "whoami", {}, API_KEY, subject="demo")
    known = [answer.body.get(part) for part in ("kind", "assurance", "authenticated_by", "email")]
    yield Step(
        name,
        "asks with the shared key",
        f"{known[0]}, assurance {known[1]}, no user" if answer.status == _OK else answer.told(),
        answer.status == _OK and known == ["service", "shared_secret", "api_key", ""],
    )
    answer = story.call(visitor, "list_notes", {}, API_KEY, subject="demo")
    yield Step(
        name,
        "reads notes with the shared key",
        answer.told(),
        answer.status == _DENIED and answer.code == "assurance_too_low",
    )
    answer = story.call(visitor, "whoami", {}, NO_ATTRIBUTE, subject="")
    yield Step(
        name,
        "sends the tag of no attribute",
        answer.told(),
        _is_unknown(answer, "unsubstituted_tag") and "no_such_attribute" in str(answer.body.get("detail")),
    )
    answer = story.call(visitor, "whoami", {}, {**HANDLE, **claims_to_be(story.planner.person)})
    yield Step(
        name,
        f"claims to be {story.planner.person.name}",
        f"still user {answer.body.get('subject', answer.told())}",
        answer.status == _OK and answer.body.get("subject") == visitor.person.id,
    )
    elsewhere = visitor.fetch("http://127.0.0.1:9/actions/whoami", {}, HANDLE)
    yield Step(
        name,
        "sends the handle elsewhere",
        elsewhere.told()[:90],
        elsewhere.refusal.startswith("Extension not entitled to access external"),
    )


def claims_to_be(person: Person) -> dict[str, str]:
    """Return headers in which a caller says who they would like to be."""
    token = base64.b64encode(json.dumps({"sub": person.id, "email": person.email}).encode()).decode()
    return {
        "x-looker-user-id": person.id,
        "x-forwarded-user": person.email,
        "x-forwarded-email": person.email,
        "x-goog-authenticated-user-email": f"accounts.google.com:{person.email}",
        "x-endpoint-api-userinfo": token,
    }


def altered_handle(story: Story, write: Callable[[str | None], Any], reissue: Callable[[], Any]) -> Iterator[Step]:
    """A handle that is not the one the gateway issued proves nothing; a new one works again.

    Args:
        story: the story; the last visitor's handle is altered.
        write: puts a value into that user's attribute in Looker; None removes it.
        reissue: gives that user a new handle.
    """
    visitor = story.visitors[-1]
    name = visitor.person.name
    write("lgh_" + "A" * 43)
    answer = story.call(visitor, "whoami", {}, subject="")
    yield Step(name, "calls with an altered handle", answer.told(), _is_unknown(answer, "unknown_handle"))
    write(None)
    answer = story.call(visitor, "whoami", {}, subject="")
    explained = "lookgate_handle" in str(answer.body.get("detail")) and bool(answer.body.get("hint"))
    yield Step(
        name, "calls without a value in Looker", answer.told(), _is_unknown(answer, "unsubstituted_tag") and explained
    )
    reissue()
    answer = story.call(visitor, "whoami", {})
    yield Step(
        name,
        "calls with a new handle",
        f"user {answer.body.get('subject', answer.told())}",
        answer.status == _OK and answer.body.get("subject") == visitor.person.id,
    )


def _is_unknown(answer: Answer, code: str) -> bool:
    return answer.status == _UNKNOWN and answer.code == code
