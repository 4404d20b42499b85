from __future__ import annotations

from pathlib import Path

import pytest

from lookgate.errors import SettingsError
from lookgate.settings import load

CANARY = "canary5ecret"
GOOD = f"postgresql://gate:{CANARY}@db.example/gate?sslmode=verify-full"


def mistakes(folder: Path, text: str, url: str) -> list[str]:
    file = folder / "lookgate.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load(file, {"STATE": url})
    assert CANARY not in str(refused.value) + repr(refused.value)
    return refused.value.mistakes


def test_the_url_of_a_store_is_a_secret_of_which_the_place_may_be_told(tmp_path: Path) -> None:
    file = tmp_path / "lookgate.toml"
    file.write_text('[store]\nurl = "env:STATE"\n')
    settings = load(file, {"STATE": GOOD})
    assert settings.store.url.reveal() == GOOD
    assert settings.store.place == "Postgres, database gate at db.example, sslmode verify-full"
    assert CANARY not in repr(settings)


def test_a_url_itself_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, f'[store]\nurl = "{GOOD}"\n', "")
    assert mistake.startswith("lookgate.toml:2: store.url: ")


def test_a_store_has_one_place(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, '[store]\npath = "state"\nurl = "env:STATE"\n', GOOD)
    assert "there is a 'path' as well" in mistake


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"postgresql://gate:a@{CANARY}@db.example/gate", "form"),
        (f"postgresql://gate:{CANARY}@db.example/gate", "sslmode"),
        (f"host=db.example password={CANARY}", "form"),
    ],
)
def test_a_url_that_would_leak_or_go_in_the_clear_is_refused_with_its_line_and_the_fix(
    tmp_path: Path, url: str, said: str
) -> None:
    (mistake,) = mistakes(tmp_path, '\n[store]\nurl = "env:STATE"\n', url)
    assert mistake.startswith("lookgate.toml:3: store.url: ")
    assert said in mistake
    assert "Fix: Write postgresql://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full" in mistake
