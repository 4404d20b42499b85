"""Every behaviour Lookgate promises: where the promise comes from, and the tests that hold it.

The promises stand in ``promises/``, a file for each part; a new file there is found by itself. ``test_requirements.py``
checks both directions: each named test exists, and no test file is without a promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import promises
from promises import Promise

__all__ = ["PROMISES", "Promise"]


def _found() -> Iterator[Promise]:
    for module in iter_modules(promises.__path__):
        yield from import_module(f"promises.{module.name}").PROMISES


PROMISES: tuple[Promise, ...] = tuple(_found())
