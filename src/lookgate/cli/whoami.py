"""``lookgate whoami``: whom a credential proves, or by which rule it is refused. It never shows the credential."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.cli.printable import printable
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lookgate.core.identity import Principal
    from lookgate.settings import Settings

_LONGEST = 20_000


@click.command()
@settings_option
@click.option("--token", metavar="-", required=True, help="'-': read the credential from standard input.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(settings_file: Path | None, token: str, *, as_json: bool) -> None:
    """Show whom a credential proves: an API key, a handle or a token, told apart by its form.

    It is verified as the gateway does, so what may be used only once is used up. Exit code 1 when it is refused.
    """
    if token != "-":  # noqa: S105 - the word for standard input
        raise click.BadParameter("write '-' and send the credential to standard input", param_hint="--token")
    value = _read()
    settings = load_settings(settings_file)
    try:
        principal = asyncio.run(_verified(settings, value))
    except LookgateError as error:
        click.echo(f"rule: {_safe(error.code, value)}", err=True)
        raise LookgateError(error.code, _safe(error.detail, value), _safe(error.hint, value)) from None
    if as_json:
        import msgspec  # noqa: PLC0415 - not for --help

        shown = msgspec.json.encode({**_plain(principal), "expires_at": principal.expires_at}, order="sorted").decode()
    else:
        shown = "\n".join(f"{name:<11} {text}" for name, text in _lines(principal))
    click.echo(_safe(shown, value))


def _read() -> str:
    """Return the credential; on a terminal it is asked for, unseen."""
    if sys.stdin.isatty():
        return str(click.prompt("Credential", hide_input=True, err=True)).strip()
    raw = sys.stdin.buffer.read(_LONGEST + 1)
    if len(raw) > _LONGEST:
        raise LookgateError("credential_malformed", f"A credential has at most {_LONGEST} bytes.", "Send it alone.")
    value = raw.decode("latin-1").strip()
    if not value:
        raise LookgateError("credential_empty", "There was nothing on standard input.", "Send the credential there.")
    return value


async def _verified(settings: Settings, value: str) -> Principal:
    from lookgate.compose import build_chain, open_store  # noqa: PLC0415 - not for --help
    from lookgate.store.memory import MemoryStore  # noqa: PLC0415 - likewise
    from lookgate.web.authn import take  # noqa: PLC0415 - likewise

    credential = take(_header(value))
    # Looking must not make a store, in a wrong place or as a wrong user.
    is_there = settings.store.url or settings.store.path.exists()
    store = open_store(settings, make=False) if is_there else MemoryStore()
    chain, _, looker = build_chain(settings, store)
    try:
        return await chain.verify(credential)
    finally:
        if looker is not None:
            await looker.close()
        store.close()


def _header(value: str) -> dict[str, list[str]]:
    """Return the header in which a credential of this form belongs."""
    if value.startswith("lgk_"):
        return {"x-api-key": [value]}
    if value.startswith("lgh_") or "{{" in value:
        return {"x-lookgate-handle": [value]}
    bare = value[7:] if value[:7].lower() == "bearer " else value
    return {"authorization": [f"Bearer {bare}"]}


def _plain(principal: Principal) -> dict[str, object]:
    return {
        "kind": principal.kind,
        "assurance": principal.assurance.label,
        "proven_by": principal.authenticated_by,
        "issuer": principal.issuer,
        "subject": principal.subject,
        "email": principal.email,
        "name": principal.name,
        "groups": sorted(principal.groups),
        "roles": sorted(principal.roles),
        "scopes": sorted(principal.scopes),
    }


def _lines(principal: Principal) -> Iterator[tuple[str, str]]:
    for name, found in _plain(principal).items():
        text = (", ".join(map(str, found)) if isinstance(found, list) else str(found)) or "none"
        yield name.replace("_", " "), printable(text)
    ends = principal.expires_at
    yield "ends", ends.isoformat(timespec="seconds") if ends else "not by itself"


def _safe(text: str, value: str) -> str:
    """Return the text, unless the credential stands in it in any form."""
    from lookgate.web.reflection import Guard  # noqa: PLC0415 - not for --help

    return "(withheld: it carried the credential)" if Guard([value]).found_in(text.encode()) else text
