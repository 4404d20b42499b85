"""Tokens that no verifier of ES256 or EdDSA may accept, beyond the families that concern every algorithm."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from contract.hostile_tokens import Honest, b64, key, part, public_jwk, sign, signature_of

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has (SEC 2, section 2.4.2)."""
ED_ORDER = 2**252 + 27742317777372353535851937790883648493
"""How many points edwards25519's large subgroup has (RFC 8032, section 5.1)."""
OTHER_CURVE = ec.generate_private_key(ec.SECP384R1())


def carrying(honest: Honest, signature: bytes) -> str:
    """Return the honest token with another signature."""
    return f"{honest.token().rpartition('.')[0]}.{b64(signature)}"


def proof(honest: Honest) -> tuple[bytes, bytes]:
    """Return what is signed, and the honest signature over it."""
    head, _, signature = honest.token().rpartition(".")
    return head.encode(), base64.urlsafe_b64decode(signature + "==")


def _psychic(honest: Honest) -> Iterator[str]:
    """r = s = 0, which a library once took for a signature of everything (CVE-2022-21449), and its neighbours."""
    numbers = (0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1)
    for r in numbers:
        for s in numbers:
            yield carrying(honest, r.to_bytes(32) + s.to_bytes(32))


def _wrong_length(honest: Honest) -> Iterator[str]:
    _, signature = proof(honest)
    yield carrying(honest, signature[:32] + b"\0" + signature[32:])  # the same s, spelt longer
    for changed in (signature[:-1], signature + b"\0", b"\0" + signature, signature * 2, signature[:32], b"\0" * 64):
        yield carrying(honest, changed)


def _der(honest: Honest) -> Iterator[str]:
    """The form that certificates use is not the form of tokens (RFC 7518, section 3.4)."""
    signed, _ = proof(honest)
    if isinstance(honest.key, ec.EllipticCurvePrivateKey):
        yield carrying(honest, honest.key.sign(signed, ec.ECDSA(hashes.SHA256())))
    r, s = decode_dss_signature(ec.generate_private_key(ec.SECP256R1()).sign(signed, ec.ECDSA(hashes.SHA256())))
    yield carrying(honest, encode_dss_signature(r, s))


def _other_algorithm(honest: Honest) -> Iterator[str]:
    """A key's own signature under another algorithm's name, and another kind of key under the right name."""
    for name in ("RS256", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "PS256"):
        if name != honest.algorithm:
            yield honest.token({"alg": name})
    yield sign(honest.header, honest.claims, key("attacker"))
    yield sign(honest.header, honest.claims, ec.generate_private_key(ec.SECP256R1()))
    yield sign(honest.header, honest.claims, ed25519.Ed25519PrivateKey.generate())


def _other_curve(honest: Honest) -> Iterator[str]:
    signed, _ = proof(honest)
    yield carrying(honest, signature_of(signed, OTHER_CURVE))
    for digest in (hashes.SHA384(), hashes.SHA512()):
        if isinstance(honest.key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(honest.key.sign(signed, ec.ECDSA(digest)))
            yield carrying(honest, r.to_bytes(32) + s.to_bytes(32))
    yield sign(honest.header | {"kid": "p384"}, honest.claims, OTHER_CURVE)


def _scalar(honest: Honest) -> Iterator[str]:
    """A scalar beyond the group's order: the same number spelt anew (RFC 8032, section 5.1.7)."""
    _, signature = proof(honest)
    order, ends = (ORDER, "big") if honest.algorithm == "ES256" else (ED_ORDER, "little")
    number = int.from_bytes(signature[32:], "big" if ends == "big" else "little") + order
    if number < 1 << 256:
        yield carrying(honest, signature[:32] + number.to_bytes(32, "big" if ends == "big" else "little"))
    yield carrying(honest, signature[:32] + b"\xff" * 32)


def _no_point(honest: Honest) -> Iterator[str]:
    """Keys that are no keys: with a point of small order anybody can sign (R = identity, s = 0)."""
    for number in range(len(NO_POINTS)):
        header = honest.header | {"kid": f"no-point-{number}"}
        text = f"{part(header)}.{part(dict(honest.claims))}"
        for signature in (b"\x01" + b"\0" * 63, b"\0" * 64, b"\0" * 31 + b"\x01" + b"\0" * 31 + b"\x01"):
            yield f"{text}.{b64(signature)}"


_EIGHTH = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_P = 2**255 - 19
SMALL = [y.to_bytes(32, "little") for y in (0, 1, _P - 1, _EIGHTH, _P - _EIGHTH, _P, _P + 1)]
SMALL += [(y | 1 << 255).to_bytes(32, "little") for y in (0, 1, _P - 1, _EIGHTH)]
NO_POINTS: list[dict[str, str]] = [
    {"kty": "OKP", "crv": "Ed25519", "x": b64(content)} for content in (*SMALL, b"", b"\1" * 31, b"\1" * 33)
] + [
    {"kty": "EC", "crv": "P-256", "x": b64(x.to_bytes(32)), "y": b64(y.to_bytes(32))}
    for x, y in ((0, 0), (1, 1), (0, 1), (2**256 - 1, 2**256 - 1))
]


def extra_keys() -> list[dict[str, str]]:
    """Return what stands in the key set beside the good key, and must not be used."""
    odd = [point | {"kid": f"no-point-{number}", "use": "sig"} for number, point in enumerate(NO_POINTS)]
    return [*odd, public_jwk(OTHER_CURVE, "p384"), {"kty": "OKP", "crv": "X25519", "x": b64(b"\2" * 32), "kid": "x"}]


FAMILIES: Mapping[str, Callable[[Honest], Iterator[str]]] = {
    "psychic signatures": _psychic,
    "wrong length": _wrong_length,
    "DER for r and s": _der,
    "another algorithm": _other_algorithm,
    "another curve or digest": _other_curve,
    "scalar beyond the order": _scalar,
    "key that is no point": _no_point,
}
