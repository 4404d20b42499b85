from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from contract.hostile_tokens import KID, key, public_jwk
from lookgate.errors import SettingsError
from lookgate.settings import Settings, load

SHA = "0" * 63 + "a"
ENVIRONMENT = {"ID": "the-id", "SECRET": "the-secret", "JWKS": json.dumps({"keys": [public_jwk(key(), KID)]})}
WHOLE = f"""
[web]
host = "0.0.0.0"
port = 9000
origins = ["https://looker.example.com", "http://localhost:3000"]
max_body_bytes = 10
public_pages = ["docs"]

[instance]
base_url = "https://looker.example.com"
edition = "core"
client_id = "env:ID"
client_secret = "file:secret.txt"
verify_ssl = false
timeout = 5
directory_ttl = 300

[handle]
attribute = "flights_demo_lookgate_handle"

[actions]
folder = "things"
enabled = ["notes_add"]

[store]
path = "/var/lib/lookgate/state"

[[api_keys]]
name = "crm"
sha256 = "{SHA}"
scopes = ["a:b"]
expires = 2027-01-31T00:00:00Z

[[oidc]]
name = "google"
issuer = "google"
audiences = ["https://gateway.example.com"]
keys = "env:JWKS"
kind = "user"
hosted_domain = "example.com"
emails = ["ana@example.com"]
"""


