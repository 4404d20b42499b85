"""What a note is, for the actions that write and list notes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from lookgate import Output
from lookgate.core.ports import Record

COLLECTION = "notes"


class Note(Output, frozen=True):
    """A note as callers see it."""

    id: int
    subject: Annotated[str, Meta(description="An airline's code or a route.")]
    text: str
    author: str
    author_id: Annotated[str, Meta(description="The Looker user's id: proven by the handle, not told by the browser.")]
    at: datetime


def note_of(record: Record) -> Note:
    """Return what was stored. Who and when come from the record, which the gateway itself filled in."""
    return Note(
        id=record.id,
        subject=record.key,
        text=str(record.body["text"]),
        author=record.actor_label,
        author_id=record.actor_subject,
        at=record.at,
    )
