"""What a tick does when all goes well: calls, order, records, what is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from lookgate.core.renewal import Target
from lookgate.core.secret import Secret, sha256_hex
from lookgate.sync.report import Result
from lookgate.sync.world import lease_for
from lower_rooms import START, run
from sync_town import LIFE, LOOKER, MARGIN, Fixed, Town, target


class Trial:
    """A canary that says what it is told to."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.tried: list[str] = []

    async def check(self, target: Target, value: Secret) -> str:  # noqa: ARG002 - the port's signature
        self.tried.append(value.reveal())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_first_tick_stores_a_token_in_every_place_with_one_call_each_and_one_mint_for_all() -> None:
    town, wanted = Town(), [target(number) for number in range(5)]
    report = town.tick(*wanted)
    assert report.ok
    assert [result.outcome for result in report.results] == ["renewed"] * 5
    assert report.calls == len(town.looker.writes) == 5
    assert town.tokens.made == 1
    assert set(town.looker.values) == {each.key for each in wanted}
    assert town.store.renewals.spend(LOOKER, "2026-07", 0) == 5


def test_each_pair_of_source_and_audience_has_a_token_of_its_own() -> None:
    town = Town()
    wanted = [target(1), target(2, audience="https://b.example.com"), target(3), target(4, source="other")]
    town.sources["other"] = Fixed("another", START + timedelta(seconds=LIFE))
    town.tick(*wanted)
    values = [town.looker.values[each.key] for each in wanted]
    assert town.tokens.made == 2
    assert values[0] == values[2]
    assert len(set(values)) == 3


def test_a_tick_with_nothing_due_calls_nobody() -> None:
    town = Town()
    town.tick(target())
    made, writes = town.tokens.made, len(town.looker.writes)
    report = town.tick(target())
    assert report.ok
    assert (report.results, report.calls) == ((), 0)
    assert (town.tokens.made, len(town.looker.writes)) == (made, writes)


def test_in_a_steady_day_no_stored_token_has_less_than_its_margin_and_a_renewal_costs_one_call() -> None:
    town, wanted = Town(), [target(1), target(2)]
    renewed = 0
    for _ in range(288):
        for each in wanted if renewed else ():
            assert town.remaining(each) >= MARGIN
        report = town.tick(*wanted)
        assert report.ok
        renewed += report.count("renewed")
        town.clock.move(300)
    assert renewed == len(town.looker.writes) == 2 * 58  # once in 25 minutes
    assert town.store.renewals.spend(LOOKER, "2026-07", 0) == renewed


def test_what_is_known_is_recorded_with_the_intent_and_the_outcome_and_never_the_token() -> None:
    town = Town()
    town.tick(target())
    state, token = town.state(target()), town.looker.values[target().key]
    assert state.digest == sha256_hex(Secret(token))
    assert (state.generation, state.renewed_at, state.life) == (1, START, LIFE)
    assert state.expires_at == START + timedelta(seconds=LIFE)
    intent, done = (each.event for each in town.log())
    assert intent.request_id == done.request_id == f"{target().key}#1"
    assert (intent.outcome, done.outcome) == ("pending", "allowed")
    assert (done.action, done.principal.issuer, done.principal.subject) == ("sync.renew", "lookgate", "sync")
    assert done.detail == (f"orders_token for group 1: digest {state.digest[:8]}, until 2026-07-01T13:00:00+00:00")
    assert token not in repr((state, town.log()))


def test_no_more_writes_are_in_flight_than_the_settings_allow_and_each_is_told_as_it_ends() -> None:
    town, told = Town(concurrency=3), list[tuple[int, int, str]]()

    def progress(done: int, total: int, result: Result) -> None:
        told.append((done, total, result.target.key))

    report = town.tick(*(target(number) for number in range(1000)), progress=progress)
    assert town.looker.most == 3
    assert [done for done, _, _ in told] == list(range(1, 1001))
    assert {total for _, total, _ in told} == {1000}
    assert [key for _, _, key in told] == [result.target.key for result in report.results]
    assert town.tokens.made == 1


