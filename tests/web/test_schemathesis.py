"""What the OpenAPI document promises, held against the gateway by a machine that reads it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Err

from gateway_site import HANDLE, Site, echo, known, note, refuses
from lookgate.actions import Context, Input, Output, action
from lookgate.core.policy import public
from lookgate.settings.model import Web
from security_counts import Counted


class Line(Input):
    amount: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=20)] = "x"


class Order(Input):
    lines: Annotated[list[Line], msgspec.Meta(max_length=5)]
    size: Literal["small", "large"]
    rate: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.5
    day: date | None = None
    ref: UUID | None = None
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    exact: bool = False


class Summary(Output):
    total: int
    first: Line | None
    days: list[date]


@action(policy=[public()])
def order(input: Order, context: Context) -> Summary:  # noqa: A002, ARG001 - the handler's shape
    """Add an order up."""
    return Summary(
        sum(line.amount for line in input.lines),
        input.lines[0] if input.lines else None,
        [input.day] if input.day else [],
    )


SITE = Site((echo, note, known, refuses, order), web=Web(public_pages=frozenset({"docs"})))
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", SITE.app)
SCHEMA.config.generation.update(with_security_parameters=False)  # the test presents its own, and two are refused
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if not isinstance(found, Err)}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"])
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_request_gets_an_answer_that_the_document_promises(
    label: str, mode: GenerationMode, counted: Counted
) -> None:
    tried = 0

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case[Any]) -> None:
        nonlocal tried
        tried += 1
        case.call_and_validate(headers={"x-lookgate-handle": HANDLE})

    holds()
    counted("fuzzing", f"requests made up from OpenAPI, {mode.value}", tried=tried, bad=0)  # else holds() had failed
