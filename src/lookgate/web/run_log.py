"""One line of JSON for each run of renewals: at level error when somebody must know. No secret can get in."""

from __future__ import annotations

from lookgate.sync.runs import Ended, Progressed
from lookgate.web.log import Log


class RunLog:
    """Writes to the gateway's log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def write(self, what: Progressed | Ended) -> None:
        """Write the line of a run that is over, or of one that takes long."""
        if isinstance(what, Progressed):
            self._log.note(
                {
                    "by": what.by,
                    "done": what.done,
                    "of": what.of,
                    "event": "sync_progress",
                    "level": "info",
                    "timestamp": what.at.isoformat(),
                }
            )
            return
        found = what.failures
        self._log.note(
            {
                "by": what.by,
                "renewed": sum(result.outcome == "renewed" for result in what.results),
                "failed": len(found),
                "codes": ",".join(sorted({each.code for each in found})),
                "detail": what.detail,
                "duration_ms": round(what.seconds * 1000, 2),
                "event": "sync",
                "level": "info" if what.ok else "error",
                "timestamp": what.at.isoformat(),
            }
        )
