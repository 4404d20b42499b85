"""IAM Credentials: a fresh token at any time, for accounts that we may act as, and what it means when it says no."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from google_site import AUDIENCE, Scripted, Site, failure, google_site, mint, says
from local_google import SCHEDULER, SERVICE, UPDATER, claims_of
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Refused, Unavailable
from lookgate.google.iam import IamCredentials
from lower_rooms import START

CREATOR, OPENID = "roles/iam.serviceAccountTokenCreator", "roles/iam.serviceAccountOpenIdTokenCreator"
GRANTS = [
    {"member": "updater", "role": OPENID, "on": "updater"},
    {"member": "updater", "role": OPENID, "on": "service"},
]


@pytest.fixture
def site() -> Iterator[Site]:
    with google_site(grants=GRANTS) as site:
        yield site


class Access:
    """Access tokens, one after another."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.asked: list[bool] = []

    async def access_token(self, *, fresh: bool = False) -> Secret:
        self.asked.append(fresh)
        return Secret(self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0])

    async def email(self) -> str:
        return UPDATER


@pytest.mark.parametrize(("account", "email"), [("", UPDATER), (SERVICE, SERVICE)])
def test_its_token_is_fresh_each_time_and_names_the_account(site: Site, account: str, email: str) -> None:
    source = site.iam(account)
    first = mint(source)
    claims = claims_of(first.value.reveal())
    assert (claims["aud"], claims["email"], claims["email_verified"]) == (AUDIENCE, email, True)
    site.later(60)
    second = mint(source)
    assert second.expires_at == START + timedelta(seconds=3660)
    assert second.value != first.value


def test_delegates_are_the_way_to_an_account_that_we_may_not_act_as_ourselves() -> None:
    grants = [
        {"member": "updater", "role": CREATOR, "on": "service"},
        {"member": "service", "role": OPENID, "on": "scheduler"},
    ]
    with google_site(grants=grants) as site:
        assert claims_of(mint(site.iam(SCHEDULER, SERVICE)).value.reveal())["email"] == SCHEDULER
        assert failure(site.iam(SCHEDULER)).code == "impersonation_refused"


def test_an_account_that_does_not_let_us_is_told_with_the_role_that_is_missing(site: Site) -> None:
    error = failure(site.iam(SCHEDULER))
    assert isinstance(error, Refused)
    assert error.code == "impersonation_refused"
    assert f"Grant {OPENID} on {SCHEDULER}" in error.hint


def test_an_account_that_is_not_there_is_told(site: Site) -> None:
    error = failure(site.iam("ghost@local-project.iam.gserviceaccount.com"))
    assert (type(error), error.code) == (Refused, "no_such_account")


@pytest.mark.parametrize(
    ("fault", "code", "kind"),
    [
        ({"iam_403": 1.0}, "impersonation_refused", Refused),
        ({"iam_429": 1.0}, "iam_busy", Unavailable),
        ({"iam_500": 1.0}, "iam_busy", Unavailable),
        ({"iam_slow": 1.0}, "timeout", Unavailable),
        ({"metadata_down": 1.0}, "metadata_busy", Unavailable),
    ],
)
def test_each_fault_is_for_good_or_for_now(fault: dict[str, float], code: str, kind: type[LookgateError]) -> None:
    with google_site(seconds=0.5, grants=GRANTS) as site:
        site.local.google.faults.sleep = asyncio.sleep
        site.local.google.faults.set(fault)
        error = failure(site.iam())
        assert (type(error), error.code) == (kind, code)


def test_an_access_token_that_has_ended_is_replaced_once(site: Site) -> None:
    good = site.local.google.access_token(site.local.google.accounts[UPDATER])
    access = Access("ended", good)
    assert claims_of(mint(site.iam(access=access)).value.reveal())["email"] == UPDATER
    assert access.asked == [False, True]


def test_an_access_token_that_is_refused_twice_is_for_good_and_not_told(site: Site) -> None:
    access = Access("planted-canary-of-access")
    error = failure(site.iam(access=access), secrets=("planted-canary-of-access",))
    assert (type(error), error.code) == (Refused, "impersonation_refused")
    assert access.asked == [False, True]


def test_how_long_it_asks_to_be_left_alone_is_respected() -> None:
    source = IamCredentials("https://iam", Scripted([says(429, wait=90)]), Access("t"))
    error = failure(source)
    assert isinstance(error, Unavailable)
    assert error.retry_after == 90


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (says(200, "no json"), "token_unreadable"),
        (says(200, {"accessToken": "planted-canary"}), "token_unreadable"),
        (says(200, {"token": "planted-canary"}), "token_unreadable"),
        (says(200, {"token": 7}), "token_unreadable"),
        (says(302, ""), "iam_refused"),
        (says(400, {"error": {"message": "planted-canary"}}), "iam_refused"),
    ],
)
def test_what_is_no_token_is_refused_and_not_told(answer: object, code: str) -> None:
    source = IamCredentials("https://iam", Scripted([answer]), Access("planted-canary"))  # type: ignore[list-item] # answers
    error = failure(source, secrets=("planted-canary",))
    assert (type(error), error.code) == (Refused, code)


def test_a_token_for_another_audience_is_refused(site: Site) -> None:
    other = mint(site.iam(), "https://other.example.com").value.reveal()
    source = IamCredentials("https://iam", Scripted([says(200, {"token": other})]), Access("t"))
    assert failure(source, secrets=(other,)).code == "token_for_another"
