"""Connections to Postgres: few, bounded, and replaced when the server went away meanwhile."""

from __future__ import annotations

import contextlib
import select
import threading
from collections.abc import Iterator

import psycopg
from psycopg import Connection

from lookgate.errors import LookgateError, Unavailable
from lookgate.store.url import Place

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10.0
"""How long one statement may take, waiting for locks included."""
IDLE_SECONDS = 120
"""How long a transaction may stand still before the server ends it: an action's handler runs in one."""
_SILENT = {"keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""When a server that no longer answers at all is given up."""


class Pool:
    """At most ``size`` connections; a thread that finds none free waits for one."""

    def __init__(self, url: str, place: Place, *, size: int, seconds: float = STATEMENT_SECONDS) -> None:
        self._url = url
        self._place = place
        self._seconds = seconds
        self._idle: list[Connection] = []
        self._free = threading.Semaphore(size)
        self._lock = threading.Lock()
        self._closed = False

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection that has no transaction open and commits each statement by itself.

        Raises:
            Unavailable: the server does not answer, or all connections are in use.
        """
        if not self._free.acquire(timeout=self._seconds):
            raise Unavailable("store_busy", "Every connection to the store is in use.", "Try again.")
        try:
            connection = self._take() or connect(self._url, self._place, self._seconds)
            try:
                yield connection
            finally:
                self._give(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close what is idle now; what is lent out is closed when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> Connection | None:
        """Return an idle connection that is still alive, or None."""
        while True:
            with self._lock:
                if self._closed:
                    raise Unavailable("store_unavailable", "The store is closed.", "Restart the gateway.")
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if not _has_news(connection):
                return connection
            connection.close()

    def _give(self, connection: Connection) -> None:
        # Whatever state it is in was somebody's error: a clean connection costs less than to find out.
        if connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE:
            with self._lock:
                if not self._closed:
                    self._idle.append(connection)
                    return
        connection.close()


def _has_news(connection: Connection) -> bool:
    """Return whether the server said something unasked: that it is going down, or that the connection has ended."""
    asked = select.poll()
    asked.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(asked.poll(0))


def connect(url: str, place: Place, seconds: float = STATEMENT_SECONDS) -> Connection:
    """Open one connection.

    Raises:
        Unavailable: the server does not answer, or lets nobody in.
        LookgateError: the database cannot hold every text.
    """
    try:
        given = psycopg.conninfo.conninfo_to_dict(url)
        settings = {"connect_timeout": CONNECT_SECONDS, "application_name": "lookgate", **_SILENT, **given}
        connection = Connection.connect(**settings, autocommit=True, client_encoding="UTF8")  # type: ignore[arg-type] # libpq's own words
    except psycopg.Error as error:
        # Not the driver's words: a password that stands in the wrong place is a part of them.
        raise Unavailable("store_unavailable", f"{place}: {_reason(error)}.", _fix(error)) from None
    try:
        connection.execute(
            "SELECT set_config('statement_timeout', %s, false), set_config('TimeZone', 'UTC', false),"
            " set_config('search_path', 'pg_catalog', false),"  # nobody else's function may stand in for one of these
            " set_config('idle_in_transaction_session_timeout', %s, false)",
            (f"{seconds * 1000:.0f}", f"{IDLE_SECONDS * 1000}"),
        )
        encoding = connection.info.parameter_status("server_encoding")
    except psycopg.Error as error:
        connection.close()
        raise Unavailable("store_unavailable", f"{place}: {_reason(error)}.", "Try again.") from None
    if encoding != "UTF8":
        connection.close()
        raise LookgateError(
            "store_encoding", f"{place} is encoded as {encoding}.", "Name a database with the encoding UTF8."
        )
    return connection


def _reason(error: psycopg.Error) -> str:
    if error.sqlstate is None:
        text = str(error)
        if "password" in text:
            return "the server refused the user or the password"
        if "SSL" in text or "certificate" in text:
            return "no secured connection came about, or its certificate is not the server's"
        if "does not exist" in text and "database" in text:
            return "there is no such database"
        return "no connection came about"
    return f"the server refused ({error.sqlstate})"


def _fix(error: psycopg.Error) -> str:
    if error.sqlstate is None and "password" in str(error):
        return "Mend the user or the password in store.url."
    return "Start the server, or mend store.url."
