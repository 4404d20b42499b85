"""The SQL that signs. One statement: it finds the key, writes the claim and signs it.

Nothing in it is random and nothing volatile is written twice, so no engine can sign another text than it returns. The
nonce has to be new for its user, not unpredictable: a claim is consumed together with its subject, so nobody can use up
somebody else's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lookgate.claims.dialect import Dialect
from lookgate.claims.format import ALGORITHM, LONGEST_LIFE, TYPE, is_word

KEY_COLUMNS = ("kid", "inner_block", "outer_block", "not_before", "retire_after")
_WHOLE = re.compile(r"-?[0-9]{1,18}(\.0{1,18})?")
NEVER = 253402300799
"""The last second of the year 9999: for a key that nothing has replaced yet."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What every claim of one warehouse says, and where its keys are."""

    table: str
    """The key table; ``dialect.table`` checks it."""
    issuer: str
    audiences: tuple[str, ...]
    lifetime: int = LONGEST_LIFE
    """Seconds."""

    def __post_init__(self) -> None:
        if not is_word(self.issuer) or not self.audiences or not all(is_word(one) for one in self.audiences):
            raise ValueError("issuer and audiences are 1 to 64 letters, digits or '_' each")
        if not 1 <= self.lifetime <= LONGEST_LIFE:
            raise ValueError(f"a claim lives 1 to {LONGEST_LIFE} seconds")


def sign_sql(
    dialect: Dialect, claim: Claim, *, user: str, audience: str, nonce: str, table: str = "", early: bool = False
) -> str:
    """Return the SELECT with one column ``claim``; NULL when an input is not plain, no row when no key may sign.

    Args:
        dialect: the warehouse.
        claim: the constant part.
        user: SQL expression of the Looker user id.
        audience: SQL expression of the audience asked for.
        nonce: SQL expression of the caller's nonce.
        table: SQL that stands for the key table; by default the name in ``claim``.
        early: while no key has begun, one that has not may sign.
    """
    begun = f"not_before <= {dialect.seconds}"
    which, order = (f"{begun} AND ", "not_before DESC")
    if early:
        # The newest that has begun; while none has, the oldest.
        which, order = ("", f"CASE WHEN {begun} THEN -not_before ELSE not_before END")
    fixed, number = dialect.literal, dialect.digits
    conditions = (
        dialect.is_word(user),
        f"{audience} IN ({', '.join(fixed(one) for one in claim.audiences)})",
        dialect.is_word(nonce),
    )
    signing_input = signing_input_sql(
        dialect,
        claim.issuer,
        user=user,
        audience=audience,
        issued=number(dialect.seconds),
        ends=number(f"({dialect.seconds} + {claim.lifetime})"),
        jti=(nonce, fixed("_"), number(dialect.microseconds)),
    )
    mac = dialect.base64url(dialect.hmac("inner_block", "outer_block", dialect.encoded("signing_input")))
    both = "\n      AND ".join(conditions)
    return (
        f"SELECT\n"
        f"  CASE WHEN {both}\n"
        f"    THEN {dialect.text('signing_input', fixed('.'), mac)}\n"
        f"  END AS claim\n"
        f"FROM (\n"
        f"  SELECT\n"
        f"    {signing_input} AS signing_input,\n"
        f"    inner_block,\n"
        f"    outer_block\n"
        f"  FROM (\n"
        f"{indented(live_keys_sql(table or dialect.table(claim.table)), 4)}\n"
        f"  ) AS live_keys\n"
        # A claim never outlives the key that signs it, so a retired key leaves no claim behind.
        f"  WHERE {which}retire_after >= {dialect.seconds} + {claim.lifetime}\n"
        f"  ORDER BY {order}, kid DESC\n"
        f"  LIMIT 1\n"
        f") AS signing"
    )


def signing_input_sql(
    dialect: Dialect, issuer: str, *, user: str, audience: str, issued: str, ends: str, jti: tuple[str, ...]
) -> str:
    """Return the text that is signed, ``format.signing_input`` in SQL, for the key in the column ``kid``.

    Args:
        dialect: the warehouse.
        issuer: a word.
        user: SQL expression of the subject.
        audience: SQL expression.
        issued: SQL expression of the digits of ``iat``.
        ends: SQL expression of the digits of ``exp``.
        jti: SQL expressions of the parts of ``jti``.
    """
    fixed = dialect.literal
    header = dialect.text(fixed(f'{{"alg":"{ALGORITHM}","kid":"'), "kid", fixed(f'","typ":"{TYPE}"}}'))
    payload = dialect.text(
        fixed(f'{{"iss":"{issuer}","sub":"'),
        user,
        fixed('","aud":"'),
        audience,
        fixed('","iat":'),
        issued,
        fixed(',"exp":'),
        ends,
        fixed(',"jti":"'),
        *jti,
        fixed('"}'),
    )
    parts = [dialect.base64url(dialect.encoded(f"({part})")) for part in (header, payload)]
    return dialect.text(parts[0], fixed("."), parts[1])


def live_keys_sql(table: str) -> str:
    """Return the keys, one row each: rows are only ever added, and the earliest end counts."""
    return (
        "SELECT kid, MAX(inner_block) AS inner_block, MAX(outer_block) AS outer_block,\n"
        "  MAX(not_before) AS not_before, MIN(retire_after) AS retire_after\n"
        f"FROM {table}\n"
        "GROUP BY kid"
    )


def joined_keys_sql(first: str, second: str) -> str:
    """Return what stands for one key table where the keys are in two."""
    names = ", ".join(KEY_COLUMNS)
    both = " UNION ALL ".join(f"SELECT {names} FROM {one}" for one in (first, second))  # noqa: S608 - checked names
    return f"({both}) AS both_tables"


def create_sql(dialect: Dialect, table: str) -> str:
    """Return the statement that makes the key table."""
    types = (*(dialect.text_type,) * 3, *(dialect.integer_type,) * 2)
    columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in zip(KEY_COLUMNS, types, strict=True))
    return f"CREATE TABLE IF NOT EXISTS {dialect.table(table)} ({columns})"


def whole(number: object) -> int:
    """Return the whole number that a warehouse's driver gave, in whatever type.

    Raises:
        ValueError: it is none.
    """
    text = str(number)
    if not _WHOLE.fullmatch(text):
        raise ValueError("this is not a whole number")
    return int(text.partition(".")[0])


def indented(text: str, by: int) -> str:
    """Indent each line."""
    return "\n".join(" " * by + line for line in text.splitlines())
