"""Who is calling, as far as the gateway can tell."""

from __future__ import annotations

from lookgate import Context, Input, Output, action, public


class Nothing(Input, frozen=True):
    """This action takes no input."""


class Caller(Output, frozen=True):
    """What was proven, and how."""

    kind: str
    """``user``, ``service`` or ``anonymous``."""
    assurance: str
    """``anonymous`` < ``shared_secret`` < ``workload`` < ``user``."""
    authenticated_by: str
    """The verifier that proved it; empty when nothing was proven."""
    issuer: str
    """Who vouches for the subject."""
    subject: str
    """The Looker user's id, for a user."""
    name: str
    email: str
    groups: list[str]
    roles: list[str]
    request_id: str
    """By which the audit log finds this very call: ``lookgate audit tail``."""


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
