"""The pages about security name tests that are there, and tell of every row that is counted."""

from __future__ import annotations

import re
from pathlib import Path

from security_counts import ROWS
from test_requirements import names_in

SECURITY = Path(__file__).parents[2] / "docs" / "security"


def test_every_test_that_the_checklists_name_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (SECURITY / "standards.md").read_text("utf-8"))
    assert len(named) > 20
    assert [f"{file}::{test}" for file, test in named if test not in names_in(file)] == []


def test_every_row_is_explained() -> None:
    explained = re.findall(r"^\| ([\w ]+) \| ", (SECURITY / "README.md").read_text("utf-8"), re.MULTILINE)
    assert [row for row in explained if row != "row"] == list(ROWS)