def read(folder: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    file = folder / "lookgate.toml"
    file.write_text(text)
    return load(file, ENVIRONMENT if environ is None else environ)


def mistakes(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read(folder, text, environ)
    for mistake in refused.value.mistakes:
        assert " Fix: " in mistake
        assert mistake in refused.value.detail
    return refused.value.mistakes


def secret_file(folder: Path, mode: int = 0o600) -> Path:
    file = folder / "secret.txt"
    file.write_text("the-secret\n")
    file.chmod(mode)
    return file


def test_every_setting_is_read(tmp_path: Path) -> None:
    secret_file(tmp_path)
    read_ = read(tmp_path, WHOLE)
    assert (read_.web.host, read_.web.port, read_.web.max_body_bytes) == ("0.0.0.0", 9000, 10)  # noqa: S104 - only read
    assert read_.web.origins == ("https://looker.example.com", "http://localhost:3000")
    assert read_.web.public_pages == {"docs"}
    assert (read_.instance.edition, read_.instance.verify_ssl, read_.instance.timeout) == ("core", False, 5.0)
    assert read_.instance.client_id.reveal() == "the-id"
    assert read_.instance.client_secret.reveal() == "the-secret"
    assert read_.actions.folder == tmp_path / "things"
    assert read_.store.path == Path("/var/lib/lookgate/state")
    assert read_.api_keys[0].expires == datetime(2027, 1, 31, tzinfo=UTC)
    assert read_.oidc[0].keys.text == ENVIRONMENT["JWKS"]
    assert "the-secret" not in repr(read_)
    with pytest.raises(AttributeError):
        read_.web.port = 1  # type: ignore[misc] # that it is refused is the promise


def test_without_a_file_and_an_environment_the_defaults_are_safe() -> None:
    read_ = load(None, {})
    assert read_.web.host == "127.0.0.1"
    assert read_.web.public_pages == frozenset()
    assert read_.web.origins == ()
    assert read_.instance.verify_ssl
    assert not read_.instance.configured
    assert read_.actions.enabled == ()


def test_default_paths_too_are_relative_to_the_file(tmp_path: Path) -> None:
    read_ = read(tmp_path, "")
    assert read_.actions.folder == tmp_path / "actions"
    assert read_.store.path == tmp_path / ".lookgate" / "lookgate.sqlite3"


LOOKERSDK = {
    "LOOKERSDK_BASE_URL": "https://looker.example.com:19999/",
    "LOOKERSDK_CLIENT_ID": "sdk-id",
    "LOOKERSDK_CLIENT_SECRET": "sdk-secret",
    "LOOKERSDK_VERIFY_SSL": "false",
    "LOOKERSDK_TIMEOUT": "7",
    "PORT": "9001",
}


def test_lookers_own_variables_fill_what_the_file_leaves_out(tmp_path: Path) -> None:
    read_ = read(tmp_path, "[instance]\ntimeout = 3\n", LOOKERSDK)
    assert read_.instance.base_url == "https://looker.example.com:19999"
    assert read_.instance.client_secret.reveal() == "sdk-secret"
    assert (read_.instance.verify_ssl, read_.instance.timeout, read_.web.port) == (False, 3.0, 9001)
    assert load(None, LOOKERSDK).instance.timeout == 7.0


def test_a_mistake_in_a_variable_names_the_variable(tmp_path: Path) -> None:
    spoilt = LOOKERSDK | {"LOOKERSDK_TIMEOUT": "soon", "LOOKERSDK_VERIFY_SSL": "maybe", "PORT": "x"}
    spoilt |= {"LOOKERSDK_BASE_URL": "http://looker.example.com"}
    found = mistakes(tmp_path, "", spoilt)
    for variable in ("LOOKERSDK_TIMEOUT", "LOOKERSDK_VERIFY_SSL", "PORT", "LOOKERSDK_BASE_URL"):
        assert any(mistake.startswith(f"environment variable {variable}:") for mistake in found)
    assert len(found) == 4


MANY = """\
# comment
[web]
origins = [
  "https://looker.example.com",
  "https://looker.example.com/",
]
prot = 80
max_body_bytes = "many"

[instance]
base_url = "http://looker.example.com"
client_id = "the-literal-id"
client_secret = "env:MISSING"

[[api_keys]]
name = "crm"
sha256 = "short"

[[api_keys]]
name = "Not A Name"
sha256 = "also short"
  [other]
"""


def test_every_mistake_is_told_at_once_with_its_line_and_its_fix(tmp_path: Path) -> None:
    found = mistakes(tmp_path, MANY)
    places = [mistake.split(": ")[:2] for mistake in found]
    assert places == [
        ["lookgate.toml:3", "web.origins[1]"],
        ["lookgate.toml:7", "web.prot"],
        ["lookgate.toml:8", "web.max_body_bytes"],
        ["lookgate.toml:11", "instance.base_url"],
        ["lookgate.toml:12", "instance.client_id"],
        ["lookgate.toml:13", "instance.client_secret"],
        ["lookgate.toml:17", "api_keys[0].sha256"],
        ["lookgate.toml:20", "api_keys[1].name"],
        ["lookgate.toml:21", "api_keys[1].sha256"],
        ["lookgate.toml:22", "other"],
    ]
    assert "the-literal-id" not in "".join(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[web]\nprot = 1", "lookgate.toml:2: web.prot: there is no such setting. Fix: Write 'port'."),
        ("[wbe]\nport = 1", "lookgate.toml:1: wbe: there is no such setting. Fix: Write 'web'."),
        ("[web]\nzzz = 1", "Known here: host, max_body_bytes, origins, port, public_pages"),
        ("web = 1", "lookgate.toml:1: web: expected a table"),
        ("[web]\nport = 65536", "lookgate.toml:2: web.port"),
        ("[web]\nport = true", "lookgate.toml:2: web.port"),
        ("[web]\nport = 80.0", "lookgate.toml:2: web.port"),
        ('[web]\nport = "80"', "expected a whole number, got text"),
        ("[web]\nmax_body_bytes = 0", "lookgate.toml:2: web.max_body_bytes"),
        ('[web]\npublic_pages = ["all"]', "lookgate.toml:2: web.public_pages"),
        ("[instance]\ndirectory_ttl = 301", "lookgate.toml:2: instance.directory_ttl"),
        ("[instance]\ntimeout = 0", "lookgate.toml:2: instance.timeout"),
        ("[instance]\ntimeout = nan", "lookgate.toml:2: instance.timeout"),
        ('[instance]\nedition = "cloud"', "lookgate.toml:2: instance.edition"),
        ('[instance]\nbase_url = "https://looker.example.com"', "instance.client_id: this is missing"),
        ('[instance]\nclient_id = "env:ID"', "instance.base_url: this is missing"),
        ('[handle]\nattribute = "a::b"', "lookgate.toml:2: handle.attribute"),
        ('[handle]\nattribute = ""', "lookgate.toml:2: handle.attribute"),
        ("api_keys = 1", "expected a list of tables. Fix: Write [[api_keys]] above each entry."),
        (f'[[api_keys]]\nname = "a"\nsha256 = "{SHA}"\nexpires = 2027-01-31', "lookgate.toml:4: api_keys[0].expires"),
        (f'[[api_keys]]\nname = "a"\nsha256 = "{SHA}"\nexpires = 2027-01-31T00:00:00', "a date and time with its zone"),
        (f'[[api_keys]]\nsha256 = "{SHA}"', "lookgate.toml:1: api_keys[0].name: this is missing"),
        (f'[[api_keys]]\nname = "a"\nsha256 = "{SHA.upper()}"', "lookgate.toml:3: api_keys[0].sha256"),
        (
            f'[[api_keys]]\nname = "a"\nsha256 = "{SHA}"\n' * 2,
            "lookgate.toml:6: api_keys[1].sha256: this is the same key",
        ),
        ("[web]\nport = = 1", "lookgate.toml:2: this is not TOML"),
        ("[web\nport = 1", "lookgate.toml:1: this is not TOML"),
        ('x = """\n\n', "this is not TOML"),
        ("a = " + "[" * 5000, "lookgate.toml:1"),
    ],
)
def test_a_mistake_says_where_what_and_how_to_mend_it(tmp_path: Path, text: str, words: str) -> None:
    assert any(words in mistake for mistake in mistakes(tmp_path, text))


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "",
        "looker.example.com",
        "https://",
        "https://*.example.com",
        "https://looker.example.com/",
        "https://looker.example.com/x",
        "https://looker.example.com?x",
        "https://looker.example.com#x",
        "https://user@looker.example.com",
        "https://Looker.example.com",
        "HTTPS://looker.example.com",
        "https://looker.example.com:99999",
        "https://looker.example.com:",
        "https://löoker.example.com",
        "https://looker.example.com\\n",
        " https://looker.example.com",
        "http://looker.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://[::1",
        "ftp://looker.example.com",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("setting", ["origin", "base_url"])
def test_an_origin_is_exact_and_encrypted(tmp_path: Path, origin: str, setting: str) -> None:
    if setting == "origin":
        text = f'[web]\norigins = ["{origin}"]'
    else:
        text = f'[instance]\nbase_url = "{origin}"\nclient_id = "env:ID"\nclient_secret = "env:SECRET"'
    assert len(mistakes(tmp_path, text)) == 1


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example",
        "https://a.example:8443",
        "https://[2001:db8::1]:8443",
        "http://localhost:1",
        "http://[::1]:1",
    ],
)
def test_an_exact_origin_is_accepted_and_plain_http_only_on_this_machine(tmp_path: Path, origin: str) -> None:
    assert read(tmp_path, f'[web]\norigins = ["{origin}"]').web.origins == (origin,)


