"""End what somebody let go wrong."""

from __future__ import annotations

from typing import Annotated

from _google import Fault, switch
from msgspec import Meta

from lookgate import Assurance, Context, Input, Output, action, at_least


class What(Input, frozen=True):
    """What is mended."""

    fault: Annotated[Fault, Meta(description="The fault's name.")]


class Mended(Output, frozen=True):
    """What goes wrong no more."""

    fault: str


@action(policy=[at_least(Assurance.SHARED_SECRET)], effect="remote")
def mend_it(what: What, context: Context) -> Mended:  # noqa: ARG001 - every action takes both
    """End a fault. Whoever uses the extension may: while Looker is down nobody can be proven to be an admin."""
    switch(what.fault, on=False)
    return Mended(what.fault)
