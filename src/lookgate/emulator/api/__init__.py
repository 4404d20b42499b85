"""Looker's API 4.0, as far as the local Looker speaks it; one file per group of operations.

A file that has an ``operations`` object is part of the API by lying here; ``dispatch`` imports them.
"""

from __future__ import annotations

from pkgutil import iter_modules

MODULES: tuple[str, ...] = tuple(sorted(f"{__name__}.{module.name}" for module in iter_modules(__path__)))
"""The full names of all modules of this package."""
