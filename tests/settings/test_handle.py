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
CLAIMS = """
[claims]
issuer = "looker"
audiences = ["gateway"]
dialect = "postgres"
"""


def loaded(folder: Path, text: str) -> Settings:
    (folder / "lookgate.toml").write_text(text)
    return load(folder / "lookgate.toml", {"SECRET": "s3cret"})


def test_no_handle_is_issued_on_a_claim_until_the_settings_say_so(tmp_path: Path) -> None:
    assert not loaded(tmp_path, INSTANCE + CLAIMS).handle.issue_on_claim
    assert loaded(tmp_path, INSTANCE + CLAIMS + "[handle]\nissue_on_claim = true\n").handle.issue_on_claim


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (INSTANCE + "[handle]\nissue_on_claim = true\n", "Add [claims]"),
        (INSTANCE + CLAIMS + '[handle]\nissue_on_claim = "yes"\n', "Write true to issue"),
    ],
)
def test_what_cannot_work_is_told_with_its_fix(tmp_path: Path, text: str, fix: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, text)
    (mistake,) = refused.value.mistakes
    assert "handle.issue_on_claim" in mistake
    assert fix in mistake