@pytest.mark.parametrize(
    ("host", "more", "accepted"),
    [
        ("https://10.0.0.1", "", False),
        ("https://10.0.0.1", "private_network = true", True),
        ("https://169.254.169.254", "private_network = true", False),
        ("https://[fe80::1]", "private_network = true", False),
        ("https://[::1]:19999", "", True),
        ("http://127.0.0.1:3000", "", True),
        ("https://8.8.8.8", "", True),
    ],
)
def test_an_address_in_the_own_network_is_meant_only_when_it_is_said(
    tmp_path: Path, host: str, more: str, accepted: bool
) -> None:
    text = f'[instance]\nbase_url = "{host}"\nclient_id = "env:ID"\nclient_secret = "env:SECRET"\n{more}'
    if accepted:
        assert read(tmp_path, text).instance.base_url == host
    else:
        assert "not public" in mistakes(tmp_path, text)[0]


INSTANCE = '[instance]\nbase_url = "https://a.example"\nclient_id = "env:ID"\nclient_secret = "{}"'


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("the-secret", "the value itself stands here"),
        ("ENV:SECRET", "the value itself stands here"),
        ("env:", "the value itself stands here"),
        ("env:MISSING", "the environment variable MISSING is not set"),
        ("env:EMPTY", "there is nothing at env:EMPTY"),
        ("env:LINES", "not one line"),
        ("file:missing.txt", "cannot be read: No such file"),
        ("file:.", "cannot be read: Is a directory"),
        ("file:binary", "not UTF-8"),
        ("file:large", "larger than"),
    ],
)
def test_a_secret_stands_elsewhere_and_is_really_there(tmp_path: Path, reference: str, words: str) -> None:
    for name, content in (("binary", b"\xff\xfe"), ("large", b"x" * 1_000_001)):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    environ = {"ID": "x", "EMPTY": " ", "LINES": "a\nb"}
    found = mistakes(tmp_path, INSTANCE.format(reference), environ)
    assert len(found) == 1
    assert found[0].startswith("lookgate.toml:4: instance.client_secret: ")
    assert words in found[0]


def test_a_variable_that_is_not_set_is_answered_with_how_to_set_it(tmp_path: Path) -> None:
    found = mistakes(tmp_path, INSTANCE.format("env:LOOKERSDK_CLIENT_SECRET"), {"ID": "x"})
    problem = "the environment variable LOOKERSDK_CLIENT_SECRET is not set"
    fix = "export LOOKERSDK_CLIENT_SECRET=…, or name another place."
    assert found == [f"lookgate.toml:4: instance.client_secret: {problem}. Fix: {fix}"]


