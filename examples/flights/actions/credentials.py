"""How fresh the tokens in Looker are, and what goes wrong around them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec
from _google import VALUES, state
from msgspec import Meta

from lookgate import Assurance, Context, Input, Output, action, at_least


class Nothing(Input, frozen=True):
    """This action takes no input."""


class Token(Output, frozen=True):
    """One value of the attribute. The token itself is in Looker, and nowhere else."""

    label: Annotated[str, Meta(description="Whose value.")]
    source: Annotated[str, Meta(description="Who makes the token.")]
    audience: Annotated[str, Meta(description="The service that it is for.")]
    renewed_at: datetime | None
    expires_at: datetime | None
    life: Annotated[float, Meta(description="Seconds that it lives in all.")]
    margin: Annotated[float, Meta(description="Seconds of life that it always has left, in a healthy run.")]
    renewals: int
    failures: Annotated[int, Meta(description="In a row, since the last success.")]
    code: Annotated[str, Meta(description="Of the last failure; empty after a success.")]
    detail: str
    state: str
    says: Annotated[str, Meta(description="What happens to it next, and why.")]
    next_at: datetime | None


class Attempt(Output, frozen=True):
    """One call of the scheduler."""

    at: datetime
    status: Annotated[int, Meta(description="What the gateway answered; 0 when it did not.")]


class Credentials(Output, frozen=True):
    """All that the page shows."""

    now: Annotated[datetime, Meta(description="The gateway's time, by which remaining lives are told.")]
    tokens: list[Token]
    problems: Annotated[list[str], Meta(description="Of rules that lead nowhere in Looker.")]
    every: Annotated[float, Meta(description="Seconds between two runs.")]
    calls_this_month: Annotated[int, Meta(description="API calls that renewals have cost.")]
    faults: Annotated[list[str], Meta(description="What goes wrong on demand now.")]
    attempts: Annotated[list[Attempt], Meta(description="The scheduler's last calls, the newest first.")]
    missed: Annotated[int, Meta(description="How often the scheduler did not come.")]


@action(policy=[at_least(Assurance.SHARED_SECRET)])
async def credentials(_: Nothing, context: Context) -> Credentials:
    """Show each stored token's life and renewals, which faults are on, and how the scheduler's calls went.

    The extension's shared key is enough: nothing here is secret, and the page must go on while Looker is down,
    who alone can say what a user may do.
    """
    stored, local = await asyncio.gather(context.tokens.read(), asyncio.to_thread(state))
    job = local["jobs"][0]
    return Credentials(
        now=context.now,
        tokens=[msgspec.convert(each, Token, from_attributes=True) for each in stored.tokens],
        problems=list(stored.problems),
        every=stored.every,
        calls_this_month=stored.calls_this_month,
        faults=[name for name, value in local["faults"].items() if value and name in VALUES],
        attempts=[Attempt(datetime.fromisoformat(one["at"]), one["status"]) for one in job["attempts"][:5]],
        missed=job["missed"],
    )
