"""A store from before uses were noted: its handles are not taken for unused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from lookgate.core.ports import HandleRecord, Store
from lookgate.store import postgres_schema, schema
from lookgate.store.opening import connect, migrate
from lookgate.store.url import Place
from lower_rooms import START
from store_places import new_database, open_at

OLD = HandleRecord("a" * 64, "7", START)


def before(migrations: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Return the migrations up to the one that brought the column."""
    (place,) = (number for number, one in enumerate(migrations) if "used_at" in "".join(one))
    return migrations[:place]


def check(store: Store) -> None:
    now = datetime.now(UTC)
    found = store.handles.find(OLD.digest)
    assert found is not None
    assert (found.user_id, found.issued_at, found.ends_at) == ("7", START, None)
    assert found.used_at is not None
    assert now - timedelta(hours=1, minutes=1) < found.used_at <= now
    assert (found.used_at.minute, found.used_at.second, found.used_at.microsecond) == (0, 0, 0)
    store.handles.add(HandleRecord("b" * 64, "8", START))
    assert [one.used_at for one in store.handles.of_user("8")] == [None]
    later = found.used_at + timedelta(hours=1)
    store.handles.used({OLD.digest: later})
    assert [one.used_at for one in store.handles.of_user("7")] == [later]
    store.close()


def test_an_older_sqlite_store_counts_its_handles_as_used_at_the_update(tmp_path: Path) -> None:
    connection = connect(tmp_path / "s", 1)
    migrate(connection, None, before(schema.MIGRATIONS))
    row = (OLD.digest, "7", START.isoformat(timespec="microseconds"))
    connection.execute("INSERT INTO handle (digest, user_id, issued_at) VALUES (?, ?, ?)", row)
    connection.close()
    check(open_at(str(tmp_path / "s")))


def test_an_older_postgres_store_counts_its_handles_as_used_at_the_update(postgres_url: str) -> None:
    url = new_database(postgres_url)
    with psycopg.connect(url, autocommit=True) as raw:
        postgres_schema.migrate(raw, Place("here", "gate", ""), before(postgres_schema.MIGRATIONS))
        row = (OLD.digest, "7", START)
        raw.execute("INSERT INTO lookgate.handle (digest, user_id, issued_at) VALUES (%s, %s, %s)", row)
    check(open_at(url))
