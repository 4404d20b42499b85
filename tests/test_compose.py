from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from contract.hostile_tokens import KID, Honest, key, public_jwk
from gateway_cli import ACTION
from lookgate.compose import Gateway, build, close
from lookgate.core.audit import AuditEvent
from lookgate.core.identity import ANONYMOUS, Assurance
from lookgate.errors import LookgateError, RegistryError, Unauthenticated, Unavailable
from lookgate.settings import load
from lower_rooms import START, CountedBytes, StillClock, credential, run
from policy_town import action_file

KEY = "lgk_" + "A" * 43
NOW = int(START.timestamp())
SETTINGS = f"""
[actions]
enabled = ["hello"]

[instance]
base_url = "https://looker.example.com"
client_id = "env:ID"
client_secret = "env:ID"

[[api_keys]]
name = "crm"
sha256 = "{hashlib.sha256(KEY.encode()).hexdigest()}"

[[oidc]]
name = "idp"
issuer = "https://idp.example.com"
audiences = ["me"]
keys = "env:JWKS"
kind = "user"

[[oidc]]
name = "google"
issuer = "google"
audiences = ["me"]
keys = "env:JWKS"
emails = ["svc@x.iam.gserviceaccount.com"]
"""
ENVIRON = {"ID": "x", "JWKS": json.dumps({"keys": [public_jwk(key(), KID)]})}
CLAIMS = {"aud": "me", "sub": "1234", "iat": NOW, "exp": NOW + 60}
USER = Honest(CLAIMS | {"iss": "https://idp.example.com"}, NOW).token()
SERVICE = Honest(
    CLAIMS | {"iss": "accounts.google.com", "email": "svc@x.iam.gserviceaccount.com", "email_verified": True}, NOW
).token()


def gateway(folder: Path, text: str = SETTINGS) -> Gateway:
    (folder / "actions").mkdir(exist_ok=True)
    (folder / "actions" / "hello.py").write_text(ACTION)
    (folder / "lookgate.toml").write_text(text)
    return build(load(folder / "lookgate.toml", ENVIRON), clock=StillClock(), random=CountedBytes())


def test_settings_become_a_gateway_that_knows_every_kind_of_caller(tmp_path: Path) -> None:
    async def story() -> None:
        made = gateway(tmp_path)
        by_key = await made.chain.verify(credential("api_key", KEY, "x-api-key"))
        by_user = await made.chain.verify(credential("bearer", USER))
        by_service = await made.chain.verify(credential("bearer", SERVICE))
        nobody = await made.chain.verify(credential("anonymous", "", ""))
        assert [one.assurance for one in (by_key, by_user, by_service, nobody)] == [
            Assurance.SHARED_SECRET,
            Assurance.USER,
            Assurance.WORKLOAD,
            Assurance.ANONYMOUS,
        ]
        assert [one.authenticated_by for one in (by_key, by_user, by_service)] == ["api_key", "idp", "google"]
        with pytest.raises(Unauthenticated):
            await made.chain.verify(credential("handle", "lgh_" + "A" * 43, "x-lookgate-handle"))
        assert list(made.actions) == ["hello"]
        assert made.directory is not None
        await close(made)

    run(story())


def test_what_is_not_set_up_is_not_verified(tmp_path: Path) -> None:
    async def story() -> None:
        made = gateway(tmp_path, "")
        for presented in (credential("api_key", KEY), credential("bearer", USER), credential("handle", "lgh_x")):
            with pytest.raises(Unauthenticated) as refused:
                await made.chain.verify(presented)
            assert refused.value.code == "unknown_credential"
        assert await made.chain.verify(credential("anonymous", "", "")) is ANONYMOUS
        assert made.directory is None
        assert not made.actions
        await close(made)

    run(story())


def test_a_gateway_may_be_closed_twice_and_its_store_is_closed_with_it(tmp_path: Path) -> None:
    async def story() -> None:
        made = gateway(tmp_path)
        await close(made)
        await close(made)
        with pytest.raises(Unavailable):
            made.store.record(AuditEvent(START, "r1"))

    run(story())


def test_several_gateways_live_in_one_process(tmp_path: Path) -> None:
    async def story() -> None:
        folders = [tmp_path / name for name in "ab"]
        for folder in folders:
            folder.mkdir()
        one, other = (gateway(folder) for folder in folders)
        one.store.record(AuditEvent(START, "r1", outcome="allowed"))
        assert len(one.store.tail(limit=10)) == 1
        assert len(other.store.tail(limit=10)) == 0
        await close(one)
        await close(other)

    run(story())


def test_an_action_that_cannot_be_used_leaves_no_store_open_behind_it(tmp_path: Path) -> None:
    with pytest.raises(RegistryError):
        gateway(tmp_path, '[actions]\nenabled = ["missing"]\n')
    assert not (tmp_path / ".lookgate").exists()


def test_a_store_that_cannot_be_opened_is_an_error_with_a_fix(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(LookgateError) as refused:
        gateway(tmp_path, '[store]\npath = "state"\n')
    assert refused.value.code == "store_unusable"
    assert refused.value.hint


def test_a_policy_that_asks_looker_stops_the_start_where_there_is_no_instance(tmp_path: Path) -> None:
    (tmp_path / "actions").mkdir()
    closed = action_file("hello", 'at_least(Assurance.USER), any_of(public(), has_model("flights"))')
    (tmp_path / "actions" / "hello.py").write_text(closed)
    (tmp_path / "lookgate.toml").write_text('[actions]\nenabled = ["hello"]\n')
    with pytest.raises(RegistryError) as refused:
        build(load(tmp_path / "lookgate.toml", {}))
    assert refused.value.code == "policy_without_instance"
    assert not (tmp_path / ".lookgate").exists()
