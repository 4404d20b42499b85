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
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

KID = "key-1"
WEAK_KID = "weak"


@cache
def key(name: str = "good", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a real private key, the same each time for the same name."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def key_for(algorithm: str, name: str = "good") -> Private:
    """Return a real private key for the algorithm, the same each time for the same name."""
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return key() if name == "good" else key(name)  # to the cache, key("good") would be another call


def public_jwk(private: Private, kid: str) -> dict[str, str]:
    names = {"use": "sig", "kid": kid}
    if isinstance(private, ed25519.Ed25519PrivateKey):
        raw = private.public_key().public_bytes_raw()
        return names | {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": b64(raw)}
    if isinstance(private, ec.EllipticCurvePrivateKey):
        point, size = private.public_key().public_numbers(), (private.key_size + 7) // 8
        curve, algorithm = ("P-256", "ES256") if private.key_size == 256 else (f"P-{private.key_size}", "ES384")
        x, y = (b64(number.to_bytes(size)) for number in (point.x, point.y))
        return names | {"kty": "EC", "crv": curve, "alg": algorithm, "x": x, "y": y}
    numbers = private.public_key().public_numbers()
    n, e = (number.to_bytes((number.bit_length() + 7) // 8) for number in (numbers.n, numbers.e))
    return names | {"kty": "RSA", "alg": "RS256", "n": b64(n), "e": b64(e)}


def key_set(algorithm: str = "RS256") -> str:
    """Return the key set a verifier under attack is given: the good key, and one too weak to be used."""
    return json.dumps({"keys": [public_jwk(key_for(algorithm), KID), public_jwk(key("weak", 1024), WEAK_KID)]})


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def part(value: object) -> str:
    """Encode one part; text goes in as it is, to say what a JSON encoder would not."""
    return b64(value.encode() if isinstance(value, str) else json.dumps(value).encode())


def sign(header: object, claims: object, private: Private | None = None) -> str:
    """Sign as the key's type is meant to, whatever the header says."""
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{b64(signature_of(text.encode(), private or key()))}"


def signature_of(content: bytes, private: Private) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(content)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        size = (private.key_size + 7) // 8
        r, s = decode_dss_signature(private.sign(content, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(size) + s.to_bytes(size)
    return private.sign(content, padding.PKCS1v15(), hashes.SHA256())


def sign_hs256(header: object, claims: object, secret: bytes) -> str:
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"


@dataclass(frozen=True)
class Honest:
    """What a good token for one verifier says."""

    claims: Mapping[str, Any]
    now: int
    """The verifier's clock, in seconds since the epoch."""
    algorithm: str = "RS256"

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": self.algorithm, "typ": "JWT", "kid": KID}

    @property
    def key(self) -> Private:
        return key_for(self.algorithm)

    @property
    def attacker(self) -> Private:
        return key_for(self.algorithm, "attacker")

    def token(self, header: Mapping[str, Any] | None = None, claims: Mapping[str, Any] | None = None) -> str:
        """Return a token signed with the good key, with these changes."""
        return self.sign(self.header | dict(header or {}), dict(self.claims) | dict(claims or {}))

    def sign(self, header: object, claims: object) -> str:
        """Sign with the good key, whatever the header says."""
        return sign(header, claims, self.key)


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
    public = honest.key.public_key()
    pem, der = (
        public.public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo)
        for form in (serialization.Encoding.PEM, serialization.Encoding.DER)
    )
    secrets = [pem, pem.rstrip(), der, json.dumps(public_jwk(honest.key, KID)).encode()]
    secrets.append(key_set(honest.algorithm).encode())
    if isinstance(public, rsa.RSAPublicKey):
        secrets.append(public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1))
    for secret in secrets:
        for name in ("HS256", honest.algorithm):
            yield sign_hs256(honest.header | {"alg": name}, honest.claims, secret)


def _jwk(honest: Honest) -> Iterator[str]:
    own = public_jwk(honest.attacker, KID)
    for header in ({"jwk": own}, {"jwk": own, "kid": None}, {"jwk": own, "kid": "attacker"}, {"x5c": ["AAAA"]}):
        yield sign(honest.header | header, honest.claims, honest.attacker)
    yield honest.token({"jwk": public_jwk(honest.key, KID)})


def _jku(honest: Honest) -> Iterator[str]:
    for url in ("https://attacker.example/jwks.json", "http://169.254.169.254/", "file:///etc/passwd"):
        yield sign(honest.header | {"jku": url}, honest.claims, honest.attacker)
        yield honest.token({"jku": url})


def _x5u(honest: Honest) -> Iterator[str]:
    for url in ("https://attacker.example/cert.pem", "http://127.0.0.1/"):
        yield sign(honest.header | {"x5u": url}, honest.claims, honest.attacker)
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
    yield honest.sign(header, claims[:-1] + ', "sub": "admin"}')
    yield honest.sign(header, '{"exp": 1, ' + claims[1:])
    yield honest.sign(header, '{"a": {"b": 1, "b": 2}, ' + claims[1:])
    yield honest.sign(header[:-1] + f', "alg": "{honest.algorithm}"}}', claims)
    yield honest.sign('{"alg": "none", ' + header[1:], claims)


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
    yield honest.sign(header, honest.claims)


def _weak_key(honest: Honest) -> Iterator[str]:
    for name in ("RS256", honest.algorithm):
        yield sign(honest.header | {"alg": name, "kid": WEAK_KID}, honest.claims, key("weak", 1024))
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
