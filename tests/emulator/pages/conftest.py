"""One local Looker with pages for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages_site import Pages, make_pages


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return make_pages(tmp_path)
