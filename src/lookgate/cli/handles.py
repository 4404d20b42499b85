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
from lookgate.cli.printable import printable
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from datetime import datetime

    from lookgate.core.ports import HandleRecord, Store
    from lookgate.looker.handles import HandleIssuer, Person

Function = TypeVar("Function", bound=Callable[..., None])
_AT_ONCE = 6
"""Users for whom Looker is asked at the same time."""
_TELL_EVERY = 100


@dataclass(frozen=True)
class Room:
    """What each of the commands works with."""

    issuer: HandleIssuer
    store: Store
    attribute_id: str
    people: Sequence[Person]


@click.group()
def command() -> None:
    """Issue, rotate and revoke the users' handles."""


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
    """Give users a new handle; their old ones, and the tokens made for these, end at once."""

    async def work(room: Room) -> int:
        return await _each(room, "issued", lambda person: room.issuer.issue(person, room.attribute_id))

    _run(settings_file, work, user, group, everyone=everyone)


@command.command()
@_for_users
@click.option(
    "--overlap",
    type=click.IntRange(0, 3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long the old handle still counts once the new one is in Looker.",
)
def rotate(settings_file: Path | None, user: str | None, group: str | None, *, everyone: bool, overlap: int) -> None:
    """Replace users' handles without refusing a call; tokens made for the old ones live to their end."""
    from datetime import timedelta  # noqa: PLC0415 - not for --help

    async def work(room: Room) -> int:
        seconds = timedelta(seconds=overlap)
        return await _each(
            room, "rotated", lambda person: room.issuer.rotate(person, room.attribute_id, overlap=seconds)
        )

    _run(settings_file, work, user, group, everyone=everyone)


@command.command()
@_for_users
def revoke(settings_file: Path | None, user: str | None, group: str | None, *, everyone: bool) -> None:
    """End users' handles, and the tokens made for them, at once."""

    async def work(room: Room) -> int:
        return await _each(room, "revoked", lambda person: room.issuer.revoke(person, room.attribute_id))

    _run(settings_file, work, user, group, everyone=everyone)


@command.command()
@_for_users
@click.option(
    "--unused-for",
    type=click.IntRange(0, 3650),
    metavar="DAYS",
    help="Only users who have a handle and did not use it for so many days.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with each live handle.")
def status(
    settings_file: Path | None,
    user: str | None,
    group: str | None,
    unused_for: int | None,
    *,
    everyone: bool,
    as_json: bool,
) -> None:
    """Say who has a handle, since when, how many of it live (two during a rotation) and when one was last used.

    A use is known to the hour, and some minutes later. Without an option: everyone.
    """
    from datetime import timedelta  # noqa: PLC0415 - not for --help

    from lookgate.compose import SYSTEM_CLOCK  # noqa: PLC0415 - likewise

    now = SYSTEM_CLOCK.now()
    idle_since = None if unused_for is None else now - timedelta(days=unused_for)

    async def work(room: Room) -> int:
        for person in room.people:
            known = await asyncio.to_thread(room.store.handles.of_user, person.id)
            live = [one for one in known if one.is_live(now)]
            if idle_since is None or (live and max(one.used_at or one.issued_at for one in live) <= idle_since):
                click.echo(_as_json(person, live) if as_json else _as_line(person, live))
        return 0

    _run(settings_file, work, user, group, everyone=everyone or not (user or group))


def _as_line(person: Person, live: Sequence[HandleRecord]) -> str:
    cells = [person.id, printable(person.label)]
    if not live:
        return "\t".join((*cells, "no handle"))
    last = _last_use(live)
    used = f"last used {last.isoformat(timespec='minutes')}" if last else "never used"
    return "\t".join((*cells, f"since {live[0].issued_at.isoformat(timespec='seconds')}", f"{len(live)} live", used))


def _as_json(person: Person, live: Sequence[HandleRecord]) -> str:
    import json  # noqa: PLC0415 - not for --help

    def told(at: datetime | None) -> str | None:
        return at.isoformat(timespec="seconds") if at else None

    handles = [
        {
            "sha256": one.digest[:8],
            "issued_at": told(one.issued_at),
            "ends_at": told(one.ends_at),
            "used_at": told(one.used_at),
        }
        for one in live
    ]
    name = printable(person.label)
    return json.dumps({"user": person.id, "name": name, "used_at": told(_last_use(live)), "handles": handles})


def _last_use(live: Sequence[HandleRecord]) -> datetime | None:
    return max((one.used_at for one in live if one.used_at), default=None)


async def _each(room: Room, verb: str, do: Callable[[Person], Awaitable[object]]) -> int:
    """Do it for a few users at a time; one failure does not keep the others from it."""
    places, failures, done = asyncio.Semaphore(_AT_ONCE), 0, 0

    async def one(person: Person) -> str:
        async with places:
            try:
                await do(person)
            except LookgateError as error:
                return error.detail
        return ""

    tasks = [(person, asyncio.ensure_future(one(person))) for person in room.people]
    for person, task in tasks:
        failed, done = await task, done + 1
        failures += bool(failed)
        line = f"{person.id}\t{printable(person.label)}\t"
        click.echo(f"{line}failed: {printable(failed)}" if failed else f"{line}{verb}", err=bool(failed))
        if done % _TELL_EVERY == 0:
            click.echo(f"{done} of {len(tasks)}…", err=True)
    click.echo(f"{len(tasks) - failures} {verb}, {failures} failed.", err=True)
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
