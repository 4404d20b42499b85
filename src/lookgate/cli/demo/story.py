"""The story of users whom the gateway knows: what each does, and what must be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lookgate.cli.demo.visitor import HANDLE, Answer, Person, Visitor

PLANNERS, ALL_USERS = "Network Planning", "All Users"
FLIGHTS = 336_776
ARRIVED = 327_346
_OK, _DENIED = 200, 403


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, and what was seen."""

    who: str
    did: str
    saw: str
    held: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """The audit event that a call must have left."""

    request_id: str
    outcome: str
    subject: str
    rule: str


@dataclass(slots=True)
class Story:
    """What the steps share: the visitors, and what later steps look back at."""

    visitors: list[Visitor]
    looker_url: str
    seen: list[bytes] = field(default_factory=list)
    """Every answer, to be searched for secrets."""
    events: list[Expected] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    """What the first user was told about delays: the same question has the same answer for everybody."""

    @property
    def planner(self) -> Visitor:
        """A user who may write. Raises LookupError when the world has none."""
        return self._first("in the group", lambda groups: PLANNERS in groups)

    @property
    def outsider(self) -> Visitor:
        """A user of another group, who may not. Raises LookupError when the world has none."""
        return self._first("in a group that is not", lambda groups: bool(groups - {PLANNERS, ALL_USERS}))

    def _first(self, where: str, fits: Callable[[frozenset[str]], bool]) -> Visitor:
        for visitor in self.visitors:
            if fits(visitor.person.groups):
                return visitor
        raise LookupError(f"the world has no user {where} {PLANNERS}")

    def call(
        self,
        visitor: Visitor,
        action: str,
        given: object,
        headers: Mapping[str, str] = HANDLE,
        *,
        subject: str | None = None,
    ) -> Answer:
        """Call an action and remember which audit event it owes.

        Args:
            visitor: who calls.
            action: which action.
            given: its input.
            headers: what is presented.
            subject: whom the audit must name; the visitor's Looker user when left out.
        """
        answer = visitor.call(action, given, headers)
        outcome = "allowed" if answer.status == _OK else "denied"
        self.events.append(
            Expected(answer.request_id, outcome, visitor.person.id if subject is None else subject, answer.code)
        )
        return answer


def user_steps(story: Story, visitor: Visitor) -> Iterator[Step]:
    """What every user does."""
    yield _sign_in(visitor)
    yield _who_am_i(story, visitor)
    yield _delays(story, visitor)
    yield _write(story, visitor)
    yield _approve(story, visitor)


def _sign_in(visitor: Visitor) -> Step:
    visitor.sign_in()
    return Step(visitor.person.name, "signs in and opens the extension", "its page, with a CSRF token", held=True)


def _who_am_i(story: Story, visitor: Visitor) -> Step:
    answer = story.call(visitor, "whoami", {})
    caller, person = answer.body, visitor.person
    story.subjects.append(str(caller.get("subject", "")))
    expected = {
        "kind": "user",
        "subject": person.id,
        "name": person.name,
        "email": person.email,
        "assurance": "user",
        "authenticated_by": "handle",
        "issuer": story.looker_url,
    }
    held = (
        answer.status == _OK
        and {name: caller.get(name) for name in expected} == expected
        and frozenset(caller.get("groups", ())) == person.groups
    )
    saw = answer.told()
    if answer.status == _OK:
        groups = ", ".join(name for name in caller["groups"] if name != ALL_USERS) or "no group"
        saw = f"user {caller['subject']} {caller['email']}, {groups}, assurance {caller['assurance']}"
        saw += f", by {caller['authenticated_by'] or 'nothing'}"
    return Step(person.name, "asks who they are", saw, held)


def _delays(story: Story, visitor: Visitor) -> Step:
    question = {"by": "carrier", "statistic": "mean", "confidence": 0.95}
    answer = story.call(visitor, "delays", question)
    rows = answer.body.get("intervals", [])
    story.answer = story.answer or answer.body
    held = (
        answer.status == _OK
        and answer.body["flights"] == ARRIVED
        and len(rows) > 1
        and all(row["low"] < row["estimate"] < row["high"] for row in rows)
        and answer.body == story.answer
    )
    saw = answer.told()
    if rows:
        same = "the same as everybody" if answer.body == story.answer else "another answer than before"
        saw = f"{len(rows)} intervals over {answer.body['flights']:,} flights; {same}"
    return Step(visitor.person.name, "asks how late the airlines are", saw, held)


def _write(story: Story, visitor: Visitor) -> Step:
    person = visitor.person
    text = f"Checked by {person.name}"
    written = story.call(visitor, "add_note", {"subject": "UA", "text": text})
    if PLANNERS not in person.groups:
        return _refused(person, "writes a note", written)
    read = story.call(story.planner, "list_notes", {"subject": "UA", "limit": 1}).body.get("notes", [])
    held = (
        written.status == _OK
        and read == [written.body]
        and written.body["author_id"] == person.id
        and written.body["author"] == person.email
        and written.body["text"] == text
    )
    saw = f"stored as {written.body['author']}, and read back" if held else f"{written.told()}; read back {read}"
    return Step(person.name, "writes a note", saw, held)


def _approve(story: Story, visitor: Visitor) -> Step:
    person = visitor.person
    answer = story.call(visitor, "approve_schedule", {"month": "2013-12"})
    if PLANNERS not in person.groups:
        return _refused(person, "approves a schedule", answer)
    held = answer.status == _OK and answer.body["approved_by"] == person.email
    saw = f"approved by {answer.body['approved_by']}" if answer.status == _OK else answer.told()
    return Step(person.name, "approves a schedule", saw, held)


def _refused(person: Person, did: str, answer: Answer) -> Step:
    """A wrong group must be refused by that rule, with a reason and a fix."""
    reasons = PLANNERS in answer.body.get("detail", "") and bool(answer.body.get("hint"))
    held = answer.status == _DENIED and answer.code == "not_in_group" and reasons
    return Step(person.name, did, answer.told(), held)


def told_apart(story: Story) -> Step:
    """No two users are the same to the gateway."""
    held = len(set(story.subjects)) == len(story.visitors) and "" not in story.subjects
    return Step("everybody", "is told apart", f"users {', '.join(story.subjects)}", held)


def read_by_others(story: Story) -> Step:
    """A note keeps its author, whoever reads it."""
    answer = story.call(story.outsider, "list_notes", {"limit": 1})
    notes = answer.body.get("notes", [])
    author = notes[0]["author"] if notes else ""
    held = author == story.planner.person.email
    return Step(story.outsider.person.name, "reads that note", f"written by {author or answer.told()}", held)
