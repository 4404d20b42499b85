"""What an action is, the decorator that makes one from a function, and the walk that finds them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from lookgate.actions.shape import declared_types
from lookgate.core.facts import Need
from lookgate.core.identity import Principal
from lookgate.core.policy import AllOf, Policy, is_policy
from lookgate.core.ports import NO_STORED_TOKENS, RandomBytes, Records, StoredTokenReader
from lookgate.core.registry import modules_in_folder, unique
from lookgate.errors import RegistryError

Effect = Literal["none", "local", "remote"]
Handler = Callable[[Any, "Context"], Any]

_is_coroutine = cache(inspect.iscoroutinefunction)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


if TYPE_CHECKING:
    # For type checkers both are plain structs, so that an action's own types may say frozen=True or leave it out.
    Input = msgspec.Struct
    Output = msgspec.Struct
else:

    class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """The base of every input: immutable, and a field it does not know is refused instead of dropped."""

    class Output(msgspec.Struct, frozen=True):
        """The base of outputs: immutable."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler may know beside its input. It holds nothing of HTTP and no secret."""

    principal: Principal
    request_id: str
    now: datetime
    """When the request arrived: aware, UTC."""
    action: str
    records: Records
    """Writable in an action with ``effect="local"``, read-only in every other. Calls block briefly, so an async
    handler makes them through ``asyncio.to_thread``."""
    random: RandomBytes
    tokens: StoredTokenReader = NO_STORED_TOKENS
    """What is known of the tokens that the gateway keeps fresh in Looker; for async handlers."""


@dataclass(frozen=True, slots=True)
class Action:
    """One business endpoint."""

    name: str
    summary: str
    """The docstring's first line."""
    description: str
    """The rest of the docstring."""
    input: type[msgspec.Struct]
    output: type[msgspec.Struct]
    policy: AllOf
    effect: Effect
    handler: Handler
    source: Path
    """The file it stands in."""
    needs: frozenset[Need] = frozenset()
    """What the policy asks to be looked up before it can tell."""

    @property
    def is_async(self) -> bool:
        """Whether the handler is a coroutine function, which runs on the event loop."""
        return _is_coroutine(self.handler)


def action(
    *, policy: Sequence[Policy] | None = None, effect: Effect = "none", name: str | None = None
) -> Callable[[Handler], Action]:
    """Make an action from ``def handler(input: SomeInput, context: Context) -> SomeOutput``.

    Args:
        policy: who may call; every rule must allow. An empty list is refused: ``[public()]`` must be written out.
        effect: ``none`` reads only; ``local`` writes ``context.records``, in one transaction with the audit event, and
            must be a plain function; ``remote`` changes something elsewhere, so the intent is audited before it runs.
        name: the action's name in its URL; the function's name by default.

    Raises:
        RegistryError: the function, its annotations, its effect or its policy cannot be used.
    """

    def make(handler: Handler) -> Action:
        source = Path(inspect.unwrap(handler).__code__.co_filename)
        called = handler.__name__ if name is None else name
        where = f"{source}: action '{called}'"
        if not _NAME.fullmatch(called):
            raise RegistryError(
                "action_name", f"{where} is not a usable name.", "Use lower-case letters, digits and _; at most 63."
            )
        if effect not in get_args(Effect):
            raise RegistryError(
                "action_effect", f"{where} has the effect {effect!r}.", f"Use one of {', '.join(get_args(Effect))}."
            )
        if effect == "local" and inspect.iscoroutinefunction(handler):
            raise RegistryError(
                "action_effect",
                f"{where} has a local effect, which runs inside a database transaction, and is async.",
                "Write it with 'def', or use effect=\"remote\".",
            )
        rules = rules_of(policy, where)
        taken, given = declared_types(handler, Context, where)
        summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n")
        return Action(
            name=called,
            summary=summary or called.replace("_", " ").capitalize(),
            description=description.strip(),
            input=taken,
            output=given,
            policy=rules,
            effect=effect,
            handler=handler,
            source=source,
            needs=rules.needs(),
        )

    return make


def rules_of(policy: Sequence[Policy] | None, where: str) -> AllOf:
    """Return the list of rules as one, of which all must allow.

    Args:
        policy: the list.
        where: where it is written, for whoever must mend it.

    Raises:
        RegistryError: it is empty, or holds something that is no rule.
    """
    if not policy:
        raise RegistryError(
            "action_without_policy",
            f"{where} has no policy, so nobody may call it.",
            "Name who may, such as policy=[at_least(Assurance.USER)]; policy=[public()] lets everyone in.",
        )
    if not isinstance(policy, Sequence) or not all(map(is_policy, policy)):
        raise RegistryError(
            "action_policy",
            f"{where} has a policy that is not a list of rules.",
            "List rules such as at_least(Assurance.USER); a rule of your own derives from lookgate.Policy.",
        )
    return AllOf(tuple(policy))


def discover(folder: Path, enabled: Sequence[str]) -> dict[str, Action]:
    """Return the enabled actions of ``folder`` by name, in the order of ``enabled``.

    Raises:
        RegistryError: the folder or a file in it cannot be used, two actions share a name, or ``enabled`` names one
            that is not there.
    """
    all_found = found(folder)
    for name in enabled:
        if name not in all_found:
            raise RegistryError(
                "action_unknown", f"There is no action '{name}' in {folder}.", _nearest(name, all_found)
            )
    return {name: all_found[name] for name in enabled}


def found(folder: Path) -> dict[str, Action]:
    """Return every action of ``folder`` by name, enabled or not.

    Raises:
        RegistryError: the folder or a file in it cannot be used, or two actions share a name.
    """
    return unique(((action.name, action) for action in _members(folder)), "action", lambda one: one.source)


def _members(folder: Path) -> Iterator[Action]:
    try:
        for module in modules_in_folder(folder):
            file = Path(str(module.__file__))
            # An action that a file imports from a neighbour belongs to the neighbour.
            own = [member for member in vars(module).values() if isinstance(member, Action) and member.source == file]
            yield _only(own, file)
    except RegistryError as error:
        # The walk wraps whatever a file raises while it is imported; our own refusals already say file and fix.
        if isinstance(error.__cause__, RegistryError):
            raise error.__cause__ from None
        raise


def _only(own: list[Action], file: Path) -> Action:
    if len(own) != 1:
        raise RegistryError(
            "one_action_per_file",
            f"{file} defines {len(own) or 'no'} actions.",
            "One file holds one action; shared code goes in a file whose name starts with an underscore.",
        )
    return own[0]


def _nearest(name: str, all_found: dict[str, Action]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    close = get_close_matches(name, all_found, n=1)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"There are: {', '.join(sorted(all_found)) or 'none'}."
