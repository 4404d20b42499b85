"""Let something go wrong around the demo's tokens."""

from __future__ import annotations

from typing import Annotated

from _google import Fault, switch
from msgspec import Meta

from lookgate import Assurance, Context, Input, Output, action, at_least, has_role


class What(Input, frozen=True):
    """What goes wrong."""

    fault: Annotated[Fault, Meta(description="The fault's name.")]


class Broken(Output, frozen=True):
    """What goes wrong from now on."""

    fault: str


@action(policy=[at_least(Assurance.USER), has_role("Admin")], effect="remote")
def break_it(what: What, context: Context) -> Broken:  # noqa: ARG001 - every action takes both
    """Let something go wrong, for real, until somebody mends it. Only Looker admins may."""
    switch(what.fault, on=True)
    return Broken(what.fault)
