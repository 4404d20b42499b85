"""What a request to the known updater's routes asks for, in its own words, read into ours.

Nothing that was sent is repeated in a refusal: a value may stand in any field.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import msgspec

from lookgate.actions.decode import decode_input
from lookgate.core.secret import Secret
from lookgate.errors import Denied, InvalidInput
from lookgate.settings.model import Instance
from lookgate.sync.rule import AttributeName, Rule, Whom, read_attribute, read_whom

Id = str | int | None


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """A body; what is null counts as left out."""

    update_type: str
    user_attribute: str | None = None
    user_attribute_id: Id = None
    group_name: str | None = None
    group_id: Id = None
    looker_user_id: Id = None
    external_user_id: Id = None
    email: str | None = None
    base_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    value: str | None = None

    def given(self, *names: str) -> Mapping[str, str]:
        """Return those of the fields that are there, as text."""
        values = {name: getattr(self, name) for name in names}
        return {name: str(value) for name, value in values.items() if value is not None}


_WHOSE: Mapping[str, Mapping[str, str]] = {
    "default": {},
    "group": {"group_name": "group", "group_id": "group_id"},
    "user": {"looker_user_id": "user_id", "external_user_id": "external_id", "email": "user"},
}
_TARGETS = tuple(name for names in _WHOSE.values() for name in names)


def read_order(body: bytes) -> Order:
    """Return what a body says.

    Raises:
        BadRequest: it is not JSON.
        InvalidInput: it does not fit.
    """
    order = decode_input(body, Order)
    if order.update_type not in _WHOSE:
        raise InvalidInput(
            "input_invalid", "The update_type is none.", 'Send "default", "group" or "user".', pointer="/update_type"
        )
    return order


def refuse_foreign(order: Order, instance: Instance) -> None:
    """Hold what a body says about the instance to the one that the settings name. It is never called by what it says.

    Raises:
        Denied: ``foreign_instance`` or ``foreign_credentials``.
    """
    if order.base_url is not None and order.base_url.rstrip("/") != instance.base_url:
        raise Denied(
            "foreign_instance",
            "The base_url is not that of the instance that this gateway is set up for.",
            "Leave base_url out; run a gateway for each instance.",
        )
    for told, known in ((order.client_id, instance.client_id), (order.client_secret, instance.client_secret)):
        if told is not None and not _same(told, known):
            raise Denied(
                "foreign_credentials",
                "The client_id or client_secret is not the gateway's own.",
                "Leave both out: the gateway has its own, and takes none from a request.",
            )


def rule_of(order: Order) -> Rule:
    """Return where the value belongs, as a sync rule says it.

    Raises:
        InvalidInput: nothing or too much is named, or not as Looker names it.
    """
    try:
        attribute, whom = _attribute(order), _whom(order)
    except ValueError:  # its sentence quotes what was sent
        raise InvalidInput(
            "input_invalid",
            "The name, id or address of the attribute, group or user is none.",
            "Send it as Looker shows it.",
        ) from None
    return Rule(f"{attribute} for {whom}", "known_updater", "", "", attribute, whom, margin=0)


def _attribute(order: Order) -> AttributeName:
    _, text = _one(order, ("user_attribute", "user_attribute_id"))
    return read_attribute(f"id:{text}" if order.user_attribute is None else text)


def _whom(order: Order) -> Whom:
    names = _WHOSE[order.update_type]
    for name in order.given(*_TARGETS):
        if name not in names:
            raise InvalidInput(
                "input_invalid",
                f"An update of type {order.update_type} has no {name}.",
                "Leave it out, or send another update_type.",
                pointer=f"/{name}",
            )
    if not names:
        return Whom("default")
    name, text = _one(order, tuple(names))
    return read_whom(f"{names[name]}:{text}")


def _one(order: Order, names: tuple[str, ...]) -> tuple[str, str]:
    given = order.given(*names)
    if len(given) != 1:
        raise InvalidInput(
            "input_invalid",
            f"{len(given)} of these are given: {', '.join(names)}.",
            "Send exactly one of them.",
            pointer=f"/{names[0]}",
        )
    return next(iter(given.items()))


def _same(told: str, known: Secret) -> bool:
    return hmac.compare_digest(told.encode("utf-8", "surrogatepass"), known.reveal().encode())
