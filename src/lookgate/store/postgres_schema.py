"""The tables on Postgres: in a schema of their own, append-only by triggers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import Connection, sql

from lookgate.errors import LookgateError
from lookgate.store.url import Place

APPLICATION_ID = 0x4C4B4754
"""``LKGT``: marks the schema as ours, and is the first number of our advisory locks."""
MIGRATING, AUDITING, FORGETTING = 1, 2, 3
"""The second numbers: who migrates, who appends to the audit log, who forgets what was used up long ago."""

_REFUSE = """
CREATE FUNCTION lookgate.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
# A number is drawn when a row is inserted and seen when it commits, so a smaller one may be seen after a larger one.
# From before it draws until its commit is seen, a writer shares a lock that ``SETTLED`` takes alone: a reader who goes
# no further than that misses nothing. Writers do not wait for each other. Defaults are computed after this trigger.
_ANNOUNCE = f"""
CREATE FUNCTION lookgate.announce() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({APPLICATION_ID}, {AUDITING});
    RETURN NULL;
END $$
"""


def _append_only(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lookgate.{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION lookgate.refuse()"
    )


MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        _REFUSE,
        _ANNOUNCE,
        """
        CREATE TABLE lookgate.audit (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL,
            request_id text NOT NULL,
            action text NOT NULL,
            issuer text NOT NULL,
            subject text NOT NULL,
            principal text NOT NULL CHECK (principal::json IS NOT NULL),
            outcome text NOT NULL CHECK (outcome IN ('pending', 'allowed', 'denied', 'failed')),
            rule text NOT NULL,
            detail text NOT NULL,
            origin text NOT NULL
        )
        """,
        _append_only("audit"),
        """
        CREATE TRIGGER audit_announced BEFORE INSERT ON lookgate.audit
        FOR EACH STATEMENT EXECUTE FUNCTION lookgate.announce()
        """,
        """
        CREATE TABLE lookgate.record (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            collection text NOT NULL,
            key text NOT NULL,
            at timestamptz NOT NULL,
            actor_issuer text NOT NULL,
            actor_subject text NOT NULL,
            actor_label text NOT NULL,
            body text NOT NULL CHECK (body::json IS NOT NULL)
        )
        """,
        "CREATE INDEX record_by_collection ON lookgate.record (collection, id)",
        # The start of a key: the whole one may be longer than an index takes.
        "CREATE INDEX record_by_key ON lookgate.record (collection, left(key, 200), id)",
        _append_only("record"),
        """
        CREATE TABLE lookgate.handle (
            digest text PRIMARY KEY CHECK (length(digest) = 64),
            user_id text NOT NULL,
            issued_at timestamptz NOT NULL
        )
        """,
        "CREATE INDEX handle_by_user ON lookgate.handle (user_id)",
        "CREATE TABLE lookgate.probe (id int PRIMARY KEY CHECK (id = 1), checks bigint NOT NULL)",
        "INSERT INTO lookgate.probe VALUES (1, 0)",
        """
        CREATE TABLE lookgate.consumed (
            namespace text NOT NULL,
            digest bytea NOT NULL CHECK (octet_length(digest) = 32),
            until timestamptz NOT NULL,
            PRIMARY KEY (namespace, digest)
        )
        """,
        "CREATE INDEX consumed_by_end ON lookgate.consumed (namespace, until)",
    ),
    ("ALTER TABLE lookgate.handle ADD COLUMN ends_at timestamptz",),
    (
        """
        CREATE TABLE lookgate.renewal (
            key text PRIMARY KEY,
            generation bigint NOT NULL,
            state text NOT NULL CHECK (state::json IS NOT NULL),
            owner text NOT NULL,
            leased_until double precision NOT NULL
        )
        """,
        """
        CREATE TABLE lookgate.spent (
            instance text NOT NULL,
            month text NOT NULL,
            calls bigint NOT NULL,
            PRIMARY KEY (instance, month)
        )
        """,
        "CREATE TABLE lookgate.note (key text PRIMARY KEY, body text NOT NULL, at text NOT NULL)",
    ),
    (
        "ALTER TABLE lookgate.handle ADD COLUMN used_at timestamptz",
        # Whether these were used before is not known, and nobody shall take them for unused.
        "UPDATE lookgate.handle SET used_at = date_trunc('hour', now(), 'UTC')",
    ),
)
"""Each entry is one version; a released entry is never edited, only followed by another."""

SETTLED = (f"SELECT pg_advisory_xact_lock({APPLICATION_ID}, {AUDITING})", "SELECT max(id) FROM lookgate.audit")
"""Within one transaction: the number up to which no audit event can appear any more."""