@pytest.mark.parametrize(("mode", "accepted"), [(0o600, True), (0o440, True), (0o644, False), (0o602, False)])
def test_a_secret_file_that_everybody_can_read_is_a_mistake(tmp_path: Path, mode: int, accepted: bool) -> None:
    secret_file(tmp_path, mode)
    text = INSTANCE.format("file:secret.txt")
    if accepted:
        assert read(tmp_path, text).instance.client_secret.reveal() == "the-secret"
    else:
        assert "chmod 600" in mistakes(tmp_path, text)[0]


OIDC = '[[oidc]]\nname = "{name}"\nissuer = "{issuer}"\naudiences = {audiences}\nkeys = "{keys}"\n{more}\n'


def oidc(**changes: str) -> str:
    values = {"name": "idp", "issuer": "https://idp.example", "audiences": '["me"]', "keys": "env:JWKS", "more": ""}
    return OIDC.format(**(values | changes))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (oidc(issuer="google"), "would let in everyone"),
        (oidc(issuer="google", more='kind = "user"'), "would let in everyone"),
        (oidc(issuer="google", more='hosted_domain = "example.com"'), "would let in everyone"),
        (oidc(issuer="accounts.google.com"), "neither a preset nor an https URL"),
        (oidc(issuer="http://idp.example"), "neither a preset nor an https URL"),
        (oidc(issuer="https://accounts.google.com"), 'Write issuer = "google"'),
        (oidc(audiences="[]"), "oidc[0].audiences"),
        (oidc(audiences='[""]'), "an audience is empty"),
        (oidc(audiences='"me"'), "expected a list, got text"),
        (oidc(name="handle"), "the name 'handle' is taken"),
        (oidc() + oidc(), "the name 'idp' is taken"),
        (oidc(keys="{}"), "the value itself stands here"),
        (oidc(keys="env:NOT_A_SET"), "not a JWK set"),
        (oidc(more='kind = "robot"'), "oidc[0].kind"),
    ],
)
def test_a_provider_that_would_let_in_the_wrong_people_is_a_mistake(tmp_path: Path, text: str, words: str) -> None:
    found = mistakes(tmp_path, text, ENVIRONMENT | {"NOT_A_SET": "[]"})
    assert any(words in mistake for mistake in found)


def test_a_file_that_is_not_there_or_not_text_is_one_clear_mistake(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    for name, words in (("missing", "cannot be read"), ("binary", "not UTF-8"), (".", "cannot be read")):
        with pytest.raises(SettingsError, match=words):
            load(tmp_path / name, {})


def test_a_line_is_found_in_every_way_of_writing_toml(tmp_path: Path) -> None:
    text = """\
web.port = "a"
web.'host' = 1
handle = { attribute = 1 }

"instance" . edition = '''
# [web]
port = 1'''

[ actions ] # comment
enabled = [  # comment
  "a", "b",

  7,
]
 [ store ]
path = []
"""
    places = [mistake.split(": ")[0] for mistake in mistakes(tmp_path, text)]
    assert places == [f"lookgate.toml:{line}" for line in (1, 2, 3, 5, 10, 16)]


NAMES = [
    "web",
    "instance",
    "handle",
    "actions",
    "store",
    "api_keys",
    "oidc",
    "port",
    "origins",
    "keys",
    "name",
    "expires",
]
LINES = ["[web]", "[[oidc]]", "port = 1", 'keys = "env:X"', "[", '"""', "a.b = {c = 1}", "x = [", "]", "#", "\\"]


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80), lines=st.lists(st.sampled_from(LINES), max_size=8))
def test_no_text_causes_anything_but_settings_or_mistakes(tmp_path: Path, text: str, lines: list[str]) -> None:
    file = tmp_path / "fuzz.toml"
    file.write_text("\n".join([*lines, text]), encoding="utf-8", errors="surrogatepass")
    try:
        load(file, {})
    except SettingsError as error:
        found = error.mistakes
    else:
        return
    assert found


TREES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text("ab:/é\n", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=st.dictionaries(st.sampled_from(NAMES), TREES, max_size=5))
def test_no_values_cause_anything_but_settings_or_mistakes_with_a_place(tmp_path: Path, tree: dict[str, Any]) -> None:
    file = tmp_path / "fuzz.toml"
    file.write_text("\n".join(f"{name} = {_toml(value)}" for name, value in tree.items()), encoding="utf-8")
    try:
        load(file, {})
    except SettingsError as error:
        found = error.mistakes
    else:
        return
    assert all(re.match(r"fuzz\.toml(:\d+)?: .+ Fix: ", mistake, re.DOTALL) for mistake in found)


def _toml(value: Any) -> str:
    """Write a value as TOML; nothing is an empty list."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if value is None:
        return "[]"
    return str(value) if isinstance(value, float) else json.dumps(value)
