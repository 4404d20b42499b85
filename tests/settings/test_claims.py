"""``[keys]`` and ``[claims]``: whole or not at all, every mistake with its fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookgate.errors import SettingsError
from lookgate.settings import Claims, Settings, load

INSTANCE = '[instance]\nbase_url = "https://looker.example.com"\nclient_id = "env:ID"\nclient_secret = "env:ID"\n'
WHOLE = '[claims]\nissuer = "looker_a"\naudiences = ["gateway_a"]\ndialect = "postgres"\n'
ENVIRON = {"ID": "x", "URL": "postgresql+psycopg://u:p@h/d", "SEAL": "0f" * 32}


def read(folder: Path, text: str) -> Settings:
    (folder / "lookgate.toml").write_text(text)
    return load(folder / "lookgate.toml", ENVIRON)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read(folder, text)
    return refused.value.mistakes


def test_without_a_word_no_claim_is_accepted(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert settings.claims == Claims()
    assert not settings.claims.configured
    assert settings.keys.folder == tmp_path.resolve() / ".lookgate/keys"


def test_what_is_set_up_whole_is_taken_as_it_is(tmp_path: Path) -> None:
    text = WHOLE + 'warehouse = "env:URL"\nlifetime = 60\n\n[keys]\nfolder = "k"\nencryption_key = "env:SEAL"\n'
    settings = read(tmp_path, INSTANCE + text)
    assert (settings.claims.issuer, settings.claims.lifetime, settings.claims.source) == ("looker_a", 60, "gateway")
    assert settings.claims.warehouse.reveal() == ENVIRON["URL"]
    assert ENVIRON["URL"] not in repr(settings)
    assert ENVIRON["SEAL"] not in repr(settings)


def test_a_gateway_that_lets_looker_verify_needs_neither_warehouse_nor_key(tmp_path: Path) -> None:
    for source in ("gateway", "pdt"):
        claims = read(tmp_path, INSTANCE + WHOLE + f'verify = "looker"\nsource = "{source}"\n').claims
        assert (claims.verify, claims.check_model, bool(claims.warehouse)) == ("looker", "lookgate_claims", False)
    renamed = read(tmp_path, INSTANCE + WHOLE + 'verify = "looker"\ncheck_model = "claims-prod"\n')
    assert renamed.claims.check_model == "claims-prod"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (INSTANCE + '[claims]\nissuer = "a"\n', ["claims.audiences", "claims.dialect"]),
        (INSTANCE + '[claims]\naudiences = ["a"]\n', ["claims.issuer", "claims.dialect"]),
        (WHOLE, ["claims:"]),
        (INSTANCE + WHOLE.replace("looker_a", "looker-a"), ["claims.issuer"]),
        (INSTANCE + WHOLE.replace("gateway_a", "https://x"), ["claims.audiences"]),
        (INSTANCE + WHOLE.replace("postgres", "oracle"), ["claims.dialect"]),
        (INSTANCE + WHOLE + 'table = "a;b"\n', ["claims.table"]),
        (INSTANCE + WHOLE + 'table = "A.B"\n', ["claims.table"]),
        (INSTANCE + WHOLE + "lifetime = 301\n", ["claims.lifetime"]),
        (INSTANCE + WHOLE + 'source = "pdt"\n', ["claims.warehouse"]),
        (INSTANCE + WHOLE + 'source = "pdt"\ntable = "unqualified"\nwarehouse = "env:URL"\n', ["claims.table"]),
        (INSTANCE + WHOLE + 'source = "sql"\n', ["claims.source"]),
        (INSTANCE + WHOLE + 'verify = "api"\n', ["claims.verify"]),
        (INSTANCE + WHOLE + 'check_model = "other"\n', ["claims.check_model"]),
        (INSTANCE + WHOLE + 'verify = "memory"\ncheck_model = "other"\n', ["claims.check_model"]),
        (INSTANCE + WHOLE + 'verify = "looker"\ncheck_model = "a/b"\n', ["claims.check_model"]),
        (INSTANCE + WHOLE + 'verify = "looker"\nsource = "pdt"\nwarehouse = "env:URL"\n', ["claims.warehouse"]),
        (WHOLE + 'verify = "looker"\n', ["claims:"]),
        ('[claims]\nverify = "looker"\n', ["claims.issuer", "claims.audiences", "claims.dialect"]),
        (INSTANCE + WHOLE + 'warehouse = "postgresql://u:p@h/d"\n', ["claims.warehouse"]),
        ('[keys]\nencryption_key = "env:URL"\n', ["keys.encryption_key"]),
        ('[keys]\nencryption_key = "env:MISSING"\n', ["keys.encryption_key"]),
        ("[keys]\nfolder = 1\n", ["keys.folder"]),
    ],
)
def test_every_mistake_is_named_with_its_place_and_fix(tmp_path: Path, text: str, names: list[str]) -> None:
    found = mistakes(tmp_path, text)
    for name in names:
        assert any(name in one for one in found), found
    assert all("Fix: " in one for one in found)
    assert all(secret not in one for one in found for secret in ("u:p@h", ENVIRON["SEAL"]))


@pytest.mark.parametrize("more", ['table = "a.b"\n', 'dialect = "mysql"\n', 'verify = "looker"\n'])
def test_minted_keys_are_read_from_a_table_that_nobody_can_put_another_one_before(tmp_path: Path, more: str) -> None:
    whole = WHOLE.replace('dialect = "postgres"\n', "") if "dialect" in more else WHOLE
    warehouse = "" if "looker" in more else 'warehouse = "env:URL"\n'
    assert read(tmp_path, f'{INSTANCE}{whole}source = "pdt"\n{warehouse}{more}').claims.source == "pdt"
