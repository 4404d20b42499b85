from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest

from lookgate.settings import Settings


def _settings(kind: Any) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(kind):
        inner = next((one for one in (field.type, *get_args(field.type)) if _is_struct(one)), None)
        if inner is None:
            yield f"{kind.__name__}.{field.name}", field.type
        else:
            yield from _settings(inner)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


@pytest.mark.parametrize(("name", "kind"), list(_settings(Settings)))
def test_every_setting_says_how_it_is_written(name: str, kind: Any) -> None:
    metas = [meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    descriptions = [meta.description for meta in metas if meta.description]
    assert len(descriptions) == 1, name
    assert descriptions[0].startswith("Write ")
    assert descriptions[0].endswith(".")
