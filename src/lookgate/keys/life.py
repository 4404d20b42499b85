"""How long the gateway's own tokens live: apart, because settings need no more than this."""

from __future__ import annotations

LONGEST_LIFE = 600
"""Seconds that a token lives at most."""
LEEWAY = 30
"""Seconds by which the clocks of several gateways may differ."""
