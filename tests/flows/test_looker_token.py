"""A Looker API token at the gateway: the local Looker says whose it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from flow_site import WORLD
from local_looker import served_looker
from lookgate.compose import Gateway, build, close
from lookgate.core.identity import Assurance, Principal
from lookgate.emulator.world import World
from lookgate.errors import Unauthenticated
from lookgate.settings import load
from lower_rooms import StillClock, credential

SETTINGS = """
[instance]
base_url = "LOOKER"
client_id = "env:ID"
client_secret = "env:SECRET"
"""


def test_a_token_of_the_instance_proves_its_user_until_it_ends_and_only_if_the_settings_say_so(tmp_path: Path) -> None:
    (tmp_path / "actions").mkdir()
    with served_looker(msgspec.convert(WORLD, World)) as looker:
        key = looker.user("Ada").api3[0]
        clock = StillClock()

        def gateway(more: str) -> Gateway:
            file = tmp_path / "lookgate.toml"
            file.write_text(SETTINGS.replace("LOOKER", looker.instance.base_url) + more)
            return build(load(file, {"ID": key.client_id, "SECRET": key.client_secret}), clock=clock)

        eve = looker.user("Eve")
        token = looker.instance.issue_token(eve.id)
        sudo = looker.instance.issue_token(eve.id, sudo_by=looker.user("Ada").id)

        async def story() -> tuple[Principal, Principal]:
            shut, made = gateway(""), gateway("accept_api_tokens = true\n")
            with pytest.raises(Unauthenticated, match="No verifier recognises"):
                await shut.chain.verify(credential("bearer", token))
            found = await made.chain.verify(credential("bearer", token))
            by_sudo = await made.chain.verify(credential("bearer", sudo))
            del looker.instance.tokens[token]  # as a logout does
            assert await made.chain.verify(credential("bearer", token)) == found
            clock.move(60)
            with pytest.raises(Unauthenticated, match="does not know this API token"):
                await made.chain.verify(credential("bearer", token))
            await close(shut)
            await close(made)
            return found, by_sudo

        found, by_sudo = asyncio.run(story())
        assert (found.subject, found.email, found.assurance) == (eve.id, "eve@air.example", Assurance.USER)
        assert "East" in found.groups
        assert found.authenticated_by == "looker_token"
        assert by_sudo == found, "Looker does not say that somebody else stands behind it, so nobody can"
