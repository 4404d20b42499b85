"""A value that must not be seen."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """A string that masks itself in text, repr, logs, tracebacks and JSON.

    ``reveal()`` is the only way to the value, so every use of it can be found by searching for that word.
    Equality takes constant time. It is deliberately not hashable and cannot be pickled.
    """

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def fingerprint(self) -> str:
        """Return the first 8 hex digits of the SHA-256: enough to tell two secrets apart in a log, no more."""
        return sha256_hex(self)[:8]

    def __str__(self) -> str:
        return f"Secret({self.fingerprint()})"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest  # noqa: PLC0415 - OpenSSL, which the first answer may not need

        return compare_digest(self._value.encode(), other._value.encode())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        message = "a Secret cannot be pickled"
        raise TypeError(message)


def sha256_hex(secret: Secret) -> str:
    """Return the SHA-256 of the secret in hex: what is stored in its place.

    A plain digest is enough because Lookgate's own secrets carry at least 128 random bits; it is not for passwords.
    """
    from hashlib import sha256  # noqa: PLC0415 - OpenSSL, which the first answer may not need

    return sha256(secret.reveal().encode()).hexdigest()
