"""``lookgate demo --check``: the story that a person would click through, walked without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

from lookgate.cli.demo import child
from lookgate.cli.demo.doubt import altered_handle, without_proof
from lookgate.cli.demo.pair import issue_handles, revoke_handle, rotate_keys
from lookgate.cli.demo.renewed import Watch, stored, through_an_outage, with_stored_token
from lookgate.cli.demo.stage import PREFIX, Stage
from lookgate.cli.demo.story import (
    FLIGHTS,
    Step,
    Story,
    read_by_others,
    told_apart,
    user_steps,
)
from lookgate.cli.demo.visitor import Person, Visitor
from lookgate.cli.demo.wire import LookerApi, WireError

_SECRET = re.compile(rb"lg[hk]_[A-Za-z0-9_-]{43}")
_COUNT = {"model": "flights", "view": "flights", "fields": ["flights.count"]}


def walk(stage: Stage, ready: dict[str, Any]) -> Iterator[Step]:
    """Walk the story in a running demo.

    It writes notes and approvals, and gives the last user a new handle.

    Args:
        stage: the running demo.
        ready: its local Looker's ready file.
    """
    seen: list[bytes] = []
    people = [
        Person(
            id=user["id"],
            name=user["name"],
            email=user["email"],
            groups=frozenset(user["groups"]),
            client_id=user["client_id"],
            client_secret=user["client_secret"],
        )
        for user in ready["users"]
    ]
    story = Story([Visitor(stage.looker_url, stage.gateway_url, each, seen) for each in people], stage.looker_url, seen)
    try:
        outsider, _ = story.outsider, story.planner
    except LookupError as error:
        yield Step("the world", "has users to compare", str(error), held=False)
        return
    watch, sound = Watch(outsider), True
    for step in _at_once(stage, ready, story, watch):
        sound = sound and step.held
        yield step
    if sound:  # it takes half a minute, which nobody waits for who knows already that something is broken
        yield from _survive("the gateway", "keeps tokens fresh", through_an_outage(story, watch, _admin(ready, story)))
    yield from _survive("the gateway", "has written its audit log", _audit(stage, story))
    yield _no_secret(story)


def _at_once(stage: Stage, ready: dict[str, Any], story: Story, watch: Watch) -> Iterator[Step]:
    outsider = story.outsider.person.name
    for visitor in story.visitors:
        yield from _survive(visitor.person.name, "walks through the extension", user_steps(story, visitor))
    yield from _survive("everybody", "is told apart", _one(lambda: told_apart(story)))
    yield from _survive(outsider, "reads that note", _one(lambda: read_by_others(story)))
    yield from _survive("the gateway", "has stored tokens in Looker", _one(lambda: stored(watch)))
    yield from _survive(outsider, "calls without proof", without_proof(story))
    yield from _survive(outsider, "uses a token", _tokens(stage, story))
    yield from _survive(outsider, "uses a claim", _claims(stage, story))
    yield from _survive("everybody", "uses the Looker API", _api(stage, ready, story))
    yield from _survive(story.visitors[-1].person.name, "has another handle", _handles(stage, ready, story))
    yield from _survive("everybody", "calls the private service", with_stored_token(story, watch))


def report(steps: Iterable[Step], say: Callable[[str], None]) -> int:
    """Print the steps as they come, and return the exit code: 0 only if every one held."""
    walked = held = 0
    for step in steps:
        walked += 1
        held += step.held
        mark = click.style("held  ", fg="green") if step.held else click.style("BROKEN", fg="red", bold=True)
        say(f"{mark}  {step.who:<13} {step.did:<34} {step.saw}")
    say(f"\n{held} of {walked} steps held.")
    return 0 if walked == held else 1


def _survive(who: str, did: str, steps: Iterator[Step]) -> Iterator[Step]:
    """Turn what keeps a step from being walked into a step that has not held."""
    try:
        yield from steps
    except (WireError, click.ClickException, LookupError, AttributeError, TypeError, ValueError) as error:
        what = error.message if isinstance(error, click.ClickException) else str(error)
        yield Step(who, did, f"{type(error).__name__}: {' '.join(what.split())[:160]}", held=False)


def _one(step: Callable[[], Step]) -> Iterator[Step]:
    yield step()


def _api(stage: Stage, ready: dict[str, Any], story: Story) -> Iterator[Step]:
    """The API knows the same people, runs queries for them, and never shows a handle."""
    for visitor in story.visitors:
        person = visitor.person
        me = LookerApi(stage.looker_url, person.client_id, person.client_secret, story.seen).call("GET", "/user")
        yield Step(person.name, "asks the Looker API who they are", f"user {me['id']}", str(me["id"]) == person.id)
    planner = story.planner.person
    api = LookerApi(stage.looker_url, planner.client_id, planner.client_secret, story.seen)
    rows = api.call("POST", "/queries/run/json", _COUNT)
    count = rows[0]["flights.count"]
    yield Step(planner.name, "counts the flights with a query", f"{count:,} flights", count == FLIGHTS)

    admin = LookerApi(stage.looker_url, ready["admin"]["client_id"], ready["admin"]["client_secret"], story.seen)
    attribute = admin.attribute_id(f"{PREFIX}lookgate_handle")
    values = admin.call("GET", f"/users/{planner.id}/attribute_values?user_attribute_ids={attribute}")
    value = next(one for one in values if str(one["user_attribute_id"]) == attribute)
    masked = value["value"] is None and value["value_is_hidden"] is True and value["source"] != "default"
    yield Step("admin", f"reads the handle of {planner.name}", f"value {value['value']}, hidden", masked)
    try:
        api.call("PATCH", f"/users/{planner.id}/attribute_values/{attribute}", {"value": "lgh_" + "B" * 43})
    except WireError as error:
        yield Step(planner.name, "sets their own handle", str(error).rpartition(" with ")[2], held="403" in str(error))
    else:
        yield Step(planner.name, "sets their own handle", "allowed", held=False)


def _tokens(stage: Stage, story: Story) -> Iterator[Step]:
    from lookgate.cli.demo.exchange import with_token  # noqa: PLC0415 - its import is paid by who signs tokens

    user_id = story.outsider.person.id
    yield from with_token(stage, story, lambda: revoke_handle(stage, user_id), lambda: issue_handles(stage, user_id))


def _claims(stage: Stage, story: Story) -> Iterator[Step]:
    from lookgate.cli.demo.signed import with_claim  # noqa: PLC0415 - its import is paid by who signs claims

    yield from with_claim(stage, story, lambda: rotate_keys(stage, "claims"))


def _admin(ready: dict[str, Any], story: Story) -> Visitor:
    return next(one for one in story.visitors if one.person.client_id == ready["admin"]["client_id"])


def _handles(stage: Stage, ready: dict[str, Any], story: Story) -> Iterator[Step]:
    admin = LookerApi(stage.looker_url, ready["admin"]["client_id"], ready["admin"]["client_secret"])
    user_id = story.visitors[-1].person.id
    path = f"/users/{user_id}/attribute_values/{admin.attribute_id(f'{PREFIX}lookgate_handle')}"

    def write(value: str | None) -> None:
        admin.call("DELETE", path) if value is None else admin.call("PATCH", path, {"value": value})

    yield from altered_handle(story, write, lambda: issue_handles(stage, user_id))


def _audit(stage: Stage, story: Story) -> Iterator[Step]:
    """Every call must have left one event with its outcome, naming exactly who was proven to call."""
    arguments = ["audit", "tail", "--settings", str(stage.settings), "--number", "10000", "--json"]
    printed = child.run(arguments, environment=stage.environment())
    found: dict[str, list[tuple[str, str, str]]] = {}
    for line in printed.splitlines():
        event = json.loads(line)
        entry = (event["outcome"], event["principal"]["subject"], event["rule"])
        found.setdefault(event["request_id"], []).append(entry)
    missing = [
        each
        for each in story.events
        if found.get(each.request_id) != [(each.outcome, each.subject, each.rule)] or not each.request_id
    ]
    saw = f"one event for each of {len(story.events)} calls"
    if missing:
        first = missing[0]
        saw = f"{len(missing)} of {len(story.events)} calls have another or no event; first: {first}"
        saw += f", found {found.get(first.request_id)}"
    yield Step("the gateway", "has written its audit log", saw, held=bool(story.events) and not missing)
    leaked = _SECRET.search(printed.encode()) is not None
    yield Step("the gateway", "holds no secret in it", "found one" if leaked else "none in it", not leaked)


def _no_secret(story: Story) -> Step:
    leaked = sum(1 for body in story.seen if _SECRET.search(body))
    saw = f"none in {len(story.seen) // 2} answers" if not leaked else f"in {leaked} answers"
    return Step("everybody", "looks for a handle or key", saw, held=bool(story.seen) and not leaked)