def test_the_most_urgent_is_written_first() -> None:
    town, wanted = Town(concurrency=1), [target(number) for number in range(3)]
    for late, each in enumerate(reversed(wanted)):
        town.tick(each, complete=False)
        town.clock.move(late + 1)
    town.looker.writes.clear()
    town.clock.move(3000)
    town.tick(target(7), *wanted)
    assert town.looker.writes == [target(7).key, *(each.key for each in reversed(wanted))]


def test_two_processes_that_tick_at_once_renew_each_target_once() -> None:
    town, wanted = Town(), [target(number) for number in range(50)]
    one, other = town.runner, town.runner

    async def both() -> list[Result]:
        reports = await asyncio.gather(one.tick(wanted), other.tick(wanted))
        return [result for report in reports for result in report.results]

    results = run(both())
    assert sorted(town.looker.writes) == sorted(each.key for each in wanted)
    assert sum(result.outcome == "renewed" for result in results) == 50
    assert {result.outcome for result in results} <= {"renewed", "elsewhere"}
    assert all(result.ok for result in results)


def test_states_of_targets_that_are_gone_are_forgotten_but_not_when_the_list_may_be_short() -> None:
    town = Town()
    town.tick(target(1), target(2))
    town.tick(target(1), complete=False)
    assert len(town.store.renewals.all()) == 2
    town.tick(target(1))
    assert [state.key for state in town.store.renewals.all()] == [target(1).key]


def test_a_plan_does_nothing() -> None:
    town = Town()
    made = run(town.runner.plan([target()]))
    assert [step.why for step in made.due] == ["new"]
    assert (town.tokens.made, town.looker.writes, list(town.store.renewals.all()), town.log()) == (0, [], [], [])


# --- sources that have nothing newer --------------------------------------------------------------------------------


def test_a_cached_token_that_ends_no_later_than_the_stored_one_is_not_written_again() -> None:
    town = Town()
    cached = Fixed("cached", START + timedelta(seconds=LIFE), START)
    town.sources["google"] = cached
    town.tick(target())
    town.clock.move(2000)
    report = town.tick(target())
    assert [result.outcome for result in report.results] == ["unchanged"]
    assert (report.ok, report.calls) == (True, 0)
    cached.minted = replace(
        cached.minted, value=Secret("a little newer"), expires_at=START + timedelta(seconds=LIFE + 30)
    )
    assert town.tick(target()).calls == 0
    cached.minted = replace(cached.minted, value=Secret("fresh"), expires_at=START + timedelta(seconds=LIFE + 31))
    assert town.tick(target()).calls == 1
    assert town.looker.values[target().key] == "fresh"


def test_a_static_secret_is_written_once_and_again_when_it_changes() -> None:
    town, key = Town(), target().key
    town.sources["google"] = Fixed("first secret")
    assert town.tick(target()).count("renewed") == 1
    for _ in range(3):
        town.clock.move(86_400)
        report = town.tick(target())
        assert (report.ok, report.calls, report.results) == (True, 0, ())
    town.sources["google"] = Fixed("second secret")
    assert [step.why for step in run(town.runner.plan([target()])).due] == ["rotated"]
    assert town.tick(target()).count("renewed") == 1
    assert town.looker.values[key] == "second secret"
    assert town.state(target()).expires_at is None


def test_a_token_that_is_too_short_for_its_margin_is_written_told_and_kept_as_fresh_as_it_can_be() -> None:
    town = Town()
    town.tokens.life = 1800.0
    report = town.tick(target())
    (result,) = report.results
    assert not report.ok
    assert (result.outcome, result.code, result.hint) == (
        "renewed", "margin_too_long", "Lower the rule's margin, or sync.every.",
    )  # fmt: skip
    assert town.looker.values
    assert town.state(target()).code == "margin_too_long"
    for _ in range(24):
        town.clock.move(300)
        assert town.remaining(target()) > 0
        town.tick(target())
    assert len(town.looker.writes) == 1 + 24 // 2  # not at every tick
    town.tokens.life = LIFE
    for _ in range(2):
        town.clock.move(300)
        town.tick(target())
    assert town.state(target()).code == ""


def test_what_stands_there_is_written_again_when_its_rule_changes() -> None:
    town = Town()
    town.tick(target())
    assert town.tick(target(fingerprint="another")).calls == 1
    assert town.tick(target(fingerprint="another")).calls == 0


