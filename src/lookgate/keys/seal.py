"""Key rings at rest: AES-256-GCM (NIST SP 800-38D) when there is an encryption key."""

from __future__ import annotations

import base64
import re

from lookgate.core.ports import RandomBytes
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError

_NONCE_BYTES = 12
_FORM = re.compile(r"[0-9a-fA-F]{64}")


def encryption_key(secret: Secret) -> bytes:
    """Return the 32 bytes that the 64 hex digits stand for.

    Raises:
        ValueError: it is something else; the sentence never has the value.
    """
    if not _FORM.fullmatch(secret.reveal()):
        raise ValueError("an encryption key is 64 hex digits")
    return bytes.fromhex(secret.reveal())


def seal(plain: bytes, key: bytes, about: str, random: RandomBytes) -> str:
    """Encrypt; the result can be opened only with the same key and for the same purpose (``about``)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - only sealed rings need it

    nonce = random(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, about.encode())).decode()


def unseal(sealed: str, key: bytes, about: str) -> bytes:
    """Decrypt.

    Raises:
        LookgateError: another key sealed it, for another purpose, or it was changed.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - only sealed rings need it
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - likewise

    try:
        content = base64.b64decode(sealed, validate=True)
        return AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise LookgateError(
            "ring_sealed",
            f"The {about} cannot be decrypted: another key sealed it, or the file was changed.",
            "Set keys.encryption_key to the key it was sealed with, or restore the file from a backup.",
        ) from error
