"""Tokens that no verifier may accept, in 17 families, made with real keys for one issuer and audience."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KID = "key-1"
WEAK_KID = "weak"


@cache
def key(name: str = "good", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a real private key, the same each time for the same name."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_jwk(private: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    numbers = private.public_key().public_numbers()
    n, e = (number.to_bytes((number.bit_length() + 7) // 8) for number in (numbers.n, numbers.e))
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": b64(n), "e": b64(e)}


def key_set() -> str:
    """Return the key set a verifier under attack is given: the good key, and one too weak to be used."""
    return json.dumps({"keys": [public_jwk(key(), KID), public_jwk(key("weak", 1024), WEAK_KID)]})


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def part(value: object) -> str:
    """Encode one part; text goes in as it is, to say what a JSON encoder would not."""
    return b64(value.encode() if isinstance(value, str) else json.dumps(value).encode())


def sign(header: object, claims: object, private: rsa.RSAPrivateKey | None = None) -> str:
    """Sign with RS256, whatever the header says."""
    text = f"{part(header)}.{part(claims)}"
    signature = (private or key()).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{b64(signature)}"


def sign_hs256(header: object, claims: object, secret: bytes) -> str:
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"


@dataclass(frozen=True)
class Honest:
    """What a good token for one verifier says."""

    claims: Mapping[str, Any]
    now: int
    """The verifier's clock, in seconds since the epoch."""

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "RS256", "typ": "JWT", "kid": KID}

    def token(self, header: Mapping[str, Any] | None = None, claims: Mapping[str, Any] | None = None) -> str:
        """Return a token signed with the good key, with these changes."""
        return sign(self.header | dict(header or {}), dict(self.claims) | dict(claims or {}))


def _none(honest: Honest) -> Iterator[str]:
    for name in ("none", "None", "NONE", "nOnE", ""):
        unsigned = f"{part(honest.header | {'alg': name})}.{part(honest.claims)}"
        yield f"{unsigned}."
        yield f"{unsigned}.{honest.token().rpartition('.')[2]}"
        yield unsigned


def _null_signature(honest: Honest) -> Iterator[str]:
    text = honest.token().rpartition(".")[0]
    yield f"{text}."
    for signature in (b"\0", b"\0" * 256, b"null"):
        yield f"{text}.{b64(signature)}"


def _blank_secret(honest: Honest) -> Iterator[str]:
    for secret in (b"", b" ", b"\0", b"null", b"secret"):
        yield sign_hs256(honest.header | {"alg": "HS256"}, honest.claims, secret)


def _confusion(honest: Honest) -> Iterator[str]:
    public = key().public_key()
    pem, pkcs1 = (
        public.public_bytes(serialization.Encoding.PEM, form)
        for form in (serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1)
    )
    jwk = json.dumps(public_jwk(key(), KID)).encode()
    for secret in (pem, pem.rstrip(), pkcs1, jwk, key_set().encode()):
        for name in ("HS256", "RS256"):
            yield sign_hs256(honest.header | {"alg": name}, honest.claims, secret)


def _jwk(honest: Honest) -> Iterator[str]:
    own = public_jwk(key("attacker"), KID)
    for header in ({"jwk": own}, {"jwk": own, "kid": None}, {"jwk": own, "kid": "attacker"}, {"x5c": ["AAAA"]}):
        yield sign(honest.header | header, honest.claims, key("attacker"))
    yield honest.token({"jwk": public_jwk(key(), KID)})


def _jku(honest: Honest) -> Iterator[str]:
    for url in ("https://attacker.example/jwks.json", "http://169.254.169.254/", "file:///etc/passwd"):
        yield sign(honest.header | {"jku": url}, honest.claims, key("attacker"))
        yield honest.token({"jku": url})


def _x5u(honest: Honest) -> Iterator[str]:
    for url in ("https://attacker.example/cert.pem", "http://127.0.0.1/"):
        yield sign(honest.header | {"x5u": url}, honest.claims, key("attacker"))
        yield honest.token({"x5u": url})


