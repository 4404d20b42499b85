"""Rules, callers and facts of every sort, for the tests that hold over all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from lookgate.core.facts import Access, AttributeValue, Facts, Flaw
from lookgate.core.identity import ANONYMOUS, Assurance, Principal
from lookgate.core.policy import (
    Policy,
    Request,
    access_grant,
    all_of,
    any_of,
    at_least,
    attribute,
    has_model,
    has_permission,
    has_role,
    has_scope,
    in_group,
    not_,
    public,
)

ANNA = Principal(
    issuer="https://looker.example",
    subject="7",
    kind="user",
    assurance=Assurance.USER,
    authenticated_by="handle",
    groups=frozenset({"Finance"}),
    roles=frozenset({"Analyst"}),
    scopes=frozenset({"metrics"}),
)
STRANGER = replace(ANNA, issuer="https://idp.example", authenticated_by="idp", groups=frozenset(), roles=frozenset())
"""A person whom another issuer vouches for: proven, and nothing is known of their groups in Looker."""
SERVICE = replace(ANNA, kind="service", assurance=Assurance.WORKLOAD, groups=frozenset(), roles=frozenset())
IMPOSTORS = (
    replace(ANNA, kind="service"),
    replace(ANNA, kind="anonymous"),
    *(replace(ANNA, assurance=level) for level in Assurance if level < Assurance.USER),
    *(replace(ANNA, kind="service", assurance=level) for level in Assurance if level < Assurance.USER),
)
"""Callers who are no proven user, and of whom the groups, roles and facts of one are claimed all the same."""
CALLERS = (ANONYMOUS, SERVICE, STRANGER, ANNA, *IMPOSTORS)

ANALYST = Access("Analyst", frozenset({"access_data", "see_looks"}), frozenset({"flights"}))
BUILDER = Access("Builder", frozenset({"develop", "see_sql"}), None)
ADMIN = Access("Admin", None, None)
FULL = Facts((ANALYST, BUILDER), {"region": AttributeValue("east"), "regions": AttributeValue("north, east")})

USER_RULES: tuple[Policy, ...] = (
    in_group("Finance"),
    has_role("Analyst"),
    has_model("flights"),
    has_permission("see_sql"),
    has_permission("see_looks", model="flights"),
    attribute("region", "east"),
    access_grant(attribute="regions", allowed=["east"]),
)
"""Each lets ``ANNA`` in when ``FULL`` is known of her."""
OTHERS: tuple[Policy, ...] = (
    public(),
    at_least(Assurance.USER),
    at_least(Assurance.SHARED_SECRET),
    has_scope("metrics"),
    in_group("Sales"),
    has_role("Admin"),
    has_model("ships"),
    has_permission("develop", model="flights"),
    has_permission("schedule"),
    attribute("region", "west"),
    attribute("tier", "gold"),
)
POLICIES = st.recursive(
    st.sampled_from((*USER_RULES, *OTHERS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: all_of(*found)),
        st.lists(inner, max_size=3).map(lambda found: any_of(*found)),
        inner.map(not_),
    ),
    max_leaves=8,
)
VALUES = st.one_of(
    st.sampled_from(("east", "west", "gold", "north, east", "")).map(AttributeValue),
    st.sampled_from([AttributeValue(flaw=flaw) for flaw in get_args(Flaw) if flaw]),
)
FACTS = st.builds(
    Facts,
    st.none() | st.lists(st.sampled_from((ANALYST, BUILDER, ADMIN)), max_size=2).map(tuple),
    st.dictionaries(st.sampled_from(("region", "regions", "tier")), VALUES),
)


def asked(facts: Facts = FULL) -> Request:
    return Request(action="approve_budget", request_id="r1", facts=facts)
