"""``[tokens]``: the gateway's own tokens, for which a handle is exchanged."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from lookgate.keys.life import LONGEST_LIFE
from lookgate.settings.mistakes import Mistakes


class Tokens(Struct, frozen=True):
    """``[tokens]``. Without it no handle is exchanged, and no token of the gateway's own is accepted."""

    issuer: Annotated[
        str, Meta(description="Write this gateway's own URL, such as 'https://gateway.example.com', without a path.")
    ] = ""
    lifetime: Annotated[
        int, Meta(ge=30, le=LONGEST_LIFE, description=f"Write whole seconds from 30 to {LONGEST_LIFE}.")
    ] = 300

    @property
    def configured(self) -> bool:
        """Whether handles are exchanged for tokens."""
        return bool(self.issuer)


def check_tokens(tokens: Tokens, mistakes: Mistakes, *, problem: str, has_instance: bool) -> None:
    """Tokens are set up whole or not at all.

    Args:
        tokens: what was written.
        mistakes: where to say what is wrong.
        problem: what keeps the issuer from being an origin; empty when nothing does.
        has_instance: whether there is an instance whose users can have handles.
    """
    if tokens == Tokens():
        return
    fix = "Write this gateway's own URL without a path, such as 'https://gateway.example.com'."
    if not tokens.issuer:
        mistakes.add(("tokens", "issuer"), "this is missing", fix)
    elif problem:
        mistakes.add(("tokens", "issuer"), problem, fix)
    if not has_instance:
        mistakes.add(("tokens",), "a token names a Looker user, and no instance is set up", "Add [instance].")
