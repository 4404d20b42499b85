"""Looker's own Liquid: tags, filters, and an output statement that marks what it prints into SQL.

Source: Looker documentation, "Liquid variable reference". There is no include, no render and no file system, and
loops and variables are bounded: a template can neither read files nor run away.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, TextIO

from liquid import Environment, Mode
from liquid.ast import BlockNode, Node
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.context import RenderContext
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.stringify import to_liquid_string
from liquid.tag import Tag
from liquid.token import TOKEN_EOF, TOKEN_EXPRESSION, TOKEN_TAG, Token

from lookgate.emulator.lookml import seal
from lookgate.emulator.lookml.errors import QueryError

_REMOVED = ("include", "render", "cycle", "increment", "decrement", "tablerow", "ifchanged", "liquid")


class Sql(str):
    """Complete SQL made by the engine: it is printed as it is, but only outside of quotes."""

    __slots__ = ()


def _is_constant(expression: Expression) -> bool:
    from liquid.builtin.expressions import Path  # noqa: PLC0415 - next to its only use

    return not isinstance(expression, Path) and all(_is_constant(child) for child in expression.children())


def _print(expression: Expression, context: RenderContext, buffer: TextIO) -> int:
    value = expression.evaluate(context)
    if isinstance(value, Sql):
        return buffer.write(f"{seal.SQL}{value}{seal.SQL_END}")
    text = to_liquid_string(value, autoescape=False)
    return buffer.write(text if _is_constant(expression) else f"{seal.VALUE}{text}{seal.VALUE_END}")


class _SqlOutputNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _print(self.expression, context, buffer)


class _SqlOutput(Output):
    node_class = _SqlOutputNode


class _SqlEchoNode(EchoNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _print(self.expression, context, buffer)


class _SqlEcho(EchoTag):
    node_class = _SqlEchoNode


class _CallNode(Node):
    """A tag with the name of one field: the template's globals hold the function that answers it."""

    def __init__(self, token: Token, tag: str, field: str) -> None:
        super().__init__(token)
        self.tag = tag
        self.field = field
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        answer: Callable[[str], str] = context.globals[f"\0{self.tag}"]  # type: ignore[assignment]
        return buffer.write(f"{seal.SQL}{answer(self.field)}{seal.SQL_END}")


class _ConditionNode(Node):
    def __init__(self, token: Token, field: str, block: BlockNode) -> None:
        super().__init__(token)
        self.field = field
        self.block = block
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        inner = context.get_buffer(buffer)
        self.block.render(context, inner)
        answer: Callable[[str, str], str] = context.globals["\0condition"]  # type: ignore[assignment]
        # What the block printed is checked by itself: the condition repeats it, and may stand only outside of quotes.
        where = f'the condition on "{self.field}"'
        body = seal.sealed(inner.getvalue(), where)
        if "\\'" in body:
            seal.refuse_escapes(where)
        return buffer.write(f"{seal.SQL}{answer(self.field, body)}{seal.SQL_END}")


class _IncrementNode(Node):
    def __init__(self, token: Token, block: BlockNode) -> None:
        super().__init__(token)
        self.block = block
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        inner = context.get_buffer(buffer)
        self.block.render(context, inner)
        answer: Callable[[str], str] = context.globals["\0incrementcondition"]  # type: ignore[assignment]
        body = seal.sealed(inner.getvalue(), "the incrementcondition")
        return buffer.write(f"{seal.SQL}{answer(body)}{seal.SQL_END}")


def _field_name(stream: TokenStream, tag: str) -> str:
    if stream.current.kind != TOKEN_EXPRESSION:
        raise QueryError(f"The Liquid tag {tag} needs the name of a field.")
    return str(stream.current.value).strip()


class _CallTag(Tag):
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        return _CallNode(token, self.name, _field_name(stream, self.name))


class _Parameter(_CallTag):
    name = "parameter"


class _DateStart(_CallTag):
    name = "date_start"


class _DateEnd(_CallTag):
    name = "date_end"


class _Condition(Tag):
    name = "condition"
    end = "endcondition"

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        field = _field_name(stream, self.name)
        next(stream)
        block = get_parser(self.env).parse_block(stream, frozenset((self.end, TOKEN_EOF)))
        stream.expect(TOKEN_TAG, value=self.end)
        return _ConditionNode(token, field, block)


class _IncrementCondition(Tag):
    name = "incrementcondition"
    end = "endincrementcondition"

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        block = get_parser(self.env).parse_block(stream, frozenset((self.end, TOKEN_EOF)))
        stream.expect(TOKEN_TAG, value=self.end)
        return _IncrementNode(token, block)


def _quote(value: object) -> Sql:
    text = to_liquid_string(value, autoescape=False)
    return Sql("'" + text.replace("'", "''") + "'")


def _boolean(value: object) -> Sql:
    return Sql("TRUE" if value is True or str(value).lower() in ("true", "yes", "1") else "FALSE")


class _Bounded(Environment):
    # The library's own limit of the output would turn carriage returns into line feeds.
    loop_iteration_limit: ClassVar[int | None] = 10_000
    local_namespace_limit: ClassVar[int | None] = 2_000_000


def _environment(*, html: bool) -> Environment:
    environment = _Bounded(tolerance=Mode.STRICT, autoescape=html)
    for tag in _REMOVED:
        environment.tags.pop(tag, None)
    environment.filters.pop("safe", None)  # it would take a value out of HTML escaping
    return environment


@cache
def sql_environment() -> Environment:
    """Liquid inside SQL."""
    environment = _environment(html=False)
    for tag in (_SqlOutput, _SqlEcho, _Parameter, _DateStart, _DateEnd, _Condition, _IncrementCondition):
        environment.add_tag(tag)
    filters: dict[str, Any] = {"sql_quote": _quote, "sql_boolean": _boolean}
    for name, function in filters.items():
        environment.add_filter(name, function)
    return environment


@cache
def html_environment() -> Environment:
    """Liquid inside ``html``, links and labels: every printed value is HTML-escaped."""
    return _environment(html=True)
