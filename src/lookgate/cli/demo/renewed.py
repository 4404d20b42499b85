"""The story of the tokens in Looker that are renewed: they reach a private service, and an outage leaves no gap."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from lookgate.cli.demo.stage import PREFIX
from lookgate.cli.demo.story import PLANNERS, Step, Story
from lookgate.cli.demo.visitor import API_KEY, Answer, Visitor

_OK, _DENIED = 200, 403
_EVERY_SECONDS = 0.5
_PATIENCE_SECONDS = 45.0
"""For what takes two runs and a few tries; runs are ten seconds apart."""
_TOKEN = {"authorization": f"Bearer {{{{{PREFIX}board_token}}}}"}
_FAULT = {"fault": "looker_down"}


class Watch:
    """Looks at the stored tokens again and again, and notes whether one was ever expired.

    There was no gap if each look came before the end of every token that the look before it saw.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.gaps = 0
        self.lowest = float("inf")
        """Seconds of life that were left when it was least."""
        self.ends: dict[str, datetime] = {}
        self.first: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self._visitor = visitor

    def look(self) -> dict[str, dict[str, Any]]:
        """Return the tokens by holder.

        Raises:
            LookupError: the gateway does not tell.
        """
        answer = self._visitor.call("credentials", {}, API_KEY)
        if answer.status != _OK:
            raise LookupError(f"the gateway does not tell of its tokens: {answer.told()}")
        now = datetime.fromisoformat(answer.body["now"])
        self.tokens = {token["label"]: token for token in answer.body["tokens"]}
        self.first = self.first or self.tokens
        known, self.ends = (
            self.ends,
            {
                label: datetime.fromisoformat(token["expires_at"] or answer.body["now"])
                for label, token in self.tokens.items()
            },
        )
        for label, end in self.ends.items():
            self.lowest = min(self.lowest, (end - now).total_seconds())
            self.gaps += end <= now or known.get(label, end) <= now
        return self.tokens

    def until(self, seen: Callable[[dict[str, dict[str, Any]]], bool]) -> bool:
        """Look until something is seen; return whether it was, in good time."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        while not seen(self.look()):
            if time.monotonic() > ends:
                return False
            time.sleep(_EVERY_SECONDS)
        return True

    def renewed(self, label: str) -> int:
        """Return how often a token was renewed since the first look."""
        return int(self.tokens[label]["renewals"]) - int(self.first[label]["renewals"])


def stored(watch: Watch) -> Step:
    """The gateway has put tokens into Looker that are good."""
    found = watch.look()
    saw = f"{len(found)}, at least {watch.lowest:.0f} s left" if found else "none"
    return Step("the gateway", "has stored tokens in Looker", saw, bool(found) and not watch.gaps)


def with_stored_token(story: Story, watch: Watch) -> Iterator[Step]:
    """Each user's call reaches the private service with the token that Looker has for them."""
    watch.look()
    own = {token["label"]: f"{token['source']}@" for token in watch.tokens.values()}
    for visitor in story.visitors:
        person = visitor.person
        source = own.get(f"user {person.email}") or (
            own[f"group {PLANNERS}"] if PLANNERS in person.groups else "gateway@"
        )
        answer = _call_board(visitor, watch)
        email, left = str(answer.body.get("email")), answer.body.get("seconds_left", 0)
        held = answer.status == _OK and email.startswith(source) and left > 0
        saw = f"{email.partition('@')[0]}, good for {left} s" if answer.status == _OK else answer.told()
        yield Step(person.name, "calls the private service", saw, held)
    stranger = story.outsider.fetch(f"{_audience(watch)}/actions/departures", {}, {})
    told = (stranger.status, stranger.code)
    yield Step(
        story.outsider.person.name, "calls it without a token", stranger.told(), told == (401, "credential_missing")
    )


def through_an_outage(story: Story, watch: Watch, admin: Visitor) -> Iterator[Step]:
    """Tokens are renewed again and again; Looker goes down for less than the margin, and nobody notices."""
    twice = watch.until(lambda _: any(watch.renewed(label) >= 2 for label in watch.tokens))  # noqa: PLR2004 - twice
    counts = ", ".join(str(watch.renewed(label)) for label in watch.tokens)
    yield Step("the gateway", "renews tokens of a minute", f"{counts} times, at least {watch.lowest:.0f} s left", twice)

    refused = story.call(story.outsider, "break_it", _FAULT)
    held = (refused.status, refused.code) == (_DENIED, "lacks_role")
    yield Step(story.outsider.person.name, "lets Looker go down", refused.told(), held)
    broken = admin.call("break_it", _FAULT)
    try:
        yield Step(admin.person.name, "lets Looker go down", broken.told(), broken.status == _OK)
        failed = watch.until(lambda tokens: any(token["failures"] for token in tokens.values()))
        codes = {token["code"] for token in watch.tokens.values() if token["code"]}
        saw = f"{', '.join(sorted(codes)) or 'no failure'}; at least {watch.lowest:.0f} s left"
        yield Step("the gateway", "fails to renew", saw, failed and not watch.gaps)
        answer = _call_board(story.planner, watch)
        yield Step(story.planner.person.name, "calls the private service", answer.told(), answer.status == _OK)
    finally:
        mended = story.outsider.call("mend_it", _FAULT, API_KEY)
    yield Step(story.outsider.person.name, "mends it", mended.told(), mended.status == _OK)
    well = watch.until(
        lambda tokens: all(not token["code"] and watch.renewed(label) for label, token in tokens.items())
    )
    saw = f"each once more, no second without a token; at least {watch.lowest:.0f} s left"
    yield Step("the gateway", "renews every token again", saw if well else "not all", well and not watch.gaps)


def _call_board(visitor: Visitor, watch: Watch) -> Answer:
    return visitor.fetch(f"{_audience(watch)}/actions/departures", {}, _TOKEN)


def _audience(watch: Watch) -> str:
    return str(next(iter(watch.tokens.values()))["audience"])
