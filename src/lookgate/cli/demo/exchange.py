"""The story of a handle that is exchanged for a token, and of the tokens that the gateway must not believe."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

from lookgate.cli.demo.stage import Stage
from lookgate.cli.demo.story import Expected, Step, Story
from lookgate.cli.demo.visitor import HANDLE, Answer, Visitor
from lookgate.cli.demo.wire import Wire, WireError
from lookgate.compose import SYSTEM_CLOCK
from lookgate.keys.store import FileRings
from lookgate.keys.token import RING, sign

GRANT = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}
_OK, _UNKNOWN = 200, 401


def with_token(stage: Stage, story: Story, revoke: Callable[[], Any], reissue: Callable[[], Any]) -> Iterator[Step]:
    """A token is good for its user, here and now, and for nothing else.

    Args:
        stage: the running demo; its key ring signs the tokens that lie.
        story: what the steps share.
        revoke: ends the user's handle.
        reissue: gives the user a new one.
    """
    visitor = story.outsider
    name, user_id = visitor.person.name, visitor.person.id
    answer = visitor.fetch(f"{stage.gateway_url}/token", GRANT, HANDLE)
    story.events.append(Expected(answer.request_id, "allowed", user_id, ""))
    token = str(answer.body.get("access_token", ""))
    saw = f"a token for {answer.body.get('expires_in')} s" if token else answer.told()
    yield Step(name, "exchanges the handle for a token", saw, held=bool(token) and answer.status == _OK)

    answer = straight(stage, story, visitor, token, user_id)
    known = (answer.body.get("subject"), answer.body.get("authenticated_by"), answer.body.get("assurance"))
    saw = f"user {known[0]}, by {known[1]}" if answer.status == _OK else answer.told()
    yield Step(name, "calls with it, past Looker", saw, known == (user_id, "token", "user"))

    claims = _claims(token)
    long_ago = {name: claims[name] - 3600 for name in ("iat", "nbf", "exp")}
    lies: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("for another audience", {"aud": "https://gateway.example.com"}, "token_audience"),
        ("for another instance", {"instance": "https://looker.example.com"}, "token_instance"),
        ("that has ended", long_ago, "token_expired"),
        ("for another user", {"sub": story.planner.person.id}, "token_revoked"),
    )
    for what, changes, code in lies:
        answer = straight(stage, story, visitor, _signed(stage, {**claims, **changes}), "")
        held = (answer.status, answer.code) == (_UNKNOWN, code)
        yield Step(name, f"tries one {what}", answer.told(), held)

    revoke()
    answer = straight(stage, story, visitor, token, "")
    held = (answer.status, answer.code) == (_UNKNOWN, "token_revoked")
    yield Step(name, "calls after the handle is revoked", answer.told(), held)
    reissue()
    answer = straight(stage, story, visitor, token, "")
    held = (answer.status, answer.code) == (_UNKNOWN, "token_revoked")
    yield Step(name, "calls with it beside a new handle", answer.told(), held)


def straight(stage: Stage, story: Story, visitor: Visitor, token: str, subject: str) -> Answer:
    """Ask the gateway who calls, as the browser does: from Looker's page, without Looker's server.

    Args:
        stage: where the gateway is.
        story: remembers the audit event that the call owes.
        visitor: who calls.
        token: what is presented.
        subject: whom the audit must name; empty for nobody.

    Raises:
        WireError: nothing usable was answered.
    """
    headers = {"authorization": f"Bearer {token}", "origin": stage.looker_url}
    reply = Wire(stage.gateway_url, story.seen).json("POST", "/actions/whoami", {}, headers)
    body = reply.json()
    answer = Answer(reply.status, body if isinstance(body, dict) else {}, reply.headers.get("x-request-id", ""))
    readable = reply.headers.get("access-control-allow-origin") == stage.looker_url
    if not readable:
        raise WireError(
            f"the gateway does not let pages of {stage.looker_url} read its answers to {visitor.person.name}"
        )
    story.events.append(
        Expected(answer.request_id, "allowed" if answer.status == _OK else "denied", subject, answer.code)
    )
    return answer


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _signed(stage: Stage, claims: dict[str, Any]) -> str:
    """Sign with the gateway's own key: such a token could only come from another gateway that shares it."""
    ring = FileRings(stage.keys, encryption_key=None, random=os.urandom).load(RING)
    key = ring.signer(SYSTEM_CLOCK.now())
    if key is None:
        raise LookupError("the gateway has no key for tokens")
    return sign(key, claims).reveal()
