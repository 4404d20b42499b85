from __future__ import annotations

import pytest

from local_looker import Looker, make_looker


@pytest.fixture
def looker() -> Looker:
    return make_looker()
