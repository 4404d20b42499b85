"""Moments at which a token is presented: how far each of its times lies from the verifier's clock, in seconds."""

from __future__ import annotations

OFFSETS = (-60, -31, -30, -29, -1, 0, 1, 29, 30, 31, 60)
MOMENTS = [
    *(("exp", offset, offset > -30) for offset in OFFSETS),  # RFC 7519, 4.1.4: on or after the time it is over
    *(("nbf", offset, offset <= 30) for offset in OFFSETS),  # RFC 7519, 4.1.5: only before the time it has not begun
    *(("iat", offset, offset <= 30) for offset in OFFSETS),
]
"""The claim, how far after now it lies, and whether the token is accepted: clocks may differ by thirty seconds."""
EXACT = [(offset, offset > 0) for offset in OFFSETS]
"""For what the gateway itself dates: how far after now it ends, and whether it is accepted."""