def _kid_tricks(honest: Honest) -> Iterator[str]:
    tricks = (
        "../../../../dev/null",
        "x' UNION SELECT 'AA'--",
        f"{KID}; id",
        f"| {KID}",
        f"{KID}\0",
        "/dev/null",
        "%00",
    )
    for kid in (*tricks, KID.upper(), f" {KID}", [KID], {"kid": KID}, 1, True):
        yield honest.token({"kid": kid})
        yield sign_hs256(honest.header | {"alg": "HS256", "kid": kid}, honest.claims, b"")


def _crit(honest: Honest) -> Iterator[str]:
    for crit in (["exp"], ["unknown"], [], ["b64"], "exp", None):
        yield honest.token({"crit": crit, "unknown": 1})
    yield honest.token({"b64": False, "crit": ["b64"]})


def _duplicates(honest: Honest) -> Iterator[str]:
    claims, header = json.dumps(dict(honest.claims)), json.dumps(honest.header)
    yield sign(header, claims[:-1] + ', "sub": "admin"}')
    yield sign(header, '{"exp": 1, ' + claims[1:])
    yield sign(header, '{"a": {"b": 1, "b": 2}, ' + claims[1:])
    yield sign(header[:-1] + ', "alg": "RS256"}', claims)
    yield sign('{"alg": "none", ' + header[1:], claims)


def _oversized(honest: Honest) -> Iterator[str]:
    yield honest.token({"pad": "x" * 8192})
    yield honest.token({"pad": "x" * 1_000_000})
    yield honest.token(claims={"pad": "x" * 8192})


def _wrong_type(honest: Honest) -> Iterator[str]:
    for name in ("at+jwt", "dpop+jwt", "logout+jwt", "JOSE", "jwt ", "", None, 1, ["JWT"]):
        yield honest.token({"typ": name})


def _audiences(honest: Honest) -> Iterator[str]:
    audience = honest.claims["aud"]
    for value in (
        [audience],
        [audience, "other"],
        ["other", audience],
        f"{audience},other",
        f"{audience} ",
        "",
        [],
        None,
    ):
        yield honest.token(claims={"aud": value})
    yield honest.token(claims={"aud": audience.upper() + "/"})


def _not_before(honest: Honest) -> Iterator[str]:
    for later in (31, 3600, 10**9):
        yield honest.token(claims={"nbf": honest.now + later})
    yield honest.token(claims={"nbf": str(honest.now)})


def _issued_later(honest: Honest) -> Iterator[str]:
    for later in (31, 3600, 10**9):
        yield honest.token(claims={"iat": honest.now + later})
    yield honest.token(claims={"iat": None})


def _unknown_kid(honest: Honest) -> Iterator[str]:
    yield honest.token({"kid": "nobody"})
    yield honest.token({"kid": ""})
    yield honest.token({"kid": None})
    header = honest.header
    del header["kid"]
    yield sign(header, honest.claims)


def _weak_key(honest: Honest) -> Iterator[str]:
    yield sign(honest.header | {"kid": WEAK_KID}, honest.claims, key("weak", 1024))
    yield sign(honest.header, honest.claims, key("weak", 1024))


FAMILIES: Mapping[str, Callable[[Honest], Iterator[str]]] = {
    "alg none": _none,
    "null signature": _null_signature,
    "blank secret": _blank_secret,
    "RS to HS confusion": _confusion,
    "embedded jwk": _jwk,
    "jku": _jku,
    "x5u": _x5u,
    "kid traversal, SQL, command": _kid_tricks,
    "unknown crit": _crit,
    "duplicate JSON keys": _duplicates,
    "oversized": _oversized,
    "wrong typ": _wrong_type,
    "several audiences": _audiences,
    "nbf in the future": _not_before,
    "iat in the future": _issued_later,
    "unknown kid": _unknown_kid,
    "RSA key under 2048 bits": _weak_key,
}
