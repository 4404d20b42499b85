"""The story of claims that the warehouse signs, and of those that the gateway must not believe."""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lookgate.claims.blocks import blocks_of
from lookgate.claims.lookml import EXPLORE, MODEL
from lookgate.cli.demo.stage import Stage
from lookgate.cli.demo.story import Step, Story
from lookgate.cli.demo.visitor import Answer, Visitor
from lookgate.cli.demo.warehouse import ELSEWHERE, OTHER_LOOKER
from lookgate.compose import SYSTEM_CLOCK
from lookgate.keys.store import FileRings
from lookgate.verify.claim_keys import RING

_OK, _UNKNOWN = 200, 401
_HOUR = 3600
_LIES = {
    "a second time": "claim_used",
    "for another audience": "claim_audience",
    "of another instance": "claim_issuer",
    "that has ended": "claim_expired",
    "for another user": "claim_signature",
}


def with_claim(stage: Stage, story: Story, rotate: Callable[[], Any]) -> Iterator[Step]:
    """A claim is good for its user, once, here and now, and for nothing else.

    Args:
        stage: the running demo; its key ring signs the claim that is old.
        story: what the steps share.
        rotate: makes a new key that signs from now on.
    """
    for visitor in story.visitors:
        claim = signed(visitor)
        answer = _present(story, visitor, claim, visitor.person.id)
        known = tuple(answer.body.get(name) for name in ("subject", "email", "authenticated_by", "assurance"))
        saw = f"user {known[0]}, by {known[2]}" if answer.status == _OK else answer.told()
        person = visitor.person
        yield Step(person.name, "calls with a claim", saw, known == (person.id, person.email, "claim", "user"))

    visitor = story.outsider
    yield from _rotated(story, visitor, rotate)
    used = signed(visitor)
    _present(story, visitor, used, visitor.person.id)
    spare, someone_else = signed(visitor), story.planner.person.id
    presented = (
        used,
        signed(visitor, audience=ELSEWHERE),
        signed(visitor, OTHER_LOOKER),
        _an_hour_old(stage, spare),
        _said_of(someone_else, spare),
    )
    for claim, (what, code) in zip(presented, _LIES.items(), strict=True):
        answer = _present(story, visitor, claim, "")
        told = bool(answer.body.get("detail")) and bool(answer.body.get("hint"))
        held = (answer.status, answer.code) == (_UNKNOWN, code) and told
        yield Step(visitor.person.name, f"tries a claim {what}", answer.told(), held)


def _rotated(story: Story, visitor: Visitor, rotate: Callable[[], Any]) -> Iterator[Step]:
    """A new key signs from now on, and what the one before has signed is still good."""
    person, before = visitor.person, signed(visitor)
    rotate()
    for which, claim in (("old", before), ("new", signed(visitor))):
        answer = _present(story, visitor, claim, person.id)
        is_new = _decoded(claim.split(".")[0])["kid"] != _decoded(before.split(".")[0])["kid"]
        held = answer.status == _OK and answer.body.get("subject") == person.id and is_new is (claim is not before)
        saw = f"user {person.id}, by claim" if held else answer.told()
        yield Step(person.name, f"calls with a claim of the {which} key", saw, held)


def signed(visitor: Visitor, model: str = MODEL, **inputs: str) -> str:
    """Return a new claim: the explore is run as the extension runs it.

    Raises:
        WireError: Looker refuses it.
        LookupError: no key may sign, or an input is no plain word.
    """
    filters = {"nonce": uuid.uuid4().hex, **inputs}
    rows = visitor.query(
        {
            "model": model,
            "view": EXPLORE,
            "fields": [f"{EXPLORE}.claim"],
            "filters": {f"{EXPLORE}.{name}": value for name, value in filters.items()},
        }
    )
    claim = rows[0][f"{EXPLORE}.claim"] if rows else None
    if not claim:
        raise LookupError(f"the explore {EXPLORE} of {model} signs nothing")
    return str(claim)


def _present(story: Story, visitor: Visitor, claim: str, subject: str) -> Answer:
    return story.call(visitor, "whoami", {}, {"authorization": f"Bearer {claim}"}, subject=subject)


def _an_hour_old(stage: Stage, claim: str) -> str:
    """Sign with the gateway's own key what the warehouse would have signed an hour ago."""
    header, content, _ = claim.split(".")
    found = _decoded(content)
    ring = FileRings(stage.keys, encryption_key=None, random=os.urandom).load(RING)
    key = ring.find(str(_decoded(header)["kid"]), SYSTEM_CLOCK.now())
    if key is None:
        raise LookupError("the gateway has no such key for claims")
    text = f"{header}.{_encoded({**found, 'iat': found['iat'] - _HOUR, 'exp': found['exp'] - _HOUR})}"
    mac = blocks_of(key.raw).sign(text.encode())
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _said_of(user_id: str, claim: str) -> str:
    """Put another user into a claim; its signature stays."""
    header, content, mac = claim.split(".")
    return f"{header}.{_encoded({**_decoded(content), 'sub': user_id})}.{mac}"


def _decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _encoded(claims: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).rstrip(b"=").decode()
