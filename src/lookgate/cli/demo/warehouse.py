"""The demo's warehouse, as far as claims go: a key table in a file of its own, and the LookML that signs with it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lookgate.claims.dialect import dialect_named
from lookgate.claims.install import create
from lookgate.claims.lookml import MODEL, Plan, write
from lookgate.claims.sql import Claim
from lookgate.claims.write import write_files
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable

CONNECTION = "claims"
BRIEF, OTHER_LOOKER = "brief_claims", "other_looker_claims"
"""The models whose claims the gateway must refuse: one signs for a moment only, one for another Looker."""
ELSEWHERE = "another_gateway"
"""An audience for which the same explore signs, as it would for a second gateway."""
BRIEF_SECONDS = 1
TABLE = "lookgate_claim_keys"
_OTHER_ISSUER = "another_looker"


def make_key_table(database: Path) -> str:
    """Make the key table unless it is there, in a folder that only its owner can look into; return the warehouse's URL.

    Raises:
        click.ClickException: the file cannot be made.
    """
    from lookgate.warehouse.connection import connect  # noqa: PLC0415 - only when the demo starts

    database.parent.mkdir(mode=0o700, exist_ok=True)
    database.parent.chmod(0o700)
    url = f"duckdb:{database}"
    for is_last in (False, True):
        try:
            warehouse = connect(Secret(url))
            try:
                create(warehouse, dialect_named("duckdb"), TABLE)
            finally:
                warehouse.close()
            break
        except Unavailable as error:
            if is_last:
                raise click.ClickException(f"The key table cannot be made in {database}: {error.detail}") from error
            database.unlink(missing_ok=True)  # damaged, or of another DuckDB: the ring has the keys, and brings them
    return url


def write_models(folder: Path, claims: Mapping[str, Any]) -> None:
    """Write the LookML project ``claims`` as `lookgate claims lookml` does, once for each model.

    Args:
        folder: is replaced.
        claims: ``[claims]`` of the settings.

    Raises:
        click.ClickException: it cannot be written.
    """
    believed = Claim(TABLE, claims["issuer"], (*claims["audiences"], ELSEWHERE))
    models = {
        MODEL: believed,
        BRIEF: replace(believed, lifetime=BRIEF_SECONDS),
        OTHER_LOOKER: replace(believed, issuer=_OTHER_ISSUER),
    }
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for model, claim in models.items():
            plan = Plan(dialect=dialect_named(claims["dialect"]), connection=CONNECTION, claim=claim)
            files = dict(write(plan))
            files[f"{model}.model.lkml"] = files.pop(f"{MODEL}.model.lkml")  # a model is called as its file is
            write_files(folder / model, files)
    except LookgateError as error:
        raise click.ClickException(f"{error.detail} {error.hint}") from error
    (folder / "manifest.lkml").write_text('project_name: "claims"\n', encoding="utf-8")
