"""Read the notes back, newest first."""

from __future__ import annotations

from typing import Annotated

from _notes import COLLECTION, Note, note_of
from msgspec import Meta

from lookgate import Assurance, Context, Input, Output, action, at_least


class Which(Input, frozen=True):
    """Which notes, and how many."""

    subject: Annotated[str | None, Meta(description="An airline's code or a route; all of them when left out.")] = None
    limit: Annotated[int, Meta(ge=1, le=100, description="How many at most.")] = 20


class Notes(Output, frozen=True):
    """The notes, newest first."""

    notes: Annotated[list[Note], Meta(description="The newest first.")]


@action(policy=[at_least(Assurance.USER)])
def list_notes(which: Which, context: Context) -> Notes:
    """List the notes. Every user of the instance may read them; only planners may write."""
    found = context.records.list(COLLECTION, which.subject and which.subject.strip().upper(), limit=which.limit)
    return Notes(notes=[note_of(record) for record in found])
