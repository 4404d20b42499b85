"""What Looker's refusals mean, and the one thing to do about each."""

from __future__ import annotations

from lookgate.errors import Unavailable

FORBIDDEN, NOT_FOUND, TOO_MANY = 403, 404, 429


class LookerRefused(Unavailable):
    """Looker answered, and not as hoped. ``answer`` is its HTTP status; the gateway's own is 503."""

    def __init__(self, answer: int, code: str, detail: str, hint: str, *, retry_after: float | None = None) -> None:
        super().__init__(code, detail, hint, retry_after=retry_after)
        self.answer = answer


def refusal(method: str, path: str, status: int, retry_after: float | None = None) -> LookerRefused:
    """Return the error for an operation that Looker answered with ``status``.

    Args:
        method: of the operation.
        path: of the operation.
        status: what Looker answered.
        retry_after: seconds that Looker asks to be left alone; None when it does not say.
    """
    operation = f"{method} {path}"
    if status == FORBIDDEN:
        return LookerRefused(
            status,
            "looker_forbidden",
            f"Looker refuses {operation} to the API user.",
            "Give the API user the Admin role.",
        )
    if status == NOT_FOUND:
        return LookerRefused(
            status,
            "looker_not_found",
            f"Looker finds nothing for {operation}.",
            "Check the id, and that the API user has the Admin role.",
        )
    if status == TOO_MANY:
        return LookerRefused(
            status,
            "looker_busy",
            "Looker refuses more calls for now (429).",
            "Try again later; see the API quota.",
            retry_after=retry_after,
        )
    return LookerRefused(
        status, "looker_refused", f"Looker answers {operation} with {status}.", "Try again.", retry_after=retry_after
    )


def login_refusal(status: int) -> LookerRefused:
    """Return the error for API credentials that Looker does not take; it answers them with 404."""
    return LookerRefused(
        status,
        "looker_login_refused",
        "Looker refuses the gateway's API credentials.",
        "Check instance.client_id and instance.client_secret against the API keys of Looker's admin pages.",
    )


def not_looker(base_url: str) -> Unavailable:
    """Return the error for an answer that no Looker gives."""
    return Unavailable(
        "looker_unreadable",
        f"What answers at {base_url} does not speak the Looker API 4.0.",
        "Check instance.base_url.",
    )
