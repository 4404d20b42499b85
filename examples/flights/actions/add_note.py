"""Write a note about an airline or a route: a write-back that knows its author."""

from __future__ import annotations

import re
from typing import Annotated

from _flights import PLANNERS, rows
from _notes import COLLECTION, Note, note_of
from msgspec import Meta

from lookgate import Assurance, Context, Input, InvalidInput, action, at_least, in_group

_ROUTE = re.compile(r"([A-Z]{3})-([A-Z]{3})")


class NewNote(Input, frozen=True):
    """A note. It has no author field: the author is whoever is proven to call."""

    subject: Annotated[
        str, Meta(min_length=2, max_length=7, description="An airline's code, such as UA, or a route, such as EWR-SFO.")
    ]
    text: Annotated[str, Meta(min_length=1, max_length=500, description="The note itself.")]


@action(policy=[at_least(Assurance.USER), in_group(PLANNERS)], effect="local")
def add_note(note: NewNote, context: Context) -> Note:
    """Store a note about an airline or a route.

    The note and its audit event are committed together, or neither is.
    """
    subject, text = note.subject.strip().upper(), note.text.strip()
    if not text:
        raise InvalidInput("note_empty", "The note has no text.", "Write something.", pointer="/text")
    if not _flies(subject):
        raise InvalidInput(
            "subject_unknown",
            f"No airline or route '{subject}' left New York in 2013.",
            "Use an airline's code, such as UA, or a route, such as EWR-SFO.",
            pointer="/subject",
        )
    return note_of(context.records.append(COLLECTION, subject, {"text": text}, actor=context.principal, at=context.now))


def _flies(subject: str) -> bool:
    route = _ROUTE.fullmatch(subject)
    if route:
        return bool(rows("SELECT 1 FROM flights WHERE origin = ? AND dest = ? LIMIT 1", list(route.groups())))
    return bool(rows("SELECT 1 FROM airlines WHERE carrier = ?", [subject]))
