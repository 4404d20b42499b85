"""Recognising what is no credential at all: a secret tag that Looker did not substitute, or a scheme put twice."""

from __future__ import annotations

import re

from lookgate.core.identity import Credential
from lookgate.errors import Unauthenticated

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"(?=.{1,120}$)[a-z]{1,24}[0-9]{0,3}(?:[_.]{1,2}[a-z]{1,24}[0-9]{0,3})*")
"""An attribute's name, in words. Looker puts values in wherever a tag stands, so ``{{{{tag}}}}`` arrives as
``{{value}}``: what is repeated must be too plain to be a secret."""
_SCHEME = re.compile(r"(bearer|basic|token|digest|negotiate)\s", re.IGNORECASE)


def refuse_unsubstituted(credential: Credential) -> None:
    """Refuse a credential that still holds ``{{…}}`` or that begins with the name of a scheme.

    Raises:
        Unauthenticated: ``unsubstituted_tag``, with what must be set up in Looker, or ``doubled_scheme``.
    """
    value = credential.secret.reveal()
    tag = _TAG.search(value)
    if tag is not None:
        # Repeated only if it is made of words: the rest may be a secret, or an attack on whoever reads the answer.
        inner = tag[1].strip()
        name = f"'{inner}'" if _NAME.fullmatch(inner) else "that the tag names"
        raise Unauthenticated(
            "unsubstituted_tag",
            f"The secret tag in '{credential.location}' arrived as it is: Looker has no value for the attribute "
            f"{name}.",
            "Looker did not replace the tag: either the call did not go through serverProxy, or something is missing "
            f"in Looker. There, the user attribute {name} must exist under exactly this name, be hidden, have a value "
            "for this user, and have a domain allow-list that covers this gateway's URL.",
        )
    scheme = _SCHEME.match(value)
    if scheme is not None:
        raise Unauthenticated(
            "doubled_scheme",
            f"What stands in '{credential.location}' begins with '{scheme[1].capitalize()} ' a second time.",
            "Store the bare value in the user attribute, without the scheme; the header adds it.",
        )
