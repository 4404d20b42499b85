"""The tables, as a list of migrations. A file's ``user_version`` says how many it has been through."""

from __future__ import annotations

APPLICATION_ID = 0x4C4B4754
"""``LKGT``: tells a Lookgate store from any other SQLite file."""


def _append_only(table: str) -> tuple[str, ...]:
    # INSERT OR REPLACE deletes without the delete trigger, so an id that is taken is refused as well.
    taken = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "  # noqa: S608 - the two names below
    conditions = {"update": "", "delete": "", "insert": taken}
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} {condition}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb, condition in conditions.items()
    )


MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            request_id TEXT NOT NULL,
            action TEXT NOT NULL,
            issuer TEXT NOT NULL,
            subject TEXT NOT NULL,
            principal TEXT NOT NULL CHECK (json_valid(principal)),
            outcome TEXT NOT NULL CHECK (outcome IN ('pending', 'allowed', 'denied', 'failed')),
            rule TEXT NOT NULL,
            detail TEXT NOT NULL,
            origin TEXT NOT NULL
        ) STRICT
        """,
        *_append_only("audit"),
        """
        CREATE TABLE record (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            collection TEXT NOT NULL,
            key TEXT NOT NULL,
            at TEXT NOT NULL,
            actor_issuer TEXT NOT NULL,
            actor_subject TEXT NOT NULL,
            actor_label TEXT NOT NULL,
            body TEXT NOT NULL CHECK (json_valid(body))
        ) STRICT
        """,
        "CREATE INDEX record_by_key ON record (collection, key, id)",
        *_append_only("record"),
        """
        CREATE TABLE handle (
            digest TEXT PRIMARY KEY CHECK (length(digest) = 64),
            user_id TEXT NOT NULL,
            issued_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX handle_by_user ON handle (user_id)",
        "CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), checks INTEGER NOT NULL) STRICT",
        "INSERT INTO probe VALUES (1, 0)",
    ),
    (
        """
        CREATE TABLE consumed (
            namespace TEXT NOT NULL,
            value TEXT NOT NULL,
            until TEXT NOT NULL,
            PRIMARY KEY (namespace, value)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX consumed_by_end ON consumed (namespace, until)",
    ),
    ("ALTER TABLE handle ADD COLUMN ends_at TEXT NOT NULL DEFAULT ''",),
    (
        """
        CREATE TABLE renewal (
            key TEXT PRIMARY KEY,
            generation INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (json_valid(state)),
            owner TEXT NOT NULL,
            leased_until REAL NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE spent (
            instance TEXT NOT NULL,
            month TEXT NOT NULL,
            calls INTEGER NOT NULL,
            PRIMARY KEY (instance, month)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE note (key TEXT PRIMARY KEY, body TEXT NOT NULL, at TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ),
    (
        "ALTER TABLE handle ADD COLUMN used_at TEXT NOT NULL DEFAULT ''",
        # Whether these were used before is not known, and nobody shall take them for unused.
        "UPDATE handle SET used_at = strftime('%Y-%m-%dT%H:00:00.000000+00:00', 'now')",
    ),
)
"""Each entry is one version; a released entry is never edited, only followed by another."""