# No sequence is named: a column's identity draws from its own. No id may be given: a reader may be past it.
_AUDIT = "at, request_id, action, issuer, subject, principal, outcome, rule, detail, origin"
_RECORD = "collection, key, at, actor_issuer, actor_subject, actor_label, body"
RIGHTS: dict[str, tuple[str, ...]] = {
    "version": ("SELECT",),
    "audit": ("SELECT", f"INSERT ({_AUDIT})"),
    "record": ("SELECT", f"INSERT ({_RECORD})"),
    "handle": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "consumed": ("SELECT", "INSERT", "DELETE"),
    "renewal": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "spent": ("SELECT", "INSERT", "UPDATE"),
    "note": ("SELECT", "INSERT", "UPDATE"),
    "probe": ("SELECT", "UPDATE"),
}
"""What a gateway needs, and no more."""


def grants(role: str) -> Iterator[sql.Composed]:
    """Yield the statements that let a role run the gateway."""
    name = sql.Identifier(role)
    yield sql.SQL("GRANT USAGE ON SCHEMA lookgate TO {}").format(name)
    for table, rights in RIGHTS.items():
        listed = sql.SQL(", ".join(rights))
        yield sql.SQL("GRANT {} ON {} TO {}").format(listed, sql.Identifier("lookgate", table), name)


def migrate(
    connection: Connection, place: Place, migrations: Sequence[Sequence[str]] = MIGRATIONS, *, make: bool = True
) -> None:
    """Bring the schema up to the last of ``migrations``, all missing ones or none.

    Args:
        connection: one without an open transaction.
        place: for errors.
        migrations: what there is.
        make: False to change nothing, and to refuse a database without a store.

    Raises:
        LookgateError: there is a schema ``lookgate`` of another program, or of a newer Lookgate; it is left as it was.
        psycopg.Error: the role may not, or the server does not answer.
    """
    version = _version(connection, place, len(migrations))  # before anything is changed
    if version == len(migrations):
        return
    if not make:
        if version == 0:
            raise LookgateError("store_missing", f"There is no store in {place} yet.", "Start the gateway first.")
        raise LookgateError("store_older", f"The store in {place} is older than this program.", "Start the gateway.")
    with connection.transaction():
        # Of several processes that start at once, one migrates and the rest wait. Then the answer may be another.
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (APPLICATION_ID, MIGRATING))
        version = _version(connection, place, len(migrations))
        if version == 0:
            if not _one(connection, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'lookgate')"):
                connection.execute("CREATE SCHEMA lookgate")
            connection.execute("CREATE TABLE lookgate.version (application int NOT NULL, version int NOT NULL)")
            connection.execute("INSERT INTO lookgate.version VALUES (%s, 0)", (APPLICATION_ID,))
        for statement in (statement for migration in migrations[version:] for statement in migration):
            connection.execute(statement)
        connection.execute("UPDATE lookgate.version SET version = %s", (len(migrations),))


def missing_rights(connection: Connection) -> list[str]:
    """Return what the connection's role lacks, as ``INSERT on audit``."""
    asked = [(table, right.partition(" ")[0]) for table, rights in RIGHTS.items() for right in rights]
    tests = ", ".join(
        f"has_{'any_column' if right == 'INSERT' else 'table'}_privilege('lookgate.{table}', '{right}')"
        for table, right in asked
    )
    held = connection.execute(f"SELECT {tests}").fetchone() or ()
    return [f"{right} on {table}" for (table, right), has in zip(asked, held, strict=True) if not has]


def _version(connection: Connection, place: Place, newest: int) -> int:
    """Return how many migrations a schema has been through, once it is known to be ours or empty."""
    tables = _one(connection, "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('lookgate')")
    if not tables:
        return 0
    marked = _one(connection, "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('lookgate.version') "
                  "AND attname IN ('application', 'version') AND atttypid = 'int'::regtype")  # fmt: skip
    query = "SELECT max(version) FROM lookgate.version HAVING min(application) = %s AND max(application) = %s"
    row = connection.execute(query, (APPLICATION_ID, APPLICATION_ID)).fetchone() if marked == 2 else None  # noqa: PLR2004 - both columns
    if row is None:
        raise LookgateError(
            "store_foreign",
            f"{place} has a schema 'lookgate' of another program.",
            "Name another database in store.url.",
        )
    version = int(row[0])
    if version > newest:
        raise LookgateError(
            "store_newer",
            f"{place} was written by a newer Lookgate (schema {version}; this one knows {newest}).",
            "Update Lookgate, or restore the backup made before the update.",
        )
    return version


def _one(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
