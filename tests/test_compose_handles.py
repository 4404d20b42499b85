"""What a gateway does with handles beside its requests is built where the settings say so, and closed with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lookgate.compose import Gateway, build, close, embed
from lookgate.settings import load

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

[handle]
issue_on_claim = true
"""


@pytest.mark.parametrize("make", [build, embed])
@pytest.mark.parametrize(
    ("text", "notes_uses", "issues"), [("", False, False), (INSTANCE, True, False), (INSTANCE + CLAIMS, True, True)]
)
def test_a_gateway_notes_uses_with_an_instance_and_issues_first_handles_if_it_is_told_to(
    tmp_path: Path, make: object, text: str, notes_uses: bool, issues: bool
) -> None:
    (tmp_path / "actions").mkdir()
    (tmp_path / "lookgate.toml").write_text(text)
    settings = load(tmp_path / "lookgate.toml", {"SECRET": "s3cret"})
    gateway: Gateway = (build if make is build else embed)(settings)
    assert (gateway.uses is not None, gateway.first_handles is not None) == (notes_uses, issues)
    asyncio.run(close(gateway))
    asyncio.run(close(gateway))
