from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from contract.hostile_tokens import KID, Honest, key, public_jwk
from lookgate.compose import Gateway, build, close
from lookgate.errors import Unauthenticated
from lookgate.settings import load
from lower_rooms import START, StillClock, credential, run

NOW = int(START.timestamp())
JWKS = json.dumps({"keys": [public_jwk(key(), KID)]})
PROVIDER = """
[[oidc]]
name = "{name}"
issuer = "{issuer}"
audiences = ["me"]
keys = "{keys}"
emails = ["svc@x.iam.gserviceaccount.com"]
"""
FETCHES = (
    "aiohttp",
    "lookgate.net.fetch",
    "lookgate.net.resolver",
    "lookgate.verify.keyset",
    "lookgate.verify.discovery",
)
PROGRAM = """
import asyncio, sys
from pathlib import Path
from lookgate.compose import build, close
from lookgate.core.identity import Credential
from lookgate.core.secret import Secret
from lookgate.errors import Unauthenticated
from lookgate.settings import load

async def story():
    made = build(load(Path("lookgate.toml"), {"JWKS": sys.argv[1]}))
    try:
        await made.chain.verify(Credential("bearer", Secret(sys.argv[2]), "authorization"))
    except Unauthenticated as refused:
        print(refused.code)
    await close(made)

asyncio.run(story())
print(*(name for name in sys.argv[3:] if name in sys.modules))
"""


def settings(folder: Path, *stanzas: str) -> Path:
    (folder / "actions").mkdir(exist_ok=True)
    file = folder / "lookgate.toml"
    file.write_text("".join(stanzas))
    return file


def test_a_gateway_with_its_keys_in_a_file_loads_nothing_that_fetches(tmp_path: Path) -> None:
    settings(tmp_path, PROVIDER.format(name="idp", issuer="https://idp.example.com", keys="env:JWKS"))
    token = Honest({"iss": "https://idp.example.com", "aud": "me", "sub": "1", "iat": 1, "exp": 2}, NOW).token()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, JWKS, token, *FETCHES, "lookgate.verify.oidc"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["email_not_listed", "lookgate.verify.oidc"]


@pytest.mark.parametrize("issuer", ["https://idp.example.com", "google"])
def test_a_provider_that_is_discovered_is_built_without_calling_it(tmp_path: Path, issuer: str) -> None:
    async def story() -> None:
        file = settings(tmp_path, PROVIDER.format(name="idp", issuer=issuer, keys="discover"))
        made: Gateway = build(load(file, {}), clock=StillClock())
        other = Honest({"iss": "https://other.example.com", "aud": "me", "sub": "1", "iat": NOW, "exp": NOW + 60}, NOW)
        with pytest.raises(Unauthenticated, match="No verifier recognises"):
            await made.chain.verify(credential("bearer", other.token()))
        await close(made)

    run(story())


def test_two_providers_of_one_issuer_are_told_apart_by_the_audience(tmp_path: Path) -> None:
    people = 'kind = "user"\nhosted_domain = "example.com"\n'
    file = settings(
        tmp_path,
        PROVIDER.format(name="services", issuer="google", keys="env:JWKS"),
        PROVIDER.format(name="people", issuer="google", keys="env:JWKS")
        .replace('["me"]', '["web"]')
        .partition("emails")[0],
        people,
    )
    base = {"iss": "https://accounts.google.com", "sub": "1", "iat": NOW, "exp": NOW + 60, "email_verified": True}
    service = base | {"aud": "me", "email": "svc@x.iam.gserviceaccount.com"}
    person = base | {"aud": "web", "email": "ana@example.com", "hd": "example.com"}

    async def story() -> None:
        made = build(load(file, {"JWKS": JWKS}), clock=StillClock())
        for claims, name in ((service, "services"), (person, "people")):
            found = await made.chain.verify(credential("bearer", Honest(claims, NOW).token()))
            assert found.authenticated_by == name
        for claims, code in (
            (service | {"aud": "web"}, "wrong_domain"),
            (person | {"aud": "me"}, "email_not_listed"),
            (person | {"aud": "nobody"}, "token_audience"),
            (person | {"aud": ["web"]}, "token_audience"),
        ):
            with pytest.raises(Unauthenticated) as refused:
                await made.chain.verify(credential("bearer", Honest(claims, NOW).token()))
            assert refused.value.code == code
        await close(made)

    run(story())
