"""Each refusal by exactly its code, at exactly its limit."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from claim_maker import NOW, HonestClaim
from claim_maker import verifier as claim_verifier
from contract.hostile_tokens import KID, Honest, key, key_set, public_jwk
from lookgate.claims.format import LONGEST
from lookgate.core.identity import Credential, Principal
from lookgate.core.ports import Fetched
from lookgate.errors import Unauthenticated
from lookgate.verify.chain import Chain, Verifier
from lookgate.verify.discovery import Discovery
from lookgate.verify.google import google
from lookgate.verify.jwks import parse
from lookgate.verify.jwt import check_header
from lookgate.verify.keyset import Published, PublishedKeys
from lookgate.verify.oidc import OidcVerifier, Provider
from lookgate.verify.tag import refuse_unsubstituted
from lower_rooms import ANA, StillClock, credential, run
from token_maker import HonestToken
from token_maker import verifier as token_verifier

ID_TOKEN = Honest({"iss": "https://idp.example.com", "aud": "me", "sub": "1", "iat": NOW, "exp": NOW + 60}, NOW)


def id_verifier() -> OidcVerifier:
    provider = Provider(
        name="idp",
        issuers=frozenset({"https://idp.example.com"}),
        audiences=frozenset({"me"}),
        keys=parse(key_set()),
        kind="user",
    )
    return OidcVerifier(provider, StillClock())


def refusal(one: Verifier, token: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        run(one.verify(credential("bearer", token)))
    return refused.value


def test_a_claim_of_the_longest_length_is_read_and_a_longer_one_is_not() -> None:
    codes: dict[int, str] = {}
    for size in range(500, 800):
        token = HonestClaim().token(claims={"iss": "x" * size, "jti": "n_1"})
        signed, _, signature = token.rpartition(".")
        length = len(signed) + len(base64.urlsafe_b64decode(signature + "="))
        codes[length] = refusal(claim_verifier(StillClock()), token).code
    assert {length for length, code in codes.items() if code == "claim_too_long"} == {n for n in codes if n > LONGEST}
    assert {LONGEST, LONGEST + 1} <= codes.keys()
    assert set(codes.values()) == {"claim_too_long", "claim_issuer"}


@pytest.mark.parametrize("more", [{"x": 1}, {"cty": "JWT"}, {"crit": ["exp"]}, {"alg": "EdDSA"}])
def test_a_token_of_ours_has_one_header(more: dict[str, object]) -> None:
    token = HonestToken().token(more)
    assert refusal(token_verifier(StillClock()), token).code == "token_header"


@pytest.mark.parametrize("name", ["crit", "jwk", "jku", "x5u", "x5c", "b64", "zip"])
def test_a_header_that_asks_for_something_unusual_is_refused_by_its_name(name: str) -> None:
    header = {"alg": "RS256", "kid": "k1", "typ": "JWT"}
    assert check_header(header, {"RS256"}) == "k1"
    with pytest.raises(Unauthenticated) as refused:
        check_header(json.loads(json.dumps(header | {name: None})), {"RS256"})
    assert refused.value.code == "token_header"
    assert f"'{name}'" in refused.value.detail


def test_an_unsubstituted_tag_that_is_no_plain_name_is_told_without_it() -> None:
    with pytest.raises(Unauthenticated) as refused:
        refuse_unsubstituted(credential("handle", "{{ a b }}", "x-lookgate-handle"))
    assert refused.value.detail.endswith("no value for the attribute that the tag names.")
    assert "the user attribute that the tag names must exist" in refused.value.hint


LATEST = 1 << 33
"""The year 2242: from then on a second is no time."""


@pytest.mark.parametrize(
    ("issued", "ends", "code"),
    [
        (0, 200, "time"),
        (1, 201, "expired"),
        (LATEST - 200, LATEST, "time"),
        (LATEST - 201, LATEST - 1, "not_yet_valid"),
        (NOW, NOW, "time"),
        (NOW, NOW - 1, "time"),
    ],
)
def test_a_time_is_a_whole_second_between_1970_and_2242_and_a_life_is_longer_than_nothing(
    issued: int, ends: int, code: str
) -> None:
    times = {"iat": issued, "exp": ends}
    assert refusal(claim_verifier(StillClock()), HonestClaim().token(claims=times)).code == f"claim_{code}"
    token = HonestToken().token(claims=times | {"nbf": issued})
    assert refusal(token_verifier(StillClock()), token).code == f"token_{code}"


@pytest.mark.parametrize("life", [1, 2, 300])
def test_a_life_of_one_second_is_one_and_the_longest_is_not_too_long(life: int) -> None:
    claim = HonestClaim().token(claims={"iat": NOW, "exp": NOW + life})
    assert run(claim_verifier(StillClock()).verify(credential("bearer", claim)))
    longer = {1: 1, 2: 2, 300: 600}[life]
    token = HonestToken().token(claims={"iat": NOW, "nbf": NOW, "exp": NOW + longer})
    assert run(token_verifier(StillClock()).verify(credential("bearer", token)))


def test_a_life_longer_than_the_longest_is_refused() -> None:
    assert refusal(claim_verifier(StillClock()), HonestClaim().token(claims={"iat": NOW, "exp": NOW + 301})).code == (
        "claim_time"
    )
    token = HonestToken().token(claims={"iat": NOW, "exp": NOW + 601})
    assert refusal(token_verifier(StillClock()), token).code == "token_time"


@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
@pytest.mark.parametrize(("moment", "is_time"), [(0, False), (1, True), (LATEST - 1, True), (LATEST, False)])
def test_a_time_of_an_id_token_is_a_whole_second_between_1970_and_2242(name: str, moment: int, is_time: bool) -> None:
    times = {"iat": NOW, "nbf": NOW, "exp": NOW + 60} | {name: moment}
    try:
        run(id_verifier().verify(credential("bearer", ID_TOKEN.token(claims=times))))
    except Unauthenticated as error:
        assert (error.code != "token_time") is is_time  # noqa: PT017 - some times are good
    else:
        assert is_time


@pytest.mark.parametrize(("size", "accepted"), [(0, False), (1, True), (255, True), (256, False)])
def test_a_subject_has_one_to_255_characters(size: int, accepted: bool) -> None:
    token = ID_TOKEN.token(claims={"sub": "s" * size})
    if accepted:
        assert run(id_verifier().verify(credential("bearer", token)))
    else:
        assert refusal(id_verifier(), token).code == "token_subject"


def test_an_address_has_at_most_320_characters_and_a_name_255() -> None:
    for size, kept in ((320, True), (321, False)):
        claims = {"email": "e" * size, "email_verified": True, "name": "n" * (size - 65)}
        found = run(id_verifier().verify(credential("bearer", ID_TOKEN.token(claims=claims))))
        assert found is not None
        assert (found.email, found.name) == (("e" * size, "n" * (size - 65)) if kept else ("", ""))


def test_a_key_set_from_a_file_is_never_due() -> None:
    assert not parse(key_set()).is_due()


class Remembering:
    """``Consumed`` that knows until when each claim is remembered."""

    def __init__(self) -> None:
        self.until: dict[tuple[str, str], datetime] = {}

    def consume(self, namespace: str, value: str, until: datetime) -> bool:
        return self.until.setdefault((namespace, value), until) is until


def test_a_used_claim_is_remembered_as_long_as_it_would_be_believed() -> None:
    clock, consumed = StillClock(), Remembering()
    claim = HonestClaim().token(claims={"iat": NOW, "exp": NOW + 60})
    one = claim_verifier(clock, consumed=consumed)
    assert run(one.verify(credential("bearer", claim)))
    assert list(consumed.until.values()) == [datetime.fromtimestamp(NOW + 60 + 30, UTC)]
    clock.move(89.999)
    assert refusal(one, claim).code == "claim_used"
    clock.move(0.001)
    assert refusal(one, claim).code == "claim_expired"


@pytest.mark.parametrize("sign", [0, 1])
def test_an_ed25519_key_is_read_whichever_sign_its_x_has(sign: int) -> None:
    keys = (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in range(256))
    private = next(one for one in keys if one.public_key().public_bytes_raw()[31] >> 7 == sign)
    x = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).rstrip(b"=").decode()
    found = parse(json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x}]})).get("k1")
    assert found is not None
    assert found.fits(b"text", private.sign(b"text"))
    for written in (f"!!!!{x}", f"{x}====", x + "\n\n\n\n"):  # a lenient reader skips what is no base64url
        with pytest.raises(ValueError, match="no signature key"):
            parse(json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": written}]}))


P256 = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


@pytest.mark.parametrize("x", [0, 5])
def test_a_point_is_written_with_the_least_x_and_in_no_other_way(x: int) -> None:
    y = pow(x**3 - 3 * x + P256_B, (P256 + 1) // 4, P256)

    def key_set_with(x: int) -> str:
        parts = {name: base64.urlsafe_b64encode(n.to_bytes(32)).rstrip(b"=").decode() for name, n in zip("xy", (x, y))}  # noqa: B905 - both are two
        return json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1"} | parts]})

    assert parse(key_set_with(x)).get("k1") is not None
    with pytest.raises(ValueError, match="no signature key"):
        parse(key_set_with(x + P256))


@pytest.mark.parametrize(("names", "known"), [((), "nothing"), (("api_key",), "api_key"), (("a", "b", "c"), "a, b, c")])
def test_what_is_nobodys_is_told_what_this_gateway_verifies(names: tuple[str, ...], known: str) -> None:
    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

        async def verify(self, credential: Credential) -> Principal | None:
            return ANA if credential.scheme == "handle" else None

    with pytest.raises(Unauthenticated) as refused:
        run(Chain(map(Named, names)).verify(credential("bearer", "x")))
    assert refused.value.hint.startswith(f"This gateway verifies: {known}. ")


def test_the_configuration_is_asked_for_under_the_issuers_whole_path() -> None:
    asked = []

    async def fetch(url: str, /) -> Fetched:
        asked.append(url)
        return Fetched(b"{}")

    for issuer in ("https://idp.example.com/X", "https://idp.example.com/x/"):
        with pytest.raises(ValueError, match="no OpenID configuration"):
            run(Discovery(issuer, "idp.example.com", fetch)())
    end = "/.well-known/openid-configuration"
    assert asked == [f"https://idp.example.com/X{end}", f"https://idp.example.com/x{end}"]


def test_each_withdrawal_of_a_key_is_counted() -> None:
    clock, names = StillClock(), ["k1", "k2", "k3"]

    async def publish() -> Published:
        return Published(parse(json.dumps({"keys": [public_jwk(key(name), name) for name in names]})), 60)

    async def story() -> list[int]:
        published, counts = PublishedKeys(publish, clock, name="idp"), []
        for _ in range(3):
            await published.refresh()
            counts.append(published.generation)
            names.pop()
            clock.move(60)
        return counts

    assert run(story()) == [0, 1, 2]


def google_verifier(kind: Literal["service", "user"], **more: Any) -> OidcVerifier:
    provider = google(name="google", audiences=frozenset({"me"}), keys=parse(key_set()), kind=kind, **more)
    return OidcVerifier(provider, StillClock())


GOOGLE = Honest(
    {"iss": "https://accounts.google.com", "aud": "me", "sub": "1", "iat": NOW, "exp": NOW + 60}
    | {"email": "ana@example.com", "email_verified": True, "hd": "example.com"},
    NOW,
)
ROBOT = {"email": "robot@example.iam.gserviceaccount.com"}


def test_of_google_only_the_listed_addresses_or_the_one_domain_are_let_in() -> None:
    listed = google_verifier("user", emails=frozenset({"bo@example.com"}))
    assert refusal(listed, GOOGLE.token()).code == "email_not_listed"
    assert run(listed.verify(credential("bearer", GOOGLE.token(claims={"email": "bo@example.com"}))))
    domain = google_verifier("user", hosted_domain="other.example.com")
    assert refusal(domain, GOOGLE.token()).code == "wrong_domain"
    assert run(domain.verify(credential("bearer", GOOGLE.token(claims={"hd": "other.example.com"}))))
    robots = google_verifier("service", emails=frozenset({"other@example.iam.gserviceaccount.com"}))
    assert refusal(robots, GOOGLE.token(claims=ROBOT)).code == "email_not_listed"


def test_a_google_token_without_a_presenter_was_presented_by_whom_it_is_for() -> None:
    robots = google_verifier("service", emails=frozenset(ROBOT.values()))
    assert run(robots.verify(credential("bearer", GOOGLE.token(claims=ROBOT))))
    people = google_verifier("user", hosted_domain="example.com")
    assert run(people.verify(credential("bearer", GOOGLE.token())))


@pytest.mark.parametrize(
    ("name", "moment", "code"),
    [
        ("iat", NOW + 31, "token_not_yet_valid"),
        ("nbf", NOW + 31, "token_not_yet_valid"),
        ("exp", NOW - 30, "token_expired"),
    ],
)
def test_an_id_token_before_or_after_its_time_is_told_which(name: str, moment: int, code: str) -> None:
    assert refusal(id_verifier(), ID_TOKEN.token(claims={name: moment})).code == code


def test_a_token_that_names_another_algorithm_than_its_keys_is_refused() -> None:
    provider = Provider(
        name="idp",
        issuers=frozenset({"https://idp.example.com"}),
        audiences=frozenset({"me"}),
        keys=parse(key_set()),
        kind="user",
        algorithms=frozenset({"RS256", "ES256"}),
    )
    one = OidcVerifier(provider, StillClock())
    assert run(one.verify(credential("bearer", ID_TOKEN.token())))
    assert refusal(one, ID_TOKEN.token({"alg": "ES256"})).code == "token_algorithm"


@pytest.mark.parametrize(
    ("power", "more", "exponent", "is_key"),
    [
        (2047, 1, 3, True),
        (2047, -1, 3, False),
        (2047, 2, 3, False),
        (16384, -1, 3, True),
        (16384, 1, 3, False),
        (2047, 1, 1, False),
        (2047, 1, 4, False),
        (2047, 1, 2**64 - 1, True),
        (2047, 1, 2**64 + 1, False),
    ],
)
def test_an_rsa_key_has_2048_to_16384_bits_and_an_odd_exponent_from_3_to_64_bits(
    power: int, more: int, exponent: int, is_key: bool
) -> None:
    parts = {
        name: base64.urlsafe_b64encode(number.to_bytes(2100).lstrip(b"\0")).rstrip(b"=").decode()
        for name, number in {"n": 2**power + more, "e": exponent}.items()
    }
    text = json.dumps({"keys": [{"kty": "RSA", "kid": "k1"} | parts]})
    if is_key:
        assert parse(text).get("k1") is not None
    else:
        with pytest.raises(ValueError, match="no signature key"):
            parse(text)


def test_a_refused_algorithm_is_told_with_those_that_are_accepted() -> None:
    with pytest.raises(Unauthenticated) as refused:
        check_header({"alg": "HS256", "kid": "k1"}, {"RS256", "ES256"})
    assert refused.value.code == "token_algorithm"
    assert refused.value.detail == "The token is not signed with ES256 or RS256."


def test_a_token_for_another_providers_audience_is_left_to_that_provider() -> None:
    provider = Provider("idp", frozenset({"https://idp.example.com"}), frozenset({"me"}), parse(key_set()), "user")
    one = OidcVerifier(provider, StillClock(), elsewhere=frozenset({"them", "me"}))
    assert run(one.verify(credential("bearer", ID_TOKEN.token(claims={"aud": "them"})))) is None
    assert run(one.verify(credential("bearer", ID_TOKEN.token())))
    assert refusal(one, ID_TOKEN.token(claims={"aud": "nobody"})).code == "token_audience"
    assert refusal(one, ID_TOKEN.token(claims={"aud": ["them"]})).code == "token_audience"


def test_a_key_of_another_kind_hides_no_key_that_stands_after_it() -> None:
    entries = json.loads(key_set())["keys"]
    others = [{"kty": "oct", "kid": "o"}, {"kty": "EC", "crv": "P-521", "kid": "e", "x": "", "y": ""}, {}]
    found = parse(json.dumps({"keys": [*others, *entries, *others]}))
    assert found.get(KID) is not None
    assert found.get("o") is None


@pytest.mark.parametrize("text", ["", "[]", "null", '""', "{}", '{"keys": {}}', '{"keys": [1]}', "[" * 100_000])
def test_what_is_no_key_set_is_called_that(text: str) -> None:
    with pytest.raises(ValueError, match=r'^this is not a JWK set: \{"keys": \[…\]\}$'):
        parse(text)
