"""The demo's servers, started once for all tests of the example."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo_pair import running_demo
from lookgate.cli.demo.pair import Pair


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with running_demo(tmp_path_factory.mktemp("demo")) as started:
        yield started
