"""Who is told, and when: before a stored token dies, not after."""

from __future__ import annotations

from typing import Any

from lookgate.deploy.resources import Alert, Schedule

_PAGE = "See `lookgate sync status`, and 'Tokens in Looker that never go stale' in the documentation."


def silence(margin: float | None, every: int) -> int:
    """Return after how many seconds without a successful run somebody is told: half the margin that tokens keep.

    At least three runs, so that one that was missed wakes nobody; whole minutes, as Monitoring wants it.
    """
    kept = margin / 2 if margin is not None else 12 * 3600
    return int(min(max(kept, 3 * every, 300), 23 * 3600)) // 60 * 60


def alerts(service: str, schedule: Schedule, seconds: int, channel: str) -> tuple[Alert, ...]:
    """Return the alert policies of the service that renews tokens.

    Args:
        service: its name.
        schedule: the job that triggers it.
        seconds: the longest silence.
        channel: where to tell it; empty for the console alone.
    """
    runs = (
        f'resource.type = "cloud_run_revision" AND resource.labels.service_name = "{service}" '
        'AND metric.type = "run.googleapis.com/request_count"'
    )
    aggregation = {
        "alignmentPeriod": "60s",
        "perSeriesAligner": "ALIGN_DELTA",
        "crossSeriesReducer": "REDUCE_SUM",
    }
    stale = {
        "displayName": f"No run has succeeded for {seconds // 60} min",
        "conditionAbsent": {
            "filter": f'{runs} AND metric.labels.response_code_class = "2xx"',
            "duration": f"{seconds}s",
            "aggregations": [aggregation],
        },
    }
    failing = {
        "displayName": f"Runs have failed for {seconds // 60} min",
        "conditionThreshold": {
            "filter": f'{runs} AND metric.labels.response_code_class != "2xx"',
            "comparison": "COMPARISON_GT",
            "thresholdValue": 0,
            "duration": f"{seconds}s",
            "aggregations": [aggregation | {"alignmentPeriod": f"{max(60, seconds // 3 // 60 * 60)}s"}],
            "trigger": {"count": 1},
        },
    }
    refused = {
        "displayName": "A run failed, or the scheduler's call",
        "conditionMatchedLog": {
            # The scheduler's own line; and the run's, which says what failed (``web.run_log``).
            "filter": f'(resource.type="cloud_scheduler_job" AND resource.labels.job_id="{schedule.name}" '
            f'AND severity>=ERROR) OR (resource.type="cloud_run_revision" AND resource.labels.service_name="{service}" '
            'AND jsonPayload.event="sync" AND jsonPayload.level="error")'
        },
    }
    told = {"notificationChannels": [channel]} if channel else {}

    def policy(name: str, conditions: list[dict[str, Any]], text: str, **more: Any) -> dict[str, Any]:
        return {
            "displayName": name,
            "documentation": {"content": f"{text} {_PAGE}", "mimeType": "text/markdown"},
            "combiner": "OR",
            "conditions": conditions,
            "enabled": True,
            "userLabels": {"made-by": "lookgate"},
            **told,
            **more,
        }

    going_stale, failed = f"{service}: tokens are going stale", f"{service}: a run failed"
    return (
        Alert(
            "stale",
            going_stale,
            policy(going_stale, [stale, failing], "Tokens in Looker user attributes are not being renewed."),
        ),
        Alert(
            "failed",
            failed,
            policy(
                failed,
                [refused],
                "Cloud Scheduler's call of the trigger was not answered with 2xx; it is tried again by itself.",
                alertStrategy={"notificationRateLimit": {"period": "3600s"}, "autoClose": "1800s"},
            ),
        ),
    )
