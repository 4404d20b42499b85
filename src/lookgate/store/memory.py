"""State that ends with the process: for embedding and for tests. The same SQL, so the same behaviour."""

from __future__ import annotations

from lookgate.store.sqlite import SqliteStore


class MemoryStore(SqliteStore):
    """``core.ports.Store`` without a file."""

    def __init__(self) -> None:
        super().__init__(None)
