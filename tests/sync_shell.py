"""The command line beside a local Looker and a local Google, by the machine's own clock."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway_cli import Said, Shell
from lookgate.core.ports import Store
from lookgate.store.sqlite import SqliteStore
from sync_site import Site, sync_site


@dataclass
class SyncShell:
    """A folder with settings, and what they lead to."""

    site: Site
    shell: Shell

    def settings(self, *rules: dict[str, Any], more: str = "") -> None:
        """Write lookgate.toml with these rules, each changed from one that is good."""
        self.site.settings(*rules, more=more)

    def run(self, *arguments: str, **environ: str) -> Said:
        return self.shell.run(*arguments, **(self.environment() | environ))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return self.shell.start(*arguments, **self.environment())

    def environment(self) -> dict[str, str]:
        """Return where the settings' references lead."""
        key = self.site.looker.user("Gus").api3[0]
        return self.site.environ | {
            "ID": key.client_id,
            "SECRET": key.client_secret,
            "STATIC": "static-secret",
            "PYTHONUTF8": "1",
        }

    @property
    def store_file(self) -> Path:
        return self.shell.folder / ".lookgate" / "lookgate.sqlite3"

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = SqliteStore(self.store_file)
        yield store
        store.close()

    def sessions(self) -> int:
        """Return how many API sessions are open in Looker."""
        return len(self.site.looker.instance.tokens)


@contextmanager
def sync_shell(folder: Path, **options: Any) -> Iterator[SyncShell]:
    """Serve both; ``options`` are those of ``sync_site``."""
    with sync_site(folder, **options) as site:
        site.google.clock.now = site.looker.clock.now = datetime.now(UTC)
        made = SyncShell(site, Shell(folder))
        made.settings()
        yield made
