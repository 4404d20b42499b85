"""Every code block of the documentation runs, in the order in which a reader would run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs_runner import pages_with_code, run_page

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", pages_with_code(ROOT), ids=lambda page: page.stem)
def test_every_code_block_of_the_page_runs_and_shows_what_it_says(page: Path, tmp_path: Path) -> None:
    run_page(page, tmp_path, ROOT)


def test_a_page_that_waits_for_what_never_comes_fails_and_tells_what_went_wrong_behind_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ cat no-such-file &\n$ until [ -s ready ]; do sleep 0.1; done\n```\n")
    with pytest.raises(AssertionError, match=r"(?s)took 1 s: until .*no-such-file: No such file"):
        run_page(page, tmp_path, ROOT, longest=1.0)
