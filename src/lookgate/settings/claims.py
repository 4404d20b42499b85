"""``[keys]`` and ``[claims]``: the gateway's own keys, and what the warehouse signs with them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from lookgate.claims.format import LONGEST_LIFE
from lookgate.core.secret import Secret
from lookgate.errors import NotFound
from lookgate.settings.mistakes import Mistakes

_WORD = r"^[A-Za-z0-9_]{1,64}$"
_MODEL = r"^[A-Za-z0-9_-]{1,255}$"
CHECK_MODEL = "lookgate_claims"


class Keys(Struct, frozen=True):
    """``[keys]``: where the key rings are."""

    folder: Annotated[Path, Meta(description="Write a folder's path, such as 'var/keys'.")] = Path(".lookgate/keys")
    encryption_key: Annotated[
        Secret,
        Meta(description="Write where the key is that encrypts the rings: 'env:NAME' or 'file:PATH' (64 hex digits)."),
    ] = Secret("")


class Claims(Struct, frozen=True):
    """``[claims]``: tokens that the warehouse signs. Without it none is accepted."""

    issuer: Annotated[
        str, Meta(pattern=_WORD, description="Write 1 to 64 letters, digits or '_', such as 'looker_example_com'.")
    ] = ""
    audiences: Annotated[
        tuple[Annotated[str, Meta(pattern=_WORD)], ...],
        Meta(description="Write a list of words of letters, digits and '_', such as [\"gateway_prod\"]."),
    ] = ()
    dialect: Annotated[str, Meta(description="Write the warehouse's dialect, such as 'bigquery' or 'postgres'.")] = ""
    table: Annotated[str, Meta(description="Write the key table, such as 'lookgate.claim_keys', in lower case.")] = (
        "lookgate_claim_keys"
    )
    source: Annotated[
        Literal["gateway", "pdt"], Meta(description='Write where keys are minted: "gateway" or "pdt".')
    ] = "gateway"
    verify: Annotated[
        Literal["memory", "looker"], Meta(description='Write who computes signatures: "memory" or "looker".')
    ] = "memory"
    check_model: Annotated[
        str, Meta(pattern=_MODEL, description="Write the LookML model of the check explore, such as 'lookgate_claims'.")
    ] = CHECK_MODEL
    warehouse: Annotated[Secret, Meta(description="Write where the warehouse's URL is: 'env:NAME' or 'file:PATH'.")] = (
        Secret("")
    )
    lifetime: Annotated[
        int, Meta(ge=1, le=LONGEST_LIFE, description=f"Write whole seconds from 1 to {LONGEST_LIFE}.")
    ] = LONGEST_LIFE
    """How long a claim may live at most, in seconds; the LookML is written with the same ``--lifetime``."""

    @property
    def configured(self) -> bool:
        """Whether claims are accepted."""
        return bool(self.issuer)


def check_keys(keys: Keys, mistakes: Mistakes) -> None:
    """An encryption key has the right form."""
    if keys.encryption_key:
        from lookgate.keys.seal import encryption_key  # noqa: PLC0415 - only what is set up is imported

        try:
            encryption_key(keys.encryption_key)
        except ValueError as error:
            mistakes.add(("keys", "encryption_key"), str(error), "Make one: openssl rand -hex 32.")


def check_claims(claims: Claims, mistakes: Mistakes, *, has_instance: bool) -> None:
    """Claims are set up whole or not at all."""
    if claims == Claims():
        return
    if not claims.issuer:
        mistakes.add(("claims", "issuer"), "this is missing", "Write the 'iss' of the LookML, such as 'looker_prod'.")
    if not claims.audiences:
        mistakes.add(("claims", "audiences"), "this is missing", 'Write a list of words, such as ["gateway_prod"].')
    if not has_instance:
        mistakes.add(("claims",), "a claim names a Looker user, and no instance is set up", "Add [instance].")
    if not claims.dialect:
        mistakes.add(("claims", "dialect"), "this is missing", "Write the warehouse's dialect, such as 'bigquery'.")
        return
    from lookgate.claims.dialect import dialect_named  # noqa: PLC0415 - only what is set up is imported

    try:
        dialect = dialect_named(claims.dialect)
        dialect.table(f"{claims.table}_1" if claims.source == "pdt" else claims.table)
    except NotFound as error:
        mistakes.add(("claims", "dialect"), error.detail.rstrip("."), error.hint)
    except ValueError as error:
        mistakes.add(("claims", "table"), str(error), "Write the table's name as the warehouse knows it.")
    else:
        if dialect.searches and claims.source == "pdt" and claims.verify == "memory" and "." not in claims.table:
            problem = f"{claims.dialect} looks for it in several schemas; who makes one that is found first would sign"
            mistakes.add(("claims", "table"), problem, "Write the schema as well, such as 'looker_scratch.NAME'.")
    _check_verification(claims, mistakes)


def _check_verification(claims: Claims, mistakes: Mistakes) -> None:
    """Who computes signatures has what it needs for that, and nothing else."""
    if claims.verify == "memory" and claims.check_model != CHECK_MODEL:
        problem = "nothing is asked of Looker, because claims are verified in memory"
        fix = 'Remove it, or let Looker check claims: verify = "looker".'
        mistakes.add(("claims", "check_model"), problem, fix)
    if claims.source != "pdt":
        return
    if claims.verify == "memory" and not claims.warehouse:
        fix = "Write where the warehouse's URL is: the gateway reads there which keys were minted. If it may not, "
        mistakes.add(("claims", "warehouse"), "this is missing", f'{fix}let Looker check claims: verify = "looker".')
    if claims.verify == "looker" and claims.warehouse:
        problem = "Looker mints the keys and checks the claims, so the gateway has no use for the warehouse"
        mistakes.add(("claims", "warehouse"), problem, "Remove it: what the gateway does not hold, it cannot lose.")