# --- the canary -----------------------------------------------------------------------------------------------------


def test_a_stored_token_is_tried_and_what_came_of_it_is_kept() -> None:
    trial = Trial("ok")
    town = Town(canary=trial)
    report = town.tick(target())
    assert report.ok
    assert report.results[0].canary == town.state(target()).canary == "ok"
    assert trial.tried == [town.looker.values[target().key]]


@pytest.mark.parametrize(("answer", "code"), [("refused_401", "refused_401"), (ValueError("token-1"), "canary_failed")])
def test_a_stored_token_that_does_not_work_is_told_once_and_is_no_success(answer: str | Exception, code: str) -> None:
    town = Town(canary=Trial(answer, answer))
    report = town.tick(target())
    assert not report.ok
    assert (report.results[0].outcome, report.results[0].canary) == ("renewed", code)
    assert town.state(target()).canary == code
    assert town.events()[-1] == ("sync.canary", "failed", code)
    town.clock.move(2000)
    assert not town.tick(target()).ok
    assert [event for event in town.events() if event[0] == "sync.canary"] == [("sync.canary", "failed", code)]


def test_a_rule_without_a_canary_leaves_no_result() -> None:
    town = Town(canary=Trial(""))
    assert town.tick(target()).ok
    assert (town.state(target()).canary, town.state(target()).canary_at) == ("", None)


# --- the budget -----------------------------------------------------------------------------------------------------


def test_when_the_month_s_calls_are_used_up_what_can_wait_waits_and_no_token_dies() -> None:
    town, wanted = Town(budget=4, concurrency=2), [target(1), target(2)]
    lowest = LIFE
    for _ in range(60):
        report = town.tick(*wanted)
        assert report.ok
        town.clock.move(300)
        lowest = min(lowest, *(town.remaining(each) for each in wanted))
    assert lowest == MARGIN / 2
    assert report.over_budget == (LOOKER,)
    assert len(town.looker.writes) < 2 * 60 * 300 / 1500


def test_a_budget_that_ends_within_a_tick_saves_the_rest_of_it_and_says_so() -> None:
    town, wanted = Town(budget=25, concurrency=1), [target(number) for number in range(20)]
    town.tick(*wanted)
    town.clock.move(1500)
    report = town.tick(*wanted)
    assert (report.count("renewed"), report.count("saved"), report.over_budget) == (5, 15, (LOOKER,))
    saved = report.results[-1]
    assert (saved.code, saved.hint) == ("budget_exhausted", "Raise sync.calls_per_month, or lower a margin.")
    town.clock.move(300)
    assert [step.why for step in town.tick(*wanted).plan.waiting[:15]] == ["budget"] * 15


def test_a_new_month_has_calls_of_its_own() -> None:
    town = Town(budget=1)
    town.tick(target())
    town.clock.move(40 * 86_400)
    town.tick(target())
    town.clock.move(1500)
    assert town.store.renewals.spend(LOOKER, "2026-08", 0) == 1
    assert town.tick(target()).over_budget == (LOOKER,)


# --- the report -----------------------------------------------------------------------------------------------------


def test_a_report_as_json_names_each_target_and_no_secret() -> None:
    town = Town()
    rival = replace(target(2), rule="rival", fingerprint="x")
    told = town.tick(target(1), target(2), rival).as_json()
    assert told == {
        "success": False,
        "started_at": "2026-07-01T12:00:00+00:00",
        "seconds": 0.0,
        "calls": 1,
        "results": [
            {
                "rule": "rule1",
                "attribute": "orders_token",
                "for": "group 1",
                "outcome": "renewed",
                "expires_at": "2026-07-01T13:00:00+00:00",
            }
        ],
        "waiting": [],
        "conflicts": [{"attribute": "orders_token", "for": "group 2", "rules": ["rule2", "rival"]}],
        "over_budget": [],
    }


@pytest.mark.parametrize(
    ("margin", "timeout", "lease"), [(1800, 20, 90), (100, 5, 50), (100, 20, 65), (10, 5, 20), (float("inf"), 20, 90)]
)
def test_a_lease_is_half_the_shortest_margin_and_never_shorter_than_a_write(
    margin: float, timeout: float, lease: float
) -> None:
    assert lease_for(margin, timeout) == lease
