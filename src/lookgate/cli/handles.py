"""``lookgate handles``: the per-user secrets in Looker's hidden attribute."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from lookgate.core.ports import Store
    from lookgate.looker.handles import HandleIssuer, Person

Function = TypeVar("Function", bound=Callable[..., None])


@dataclass(frozen=True)
class Room:
    """What each of the commands works with."""

    issuer: HandleIssuer
    store: Store
    attribute_id: str
    people: Sequence[Person]


@click.group()
def command() -> None:
    """Issue and revoke the users' handles."""


def _for_users(function: Function) -> Function:
    """Add the options that say whose handles are meant."""
    function = click.option("--everyone", is_flag=True, help="Every enabled user.")(function)
    function = click.option("--group", metavar="NAME", help="The enabled direct members of this Looker group.")(
        function
    )
    function = click.option("--user", metavar="ID", help="The Looker user with this id.")(function)
    return settings_option(function)


@command.command()
@_for_users
def issue(settings_file: Path | None, user: str | None, group: str | None, *, everyone: bool) -> None:
    """Give users a new handle; their old ones end."""

    async def work(room: Room) -> int:
        return await _each(room, "issued", lambda person: room.issuer.issue(person, room.attribute_id))

    _run(settings_file, work, user, group, everyone=everyone)


@command.command()
@_for_users
def revoke(settings_file: Path | None, user: str | None, group: str | None, *, everyone: bool) -> None:
    """End users' handles at once."""

    async def work(room: Room) -> int:
        return await _each(room, "revoked", lambda person: room.issuer.revoke(person, room.attribute_id))

    _run(settings_file, work, user, group, everyone=everyone)


@command.command()
@_for_users
def status(settings_file: Path | None, user: str | None, group: str | None, *, everyone: bool) -> None:
    """Say who has a handle, and since when. Without an option: everyone."""

    async def work(room: Room) -> int:
        for person in room.people:
            live = await asyncio.to_thread(room.store.handles.of_user, person.id)
            since = f"since {live[0].issued_at.isoformat(timespec='seconds')}" if live else "no handle"
            click.echo(f"{person.id}\t{_printable(person.label)}\t{since}")
        return 0

    _run(settings_file, work, user, group, everyone=everyone or not (user or group))


async def _each(room: Room, verb: str, do: Callable[[Person], Awaitable[object]]) -> int:
    """Do it for one user after the other; one failure does not keep the others from it."""
    failures = 0
    for person in room.people:
        try:
            await do(person)
        except LookgateError as error:
            failures += 1
            click.echo(f"{person.id}\t{_printable(person.label)}\tfailed: {error.detail}", err=True)
        else:
            click.echo(f"{person.id}\t{_printable(person.label)}\t{verb}")
    click.echo(f"{len(room.people) - failures} {verb}, {failures} failed.", err=True)
    return failures


def _run(
    settings_file: Path | None,
    work: Callable[[Room], Awaitable[int]],
    user: str | None,
    group: str | None,
    *,
    everyone: bool,
) -> None:
    if sum((user is not None, group is not None, everyone)) != 1:
        raise click.UsageError("Say whose handles: exactly one of --user ID, --group NAME, --everyone.")
    settings = load_settings(settings_file)
    from lookgate.compose import SYSTEM_CLOCK, connect, open_store  # noqa: PLC0415 - not for --help
    from lookgate.looker.handles import HandleIssuer  # noqa: PLC0415 - likewise

    client = connect(settings)
    if client is None:
        raise LookgateError(
            "no_instance",
            "No Looker instance is set up.",
            "Add [instance] to lookgate.toml, or set LOOKERSDK_BASE_URL.",
        )
    store = open_store(settings)
    issuer = HandleIssuer(client, store, random=os.urandom, clock=SYSTEM_CLOCK)

    async def in_session() -> int:
        try:
            attribute_id = await issuer.attribute(settings.handle.attribute)
            people = await issuer.people(user=user, group=group)
            return await work(Room(issuer, store, attribute_id, people))
        finally:
            await client.close()

    try:
        failures = asyncio.run(in_session())
    finally:
        store.close()
    if failures:
        raise LookgateError("handles_incomplete", f"{failures} of the users failed.", "Run the same command again.")


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
