"""The metadata server: who we are, and tokens that say so; and what is not one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from google_site import AUDIENCE, Scripted, Site, failure, google_site, mint, says
from local_google import UPDATER, claims_of
from lookgate.errors import LookgateError, Refused, Unavailable
from lookgate.google.metadata import MetadataServer
from lower_rooms import START, StillClock, run

TOKEN = "planted-canary-of-access"


@pytest.fixture
def site() -> Iterator[Site]:
    with google_site() as site:
        yield site


def scripted(*answers: object) -> tuple[MetadataServer, Scripted, StillClock]:
    ask, clock = Scripted(list(answers)), StillClock()  # type: ignore[arg-type] # answers
    return MetadataServer("http://m", ask, clock), ask, clock


def granted(expires_in: object = 3600, token: str = TOKEN, flavor: str = "Google") -> object:
    return says(200, {"access_token": token, "expires_in": expires_in}, metadata_flavor=flavor)


def test_its_token_is_for_the_audience_and_its_end_is_read_from_it(site: Site) -> None:
    minted = mint(site.metadata)
    claims = claims_of(minted.value.reveal())
    assert (claims["aud"], claims["email"]) == (AUDIENCE, UPDATER)
    assert (minted.issued_at, minted.expires_at) == (START, START + timedelta(hours=1))


def test_a_token_that_it_kept_is_told_with_the_end_that_is_left(site: Site) -> None:
    first = mint(site.metadata)
    site.later(3000)
    again = mint(site.metadata)
    assert (again.value, again.expires_at) == (first.value, first.expires_at)
    site.later(400)  # within its last five minutes there is a fresh one
    fresh = mint(site.metadata)
    assert fresh.value != first.value
    assert fresh.expires_at == START + timedelta(seconds=3400 + 3600)


def test_an_audience_of_any_signs_reaches_it_as_it_is(site: Site) -> None:
    audience = "https://a.example.com/x?y=z&format=standard#ä"
    assert claims_of(mint(site.metadata, audience).value.reveal())["aud"] == audience


def test_it_says_who_we_are(site: Site) -> None:
    assert run(site.metadata.email()) == UPDATER


@pytest.mark.parametrize(
    ("fault", "code"), [({"metadata_down": 1.0}, "metadata_busy"), ({"metadata_slow": 1.0}, "timeout")]
)
def test_when_it_is_down_or_slow_it_is_tried_again(fault: dict[str, float], code: str) -> None:
    import asyncio  # noqa: PLC0415 - for the one fault that takes time

    with google_site(seconds=0.3) as site:
        site.local.google.faults.sleep = asyncio.sleep
        site.local.google.faults.set(fault)
        error = failure(site.metadata)
        assert isinstance(error, Unavailable)
        assert error.code == code


def test_a_machine_without_a_service_account_is_told_how_to_get_one(site: Site) -> None:
    for account in site.local.google.accounts.values():
        site.local.google.accounts[account.email] = type(account)(account.email, account.unique_id, disabled=True)
    error = failure(site.metadata)
    assert isinstance(error, Refused)
    assert (error.code, "--service-account" in error.hint) == ("no_service_account", True)


@pytest.mark.parametrize(
    "answer",
    [
        says(200, "token"),
        says(200, "token", metadata_flavor="google"),
        says(200, "<html>a captive portal</html>", server="nginx"),
        says(404, "not found"),
        says(302, "", location="https://portal.example"),
        says(200, b"\xff\xfe", metadata_flavor="Google"),
    ],
)
def test_what_does_not_show_the_flavour_is_no_metadata_server(answer: object) -> None:
    server, _, _ = scripted(answer)
    error = failure(server)
    assert isinstance(error, Unavailable)
    assert error.code == "not_metadata"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "metadata_refused", Refused),
        (403, "metadata_refused", Refused),
        (301, "metadata_refused", Refused),
        (404, "no_service_account", Refused),
        (429, "metadata_busy", Unavailable),
        (500, "metadata_busy", Unavailable),
        (503, "metadata_busy", Unavailable),
    ],
)
def test_each_status_is_for_good_or_for_now(status: int, code: str, kind: type[LookgateError]) -> None:
    server, _, _ = scripted(says(status, "x", metadata_flavor="Google", wait=7))
    error = failure(server)
    assert (type(error), error.code) == (kind, code)
    if isinstance(error, Unavailable):
        assert error.retry_after == 7


def test_an_access_token_is_kept_in_memory_until_a_minute_before_its_end() -> None:
    server, ask, clock = scripted(granted(token="one"), granted(token="two"))
    assert run(server.access_token()).reveal() == "one"
    clock.move(3539)
    assert run(server.access_token()).reveal() == "one"
    clock.move(1)
    assert run(server.access_token()).reveal() == "two"
    assert [asked["url"] for asked in ask.asked] == [
        "http://m/computeMetadata/v1/instance/service-accounts/default/token"
    ] * 2
    assert {asked["headers"]["metadata-flavor"] for asked in ask.asked} == {"Google"}


def test_a_refused_access_token_is_not_used_again() -> None:
    server, _, _ = scripted(granted(token="one"), granted(token="two"))
    run(server.access_token())
    assert run(server.access_token(fresh=True)).reveal() == "two"
    assert run(server.access_token()).reveal() == "two"


@pytest.mark.parametrize("expires_in", [0, -5, 1, 59])
def test_an_access_token_that_has_all_but_ended_is_used_once(expires_in: float) -> None:
    server, _, _ = scripted(granted(expires_in, token="one"), granted(token="two"))
    assert run(server.access_token()).reveal() == "one"
    assert run(server.access_token()).reveal() == "two"


@pytest.mark.parametrize(
    "answer",
    [
        says(200, "no json", metadata_flavor="Google"),
        says(200, {"expires_in": 1}, metadata_flavor="Google"),
        says(200, {"access_token": TOKEN, "expires_in": "soon"}, metadata_flavor="Google"),
        says(200, {"access_token": f"{TOKEN}\r\nx: y", "expires_in": 60}, metadata_flavor="Google"),
        says(200, {"access_token": "", "expires_in": 60}, metadata_flavor="Google"),
        says(200, {"access_token": "ä", "expires_in": 60}, metadata_flavor="Google"),
        granted(flavor="Other"),
    ],
)
def test_what_is_no_access_token_is_not_taken_for_one_and_not_told(answer: object) -> None:
    server, _, _ = scripted(answer)
    with pytest.raises(Unavailable) as refused:
        run(server.access_token())
    assert refused.value.code == "not_metadata"
    assert TOKEN not in f"{refused.value!r} {refused.value}"


@pytest.mark.parametrize("email", ["", "nobody", "a@b.c\r\nx: y", "a@b/../../token", "A@B.C", "x" * 300 + "@b.c"])
def test_an_account_whose_address_is_none_reaches_no_other_address(email: str) -> None:
    server, _, _ = scripted(says(200, email, metadata_flavor="Google"))
    with pytest.raises(Unavailable) as refused:
        run(server.email())
    assert refused.value.code == "not_metadata"
