from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension_site import SECRET, build_lab, user_id
from lookgate.emulator.host import urls
from lookgate.emulator.host.application import Refusal, extensions
from lookgate.emulator.host.tags import Secrets

BACKEND = "http://127.0.0.1:2"
PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{",
        "}",
        "lab_probe_",
        "lab_bare_",
        "key",
        "elsewhere",
        "open",
        "_",
        "é",
        "{{lab_probe_key}}",
        "{{lab_probe_elsewhere}}",
    ]
)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    lab = build_lab(tmp_path_factory.mktemp("lab"), "http://127.0.0.1:1", "http://localhost:1", BACKEND)
    ana = lab.users[user_id(lab, "Ana")]
    return Secrets(lab, extensions(lab)["lab::probe"], ana, urls.read(f"{BACKEND}/x"))


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join))
def test_only_whole_tags_of_this_extension_change_a_text(secrets: Secrets, text: str) -> None:
    with contextlib.suppress(Refusal):
        assert secrets.put_in(text) == text.replace("{{lab_probe_key}}", SECRET)


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join))
def test_no_text_makes_a_secret_leave_for_a_url_that_is_not_allowed(secrets: Secrets, text: str) -> None:
    elsewhere = Secrets(secrets.instance, secrets.extension, secrets.user, urls.read("https://evil.example/x"))
    with contextlib.suppress(Refusal):
        assert SECRET not in elsewhere.put_in(text)


def test_each_user_has_a_value_of_their_own(secrets: Secrets) -> None:
    ada = secrets.instance.users[user_id(secrets.instance, "Ada")]
    of_ada = Secrets(secrets.instance, secrets.extension, ada, secrets.target)
    assert secrets.put_in("{{lab_probe_key}}") == SECRET
    assert of_ada.put_in("{{lab_probe_key}}") == "{{lab_probe_key}}"
