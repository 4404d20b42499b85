"""What actions may tell of stored tokens, read from the plan of a run."""

from __future__ import annotations

from collections.abc import Sequence

from lookgate.core.stored import StoredToken, StoredTokens
from lookgate.sync.describe import describe
from lookgate.sync.plan import Plan, Step
from lookgate.sync.updater import Unfit


def stored_tokens(plan: Plan, problems: Sequence[Unfit], calls_this_month: int) -> StoredTokens:
    """Return what is known of each target.

    Args:
        plan: what a run would do now.
        problems: the rules that lead nowhere.
        calls_this_month: API calls that renewals have cost.
    """
    steps = sorted((*plan.due, *plan.waiting, *plan.stopped), key=lambda step: (step.target.rule, step.target.label))
    told = tuple(f"{each.rule}: {each.detail}" for each in problems)
    return StoredTokens(tuple(_stored(step, plan) for step in steps), told, plan.every, calls_this_month)


def _stored(step: Step, plan: Plan) -> StoredToken:
    target, state = step.target, step.state
    return StoredToken(
        rule=target.rule,
        attribute=target.attribute,
        label=target.label,
        source=target.source,
        audience=target.audience,
        margin=target.margin,
        life=state.life,
        renewed_at=state.renewed_at,
        expires_at=state.expires_at,
        renewals=state.generation,
        failures=state.failures,
        code=state.code,
        detail=state.detail,
        state=step.why,
        says=describe(step, plan),
        next_at=step.at,
    )
