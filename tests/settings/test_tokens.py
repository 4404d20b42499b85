from __future__ import annotations

from pathlib import Path

import pytest

from lookgate.errors import SettingsError
from lookgate.settings import Settings, load

INSTANCE = """
[instance]
base_url = "https://looker.example.com"
client_id = "env:SECRET"
client_secret = "env:SECRET"
"""


def loaded(folder: Path, text: str) -> Settings:
    (folder / "lookgate.toml").write_text(text)
    return load(folder / "lookgate.toml", {"SECRET": "s3cret"})


def test_tokens_are_off_until_an_issuer_is_named(tmp_path: Path) -> None:
    assert not loaded(tmp_path, INSTANCE).tokens.configured
    found = loaded(tmp_path, f'{INSTANCE}[tokens]\nissuer = "https://gateway.example.com"\n').tokens
    assert (found.configured, found.issuer, found.lifetime) == (True, "https://gateway.example.com", 300)


@pytest.mark.parametrize(
    ("text", "place", "fix"),
    [
        (f"{INSTANCE}[tokens]\nlifetime = 60", "tokens.issuer", "this gateway's own URL"),
        (f'{INSTANCE}[tokens]\nissuer = "gateway"', "tokens.issuer", "this gateway's own URL"),
        (f'{INSTANCE}[tokens]\nissuer = "https://g.example.com/"', "tokens.issuer", "without a path"),
        (f'{INSTANCE}[tokens]\nissuer = "http://g.example.com"', "tokens.issuer", "https://"),
        (f'{INSTANCE}[tokens]\nissuer = "https://g.example.com"\nlifetime = 601', "tokens.lifetime", "30 to 600"),
        (f'{INSTANCE}[tokens]\nissuer = "https://g.example.com"\nlifetime = 29', "tokens.lifetime", "30 to 600"),
        ('[tokens]\nissuer = "https://g.example.com"', "tokens", "Add [instance]"),
    ],
)
def test_tokens_are_set_up_whole_or_each_mistake_is_told_with_its_fix(
    tmp_path: Path, text: str, place: str, fix: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, text)
    (mistake,) = refused.value.mistakes
    assert place in mistake
    assert fix in mistake
