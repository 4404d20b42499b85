"""What lookgate.toml can say. Each description is also the fix that a mistake is answered with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from lookgate.core.secret import Secret
from lookgate.settings.claims import Claims, Keys
from lookgate.settings.reference import KeySet
from lookgate.settings.sync import Google, Sync
from lookgate.settings.tokens import Tokens

GOOGLE = "google"
"""The preset for ``oidc.issuer``: Google's ID tokens, under both spellings of its name."""

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
"""A name that is safe in logs, headers and TOML."""


class Web(Struct, frozen=True):
    """``[web]``: where the gateway listens and what it lets in."""

    host: Annotated[str, Meta(description="Write an address to listen on, such as '127.0.0.1' or '0.0.0.0'.")] = (
        "127.0.0.1"
    )
    port: Annotated[
        int, Meta(ge=0, le=65535, description="Write a whole number from 0 to 65535; 0 picks a free port.")
    ] = 8080
    origins: Annotated[
        tuple[str, ...],
        Meta(description='Write a list of exact origins, such as ["https://example.cloud.looker.com"].'),
    ] = ()
    max_body_bytes: Annotated[
        int, Meta(ge=1, le=100_000_000, description="Write a whole number of bytes from 1 to 100000000.")
    ] = 1_000_000
    public_pages: Annotated[
        frozenset[Literal["docs", "metrics"]],
        Meta(description='Write a list of pages that anyone may read, out of "docs" and "metrics".'),
    ] = frozenset()
    serverless: Annotated[
        bool,
        Meta(description="Write true if Cloud Run checks X-Serverless-Authorization before the gateway, or false."),
    ] = False


class Instance(Struct, frozen=True):
    """``[instance]``: the Looker instance. Without it the gateway runs, and verifies no handles."""

    base_url: Annotated[
        str, Meta(description="Write the API's origin, such as 'https://example.cloud.looker.com', without a path.")
    ] = ""
    edition: Annotated[
        Literal["original", "core"], Meta(description='Write "original" or "core" (Looker on Google Cloud).')
    ] = "original"
    client_id: Annotated[Secret, Meta(description="Write where the API client id is: 'env:NAME' or 'file:PATH'.")] = (
        Secret("")
    )
    client_secret: Annotated[
        Secret, Meta(description="Write where the API client secret is: 'env:NAME' or 'file:PATH'.")
    ] = Secret("")
    verify_ssl: Annotated[bool, Meta(description="Write true or false.")] = True
    private_network: Annotated[
        bool, Meta(description="Write true if Looker stands in your own network, else leave it out.")
    ] = False
    timeout: Annotated[float, Meta(gt=0, le=120, description="Write seconds, above 0 and at most 120.")] = 20.0
    directory_ttl: Annotated[
        float,
        Meta(ge=0, le=300, description="Write seconds from 0 to 300: how long a user's groups may be remembered."),
    ] = 60.0
    accept_api_tokens: Annotated[
        bool, Meta(description="Write true to accept this instance's own API tokens as bearer tokens, or false.")
    ] = False

    @property
    def configured(self) -> bool:
        """Whether there is an instance to talk to."""
        return bool(self.base_url)


class Handle(Struct, frozen=True):
    """``[handle]``: the hidden user attribute that carries each user's handle."""

    attribute: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_.]{1,255}$",
            description="Write the attribute's full name: letters, digits, '_' and '.', such as "
            "'<project>_<application>_lookgate_handle' for a scoped attribute.",
        ),
    ] = "lookgate_handle"
    issue_on_claim: Annotated[
        bool, Meta(description="Write true to issue a handle to each user who proves themself by a claim, or false.")
    ] = False


class Actions(Struct, frozen=True):
    """``[actions]``: which files hold the actions, and which of them are live."""

    folder: Annotated[Path, Meta(description="Write the folder of the action files, such as 'actions'.")] = Path(
        "actions"
    )
    enabled: Annotated[
        tuple[str, ...], Meta(description='Write a list of action names, such as ["notes_add", "notes_list"].')
    ] = ()


class Store(Struct, frozen=True):
    """``[store]``: where the gateway keeps its state."""

    path: Annotated[Path, Meta(description="Write a file's path, such as 'var/lookgate.sqlite3'.")] = Path(
        ".lookgate/lookgate.sqlite3"
    )
    url: Annotated[
        Secret,
        Meta(
            description="Write where the URL of a Postgres database is, instead of 'path': 'env:NAME' or 'file:PATH'."
        ),
    ] = Secret("")

    @property
    def place(self) -> str:
        """Where it is, without what opens it."""
        from lookgate.store.url import parse  # noqa: PLC0415 - only who is told pays for it

        return str(parse(self.url.reveal())) if self.url else str(self.path)


class ApiKey(Struct, frozen=True):
    """``[[api_keys]]``: one key, known by its hash. Several may share a name while one replaces the other."""

    name: Annotated[Name, Meta(description="Write a lower-case name: letters, digits, '-' and '_'.")]
    sha256: Annotated[
        str,
        Meta(
            pattern=r"^[0-9a-f]{64}$",
            description="Write the key's SHA-256, 64 lower-case hex digits, as `lookgate api-keys new` prints it.",
        ),
    ]
    scopes: Annotated[frozenset[str], Meta(description='Write a list of scopes, such as ["flights:read"].')] = (
        frozenset()
    )
    expires: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="Write a date and time with its zone and no quotes, such as 2027-01-31T00:00:00Z."),
    ] = None


class Oidc(Struct, frozen=True):
    """``[[oidc]]``: one provider whose ID tokens are accepted, checked with a key set (RFC 7517)."""

    name: Annotated[Name, Meta(description="Write a lower-case name: letters, digits, '-' and '_'.")]
    issuer: Annotated[str, Meta(description="Write \"google\", or the exact 'iss' of the tokens, an https URL.")]
    audiences: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="Write a list with the exact 'aud' of the tokens, such as this gateway's URL."),
    ]
    keys: Annotated[
        KeySet,
        Meta(
            description="Write where the JWK set is: 'file:PATH' or 'env:NAME'; or 'discover' to ask the issuer for it."
        ),
    ]
    keys_host: Annotated[
        str,
        Meta(description="Write the one host on which the issuer publishes its keys, such as 'keys.example.com'."),
    ] = ""
    algorithms: Annotated[
        frozenset[Literal["RS256", "ES256", "EdDSA"]],
        Meta(min_length=1, description='Write a list of what tokens may be signed with: "RS256", "ES256", "EdDSA".'),
    ] = frozenset({"RS256"})
    private_network: Annotated[
        bool, Meta(description="Write true if the issuer stands in your own network, else leave it out.")
    ] = False
    kind: Annotated[
        Literal["service", "user"], Meta(description='Write whom the tokens stand for: "service" or "user".')
    ] = "service"
    hosted_domain: Annotated[
        str, Meta(description="Write the Google Workspace domain that users must belong to, such as 'example.com'.")
    ] = ""
    emails: Annotated[
        frozenset[str], Meta(description="Write a list of the only verified addresses that are let in.")
    ] = frozenset()


class Settings(Struct, frozen=True):
    """Everything lookgate.toml and the environment say, checked."""

    web: Web = Web()
    instance: Instance = Instance()
    handle: Handle = Handle()
    actions: Actions = Actions()
    store: Store = Store()
    api_keys: tuple[ApiKey, ...] = ()
    oidc: tuple[Oidc, ...] = ()
    keys: Keys = Keys()
    claims: Claims = Claims()
    tokens: Tokens = Tokens()
    sync: Sync = Sync()
    google: Google = Google()
