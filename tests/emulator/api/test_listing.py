from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.emulator.api.listing import like

LETTERS = st.text(alphabet="ab.%_\\", max_size=12)


@given(value=LETTERS, pattern=LETTERS)
def test_like_means_what_sql_means(value: str, pattern: str) -> None:
    meaning = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern)
    assert like(value, pattern) == bool(re.fullmatch(meaning, value, re.DOTALL))


@pytest.mark.parametrize(
    ("value", "pattern"), [("Danger", "dan%"), ("Danzig", "DAN%"), ("Damage", "D_m%"), ("dump", "D_m%")]
)
def test_the_examples_of_the_specification_match(value: str, pattern: str) -> None:
    assert like(value, pattern)
    assert not like("David", pattern)


def test_a_pattern_of_many_wildcards_is_not_slow() -> None:
    start = time.perf_counter()
    assert not like("a" * 2000, "%a" * 200 + "b")
    assert time.perf_counter() - start < 5  # a backtracking matcher would not end in a lifetime
