"""Every error Lookgate raises on purpose.

LookgateError             something was refused; carries ``code``, ``status``, ``detail`` and ``hint``
├── SettingsError         lookgate.toml or the environment is wrong (start-up; lists every mistake at once)
├── RegistryError         two members of a registry share a name, or a member is malformed (start-up)
├── BadRequest       400  the request cannot be read: two credentials, malformed JSON, a secret in the body
│   ├── InvalidInput 422  the input does not fit its type; ``pointer`` names the field
│   ├── TooLarge     413  the body is longer than ``web.max_body_bytes``
│   └── Unsupported  415  the body is not JSON
├── Unauthenticated  401  the credential is missing, unknown, malformed, expired or not for us
├── Denied           403  the caller is known, and a policy says no; ``code`` is the rule that refused
├── NotFound         404  no such action or page
├── Conflict         409  the action's own precondition does not hold
├── Refused          502  what Lookgate calls says no for good; somebody must mend something before another try
├── Unavailable      503  something Lookgate needs (Looker, a key set, the store) does not answer; try again
└── Reflected        500  an answer carried the caller's secret and was withheld

``code`` is stable and snake_case: programs may match on it. ``detail`` says what was refused, ``hint`` the one thing to
do. Neither ever contains a secret. HTTP responses are RFC 9457 problems made from these in ``web/problem.py`` alone.
"""

from __future__ import annotations

from typing import ClassVar


class LookgateError(Exception):
    """Something was refused. See the module docstring for the tree."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, detail: str, hint: str = "") -> None:
        super().__init__(f"{detail} {hint}".strip())
        self.code = code
        self.detail = detail
        self.hint = hint


class SettingsError(LookgateError):
    """The settings are wrong. ``mistakes`` holds every one, so that one edit can mend them all."""

    def __init__(self, mistakes: list[str]) -> None:
        count = f"{len(mistakes)} mistake{'' if len(mistakes) == 1 else 's'}"
        super().__init__("settings_invalid", f"The settings have {count}:\n  " + "\n  ".join(mistakes))
        self.mistakes = mistakes


class RegistryError(LookgateError):
    """Two members share a name, or a member cannot be used."""


class BadRequest(LookgateError):
    """The request cannot be read."""

    status = 400


class InvalidInput(BadRequest):
    """The input does not fit the action's type. ``pointer`` is a JSON pointer (RFC 6901) to the field."""

    status = 422

    def __init__(self, code: str, detail: str, hint: str = "", *, pointer: str = "") -> None:
        super().__init__(code, detail, hint)
        self.pointer = pointer


class TooLarge(BadRequest):
    """The body is longer than the settings allow."""

    status = 413


class Unsupported(BadRequest):
    """The body is not of a media type the gateway reads."""

    status = 415


class Unauthenticated(LookgateError):
    """Who is calling could not be proven."""

    status = 401


class Denied(LookgateError):
    """The caller is known and not allowed; ``code`` is the rule that refused.

    ``evidence`` is for admins only, in the audit log: what the rule looked at, what stood there, where the rule is.
    """

    status = 403

    def __init__(self, code: str, detail: str, hint: str = "", *, evidence: str = "") -> None:
        super().__init__(code, detail, hint)
        self.evidence = evidence


class NotFound(LookgateError):
    """No such action or page."""

    status = 404


class Conflict(LookgateError):
    """An action's own precondition does not hold."""

    status = 409


class Refused(LookgateError):
    """What Lookgate calls says no for good: trying again changes nothing until somebody mends it."""

    status = 502


class Unavailable(LookgateError):
    """Something Lookgate depends on does not answer; the same request may succeed later.

    ``retry_after`` is in how many seconds, if it said so.
    """

    status = 503

    def __init__(self, code: str, detail: str, hint: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(code, detail, hint)
        self.retry_after = retry_after


class Reflected(LookgateError):
    """An answer carried a secret that came in with the request; it was withheld."""

    status = 500
