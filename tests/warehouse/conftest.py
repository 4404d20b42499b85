from __future__ import annotations

from mariadb import mariadb_url  # noqa: F401 - a fixture
from postgres import postgres_url  # noqa: F401 - a fixture
