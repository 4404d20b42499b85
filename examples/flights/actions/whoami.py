"""Who is calling, as far as the gateway can tell."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from lookgate import Context, Input, Output, action, public


class Nothing(Input, frozen=True):
    """This action takes no input."""


class Caller(Output, frozen=True):
    """What was proven, and how."""

    kind: Annotated[str, Meta(description="user, service or anonymous.")]
    assurance: Annotated[str, Meta(description="anonymous < shared_secret < workload < user.")]
    authenticated_by: Annotated[str, Meta(description="The verifier that proved it; empty when nothing was proven.")]
    issuer: Annotated[str, Meta(description="Who vouches for the subject.")]
    subject: Annotated[str, Meta(description="For a user, the Looker user's id.")]
    name: str
    email: str
    groups: Annotated[list[str], Meta(description="Looker groups, direct membership.")]
    roles: Annotated[list[str], Meta(description="Looker roles, direct or through a group.")]
    request_id: Annotated[str, Meta(description="By which the audit log finds this very call.")]


@action(policy=[public()])
def whoami(_: Nothing, context: Context) -> Caller:
    """Tell what the gateway knows of the caller.

    Public, so that a caller without a credential learns that nothing is known of them.
    """
    caller = context.principal
    return Caller(
        kind=caller.kind,
        assurance=caller.assurance.label,
        authenticated_by=caller.authenticated_by,
        issuer=caller.issuer,
        subject=caller.subject,
        name=caller.name,
        email=caller.email,
        groups=sorted(caller.groups),
        roles=sorted(caller.roles),
        request_id=context.request_id,
    )
