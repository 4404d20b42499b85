"""The next departures, for services that are known: what an extension reaches with the token that stands in Looker."""

from __future__ import annotations

import math
import os
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from lookgate import Assurance, Context, Input, Output, action, at_least


class Nothing(Input, frozen=True):
    """This action takes no input."""


class Seen(Output, frozen=True):
    """Whom this service saw. It knows nothing of Looker: the token alone tells."""

    email: Annotated[str, Meta(description="The service account that the token stands for.")]
    audience: Annotated[str, Meta(description="The only audience for which this service takes tokens.")]
    issuer: str
    expires_at: datetime | None
    seconds_left: Annotated[
        int, Meta(description="Of the token's life, when the call arrived; below 0 within the tolerance.")
    ]


@action(policy=[at_least(Assurance.WORKLOAD)])
def departures(_: Nothing, context: Context) -> Seen:
    """Tell whom the token stands for, and how long it is still good."""
    caller = context.principal
    left = (caller.expires_at - context.now).total_seconds() if caller.expires_at else 0
    return Seen(caller.email, os.environ["BOARD_AUDIENCE"], caller.issuer, caller.expires_at, math.floor(left))
