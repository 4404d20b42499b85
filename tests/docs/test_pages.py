"""Every code block of the documentation runs, in the order in which a reader would run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs_runner import pages_with_code, run_page

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", pages_with_code(ROOT), ids=lambda page: page.stem)
def test_every_code_block_of_the_page_runs_and_shows_what_it_says(page: Path, tmp_path: Path) -> None:
    run_page(page, tmp_path, ROOT)
