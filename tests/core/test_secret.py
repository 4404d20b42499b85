from __future__ import annotations

import json
import logging
import pickle
import traceback

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.core.identity import Credential
from lookgate.core.secret import Secret, sha256_hex

CANARY = "canary-7f3a9c-do-not-print"


def test_a_secret_is_masked_in_text_repr_format_and_containers() -> None:
    secret = Secret(CANARY)
    credential = Credential("api_key", secret, "x-api-key")
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!r}", f"{secret:>40}", repr([secret]), str(credential)]
    shown.append("%s %r" % (secret, secret))  # noqa: UP031 - old formatting is what logging uses
    assert not [text for text in shown if CANARY in text]


def test_a_secret_is_masked_in_logs_and_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    logging.getLogger("test").warning("got %s", secret)
    told = "".join(traceback.TracebackException.from_exception(ValueError(secret), capture_locals=True).format())
    assert CANARY not in told
    assert CANARY not in caplog.text


def test_a_secret_cannot_be_pickled_hashed_or_written_as_json() -> None:
    secret = Secret(CANARY)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        hash(secret)
    with pytest.raises(TypeError):
        json.dumps({"secret": secret})
    with pytest.raises(TypeError):
        msgspec.json.encode(secret)


@given(st.text(), st.text())
def test_two_secrets_are_equal_exactly_when_their_values_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) == (one == other)


def test_a_secret_never_equals_its_own_value() -> None:
    assert Secret(CANARY) != CANARY


@given(st.text(min_size=9))
def test_a_fingerprint_is_the_start_of_the_hash_and_not_of_the_secret(value: str) -> None:
    secret = Secret(value)
    assert sha256_hex(secret).startswith(secret.fingerprint())
    assert len(secret.fingerprint()) == 8


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret(CANARY)
