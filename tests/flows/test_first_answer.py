"""What the gateway's first verified answer does not import: each such module would be paid for at every cold start."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from contract.hostile_tokens import KID, Honest, key, public_jwk
from gateway_cli import ACTION

KEY = "lgk_" + "A" * 43
PROGRAM = """
import asyncio, io, json, sys, time
from pathlib import Path
from lookgate.compose import build
from lookgate.settings import load
from lookgate.web.app import build_app
from lookgate.web.log import Log

name, value, jwks = sys.argv[1:]
app = build_app(build(load(Path("lookgate.toml"), {"JWKS": jwks})), Log(io.StringIO()))
sent = []

async def receive():
    return {"type": "http.request", "body": b'{"name": "Bo"}'}

async def send(message):
    sent.append(message)

headers = [(b"content-type", b"application/json"), (name.encode(), value.encode())]
scope = {"type": "http", "method": "POST", "path": "/actions/hello", "raw_path": b"/actions/hello",
         "query_string": b"", "headers": headers}
asyncio.run(app(scope, receive, send))
print(sent[0]["status"])
print(*sorted(sys.modules))
"""
SETTINGS = f"""
[actions]
enabled = ["hello"]

[instance]
base_url = "https://looker.example.com"
client_id = "env:JWKS"
client_secret = "env:JWKS"

[[api_keys]]
name = "crm"
sha256 = "{hashlib.sha256(KEY.encode()).hexdigest()}"

[[oidc]]
name = "idp"
issuer = "https://idp.example.com"
audiences = ["me"]
keys = "env:JWKS"
kind = "user"
"""
NEVER = {
    "aiohttp",
    "click",
    "duckdb",
    "jinja2",
    "joserfc",
    "liquid",
    "lkml",
    "numpy",
    "prometheus_client",
    "requests",
    "rich",
    "sqlalchemy",
    "yaml",
}


@pytest.mark.parametrize("kind", ["api key", "token"])
def test_the_first_verified_answer_imports_only_what_it_needs(tmp_path: Path, kind: str) -> None:
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions" / "hello.py").write_text(ACTION)
    (tmp_path / "lookgate.toml").write_text(SETTINGS)
    if kind == "token":
        # The gateway runs on the machine's clock here, so the token's life is wide.
        claims = {
            "iss": "https://idp.example.com",
            "aud": "me",
            "sub": "1",
            "iat": 1_500_000_000,
            "exp": 4_000_000_000,
        }
        header = ("authorization", "Bearer " + Honest(claims, 1_500_000_000).token())
    else:
        header = ("x-api-key", KEY)
    jwks = json.dumps({"keys": [public_jwk(key(), KID)]})
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, *header, jwks], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    status, modules = done.stdout.splitlines()
    assert status == "200"
    assert sorted(NEVER & {name.partition(".")[0] for name in modules.split()}) == []
    assert [name for name in modules.split() if name.startswith(("lookgate.emulator", "lookgate.cli"))] == []
    assert ("cryptography" in modules.split()) is (kind == "token")
