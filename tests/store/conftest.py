from __future__ import annotations

from postgres import postgres_url  # noqa: F401 - a fixture
