from __future__ import annotations

import subprocess
import sys

import pytest

import lookgate


@pytest.mark.parametrize("name", lookgate.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(lookgate, name) is getattr(lookgate, name)


def test_what_is_listed_is_what_is_offered() -> None:
    assert dir(lookgate) == sorted(lookgate.__all__)
    assert len(set(lookgate.__all__)) == len(lookgate.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        lookgate.nonsense  # type: ignore[attr-defined] # noqa: B018 - that it raises is the promise


def test_importing_lookgate_imports_none_of_its_rooms() -> None:
    program = "import sys, lookgate; print(*(name for name in sys.modules if name.startswith('lookgate.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.split() == []
