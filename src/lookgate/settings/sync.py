"""``[sync]``: which tokens are kept fresh in which user attributes, where they come from, and who may ask for it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from lookgate.core.secret import Secret
from lookgate.settings.reference import DISCOVER, KeySet, StandingSecret

_Name = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_-]{0,63}$", description="Write a lower-case name: letters, digits, '-' and '_'."),
]
_Account = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]*@[a-z0-9.-]+$", description="Write a service account's address.")
]


class SyncRule(Struct, frozen=True):
    """``[[sync.rules]]``: one token, one attribute, for whom."""

    source: Annotated[
        str,
        Meta(description='Write "google", "metadata", "scheduler", "lookgate", or the name of a source of yours.'),
    ]
    attribute: Annotated[str, Meta(description="Write the user attribute's full name, or 'id:42'.")]
    target: Annotated[
        str,
        Meta(
            description="Write 'default', 'group:NAME', 'group_id:7', 'user:EMAIL', 'user_id:12', 'external_id:X', "
            "'members:NAME' or 'members_id:7'."
        ),
    ]
    audience: Annotated[str, Meta(description="Write the URL of the service that the token is for.")] = ""
    name: Annotated[str, Meta(description="Write a name to recognise it by.")] = ""
    extension: Annotated[
        str, Meta(description="Write 'project::application' of the extension whose scoped attribute it is.")
    ] = ""
    margin: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Write seconds, above 0, or leave it out for half the token's life."),
    ] = None
    canary: Annotated[str, Meta(description="Write a URL of the service that answers 2xx to a good token.")] = ""
    domain: Annotated[
        str, Meta(description="Write the URL that the token may be sent to, or leave it out for the audience's.")
    ] = ""


class Impersonate(Struct, frozen=True):
    """``[[sync.impersonate]]``: Google's IAM Credentials make the token, for a service account we may act as."""

    name: _Name
    service_account: _Account
    delegates: Annotated[
        tuple[_Account, ...], Meta(description="Write a list of the service accounts on the way, or leave it out.")
    ] = ()


class ClientCredentials(Struct, frozen=True):
    """``[[sync.client_credentials]]``: any OAuth 2.0 provider makes an access token (RFC 6749, section 4.4)."""

    name: _Name
    token_url: Annotated[str, Meta(description="Write the provider's token endpoint, an https URL.")]
    client_id: Annotated[Secret, Meta(description="Write where the client id is: 'env:NAME' or 'file:PATH'.")]
    client_secret: Annotated[Secret, Meta(description="Write where the client secret is: 'env:NAME' or 'file:PATH'.")]
    scope: Annotated[str, Meta(description="Write the scopes, with spaces between them.")] = ""
    auth: Annotated[
        Literal["basic", "post"],
        Meta(description='Write how the client proves itself: "basic" (a header) or "post" (the form).'),
    ] = "basic"
    audience_parameter: Annotated[
        Literal["", "audience", "resource"],
        Meta(description='Write "audience" or "resource" if the provider wants to be told the audience, or leave it.'),
    ] = ""
    lifetime: Annotated[
        int, Meta(ge=60, le=31_536_000, description="Write how many seconds its tokens live at least.")
    ] = 3600
    private_network: Annotated[
        bool, Meta(description="Write true if the provider stands in your own network, else leave it out.")
    ] = False


class Static(Struct, frozen=True):
    """``[[sync.static]]``: a secret that stands elsewhere; written again when it changes."""

    name: _Name
    value: Annotated[StandingSecret, Meta(description="Write where the secret is: 'env:NAME' or 'file:PATH'.")]


class Google(Struct, frozen=True):
    """``[google]``: where Google's services are, for a local stand-in or a private endpoint."""

    metadata: Annotated[str, Meta(description="Write the metadata server's origin, or leave it out.")] = (
        "http://169.254.169.254"
    )
    iam: Annotated[str, Meta(description="Write the IAM Credentials API's origin, or leave it out.")] = (
        "https://iamcredentials.googleapis.com"
    )
    credentials: Annotated[
        Literal["metadata", "default"],
        Meta(description='Write "metadata", or "default" for the application default credentials of this machine.'),
    ] = "metadata"


class Sync(Struct, frozen=True):
    """``[sync]``. Without rules nothing is renewed."""

    every: Annotated[
        int, Meta(ge=10, le=3600, description="Write the whole seconds between two runs, from 10 to 3600.")
    ] = 300
    calls_per_month: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Write how many API calls a month renewals may cost, or leave it out."),
    ] = None
    concurrency: Annotated[int, Meta(ge=1, le=64, description="Write a whole number from 1 to 64.")] = 8
    schedule: Annotated[str, Meta(description="Write five cron fields, such as '*/5 * * * *', or leave it out.")] = ""
    audience: Annotated[
        str, Meta(description="Write the exact 'aud' of the scheduler's token, such as this route's own URL.")
    ] = ""
    callers: Annotated[
        frozenset[_Account], Meta(description="Write a list of the service accounts that may start a run.")
    ] = frozenset()
    keys: Annotated[
        KeySet,
        Meta(description="Write where the JWK set is that checks the scheduler's token, or leave it out for Google's."),
    ] = KeySet("", DISCOVER)
    behind_iam: Annotated[
        bool,
        Meta(description="Write true only where Cloud Run lets in nobody but the scheduler, else leave it out."),
    ] = False
    known_updater_routes: Annotated[bool, Meta(description="Write true or false.")] = False
    known_updater_audiences: Annotated[
        frozenset[str],
        Meta(description="Write a list of the services whose tokens POST /identity_token stores, beside the rules'."),
    ] = frozenset()
    rules: tuple[SyncRule, ...] = ()
    impersonate: tuple[Impersonate, ...] = ()
    client_credentials: tuple[ClientCredentials, ...] = ()
    static: tuple[Static, ...] = ()

    @property
    def configured(self) -> bool:
        """Whether there is anything to keep fresh."""
        return bool(self.rules)

    @property
    def writes(self) -> bool:
        """Whether attributes in Looker are written, by rules or by whoever calls."""
        return self.configured or self.known_updater_routes
