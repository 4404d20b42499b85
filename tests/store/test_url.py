from __future__ import annotations

import pytest

from lookgate.store.url import parse

CANARY = "canary5ecret"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://gate:p%40ss@db.example:5432/gate?sslmode=verify-full",
            "Postgres, database gate at db.example:5432, sslmode verify-full",
        ),
        ("postgres://gate@localhost/gate", "Postgres, database gate at localhost"),
        ("postgresql://gate:x@[::1]:5433/gate", "Postgres, database gate at [::1]:5433"),
        ("postgresql:///gate?host=/run/postgresql", "Postgres, database gate at /run/postgresql"),
        (
            "postgresql://g:x@a.example,b.example:5433/gate?sslmode=require&target_session_attrs=read-write",
            "Postgres, database gate at a.example,b.example:5433, sslmode require",
        ),
        ("postgresql://g:x@10.0.0.5/gate?sslmode=disable", "Postgres, database gate at 10.0.0.5, sslmode disable"),
    ],
)
def test_a_url_is_shown_as_its_place_without_what_opens_it(url: str, shown: str) -> None:
    assert str(parse(url)) == shown


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://gate:ab@{CANARY}@db/gate?sslmode=require",
        f"postgresql://gate:ab/{CANARY}@localhost/gate",
        f"postgresql://gate:12/{CANARY}@localhost/gate",
        f"postgresql://gate:ab?{CANARY}@localhost/gate",
        f"postgresql://gate:ab#{CANARY}@localhost/gate",
        f"postgresql://gate:{CANARY} @localhost/gate",
        f"postgresql://gate:ab:{CANARY}@localhost/gate",
        f"postgresql://gate:ab%x{CANARY}@localhost/gate",
        f"postgresql://localhost/gate?password={CANARY}",
        f"postgresql://localhost/gate?sslpassword={CANARY}",
        f"postgresql://localhost/gate?%70assword={CANARY}",
        f"host=db password={CANARY}",
        f"mysql://gate:{CANARY}@localhost/gate",
        f"postgresql://gate:{CANARY}@localhost/",
        f"postgresql://gate:{CANARY}@/gate",
        f"postgresql://gate:{CANARY}@localhost/gate?host=elsewhere",
    ],
)
def test_a_password_that_would_be_read_as_something_else_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match=r"form|\?|no host") as refused:
        parse(url)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("mode", ["", "?sslmode=prefer", "?sslmode=allow", "?sslmode="])
@pytest.mark.parametrize("host", ["db.example", "10.0.0.5", "localhost,db.example", "localhost.evil.example"])
def test_a_server_elsewhere_is_never_reached_in_the_clear_by_omission(host: str, mode: str) -> None:
    with pytest.raises(ValueError, match="sslmode"):
        parse(f"postgresql://gate:x@{host}/gate{mode}")
