"""Rules over ``[sync]`` that only the environment can break."""

from __future__ import annotations

from collections.abc import Mapping

from lookgate.settings.mistakes import Mistakes
from lookgate.settings.sync import Sync

ALLOWED = "LOOKER_WHITELISTED_BASE_URLS"
"""The known updater's list of instances that it may call, with commas between them."""


def check_surroundings(sync: Sync, base_url: str, environ: Mapping[str, str], mistakes: Mistakes) -> None:
    """What was allowed to the known updater is all that its routes may call; a platform is trusted only where it is."""
    allowed = {one.strip().rstrip("/") for one in environ.get(ALLOWED, "").split(",")} - {""}
    if sync.known_updater_routes and allowed and base_url not in allowed:
        fix = f"Add the instance to {ALLOWED}, or unset the variable."
        mistakes.add(("instance", "base_url"), f"{ALLOWED} does not allow it", fix)
    if not sync.behind_iam:
        return
    if not environ.get("K_SERVICE"):
        fix = "Remove it here: tokens without a signature prove nothing where Cloud Run does not stand in front."
        mistakes.add(("sync", "behind_iam"), "this is not Cloud Run (K_SERVICE is not set)", fix)
    if sync.known_updater_routes:
        fix = "Serve them from another service than the one that the scheduler alone may call."
        mistakes.add(("sync", "known_updater_routes"), "these routes need tokens with their signatures", fix)
