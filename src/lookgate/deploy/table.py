"""The plan as a table to read."""

from __future__ import annotations

from lookgate.deploy.resources import Plan


def table(plan: Plan) -> str:
    """Return what would be there, and for what: one line each."""
    rows = [("API", name, why) for name, why in plan.apis.items()]
    rows += [("account", one.email, one.why) for one in plan.accounts]
    rows += [("secret", one.id, f"{one.why}, as {one.variable or one.path}") for one in plan.secrets]
    rows += [
        (
            "service",
            one.name,
            f"{one.why}; {one.minimum} to {one.maximum} instances, {one.concurrency} requests each, {one.memory} MiB",
        )
        for one in plan.services
    ]
    rows += [("grant", f"{one.role} on {one.target}", f"{one.member}: {one.why}") for one in plan.grants]
    if plan.schedule is not None:
        told = f"{plan.schedule.cron}, {plan.schedule.retries} retries, as {plan.schedule.account}"
        rows.append(("job", plan.schedule.name, told))
    rows += [
        ("alert", one.name, "; ".join(each["displayName"] for each in one.policy["conditions"])) for one in plan.alerts
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{kind:<{widths[0]}}  {name:<{widths[1]}}  {why}\n" for kind, name, why in rows]
    return "".join([*lines, *(f"note: {note}\n" for note in plan.notes)])
