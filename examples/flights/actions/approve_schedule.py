"""Approve a month's schedule: a decision that only one group may take."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from _flights import PLANNERS
from msgspec import Meta

from lookgate import Assurance, Context, Input, Output, action, at_least, in_group


class Month(Input, frozen=True):
    """The month whose schedule is approved."""

    month: Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="A month, such as 2014-03.")]


class Approval(Output, frozen=True):
    """The decision, as it was recorded."""

    id: int
    month: str
    approved_by: Annotated[str, Meta(description="Who decided: proven by the handle.")]
    at: datetime


@action(policy=[at_least(Assurance.USER), in_group(PLANNERS)], effect="local")
def approve_schedule(month: Month, context: Context) -> Approval:
    """Approve a month's schedule in the caller's name.

    Being a Looker admin does not help: the rule asks for the group, and rules are not ranks.
    """
    record = context.records.append("approvals", month.month, {}, actor=context.principal, at=context.now)
    return Approval(record.id, record.key, record.actor_label, record.at)
