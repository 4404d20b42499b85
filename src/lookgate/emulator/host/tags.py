"""Secret tags: ``{{<extension>_<key>}}`` in a header or body becomes the user's value of a hidden attribute.

The value is put in on the server, so the browser never has it. It leaves only for URLs that the attribute's allow-list
covers. A tag that names no attribute, or one without a value, stays as it is: the backend sees the tag and can say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lookgate.emulator.host.application import Extension, Refusal, extensions
from lookgate.emulator.host.urls import Target, in_allow_list
from lookgate.emulator.instance import Instance
from lookgate.emulator.people.tree import User, UserAttribute

_TAG = re.compile(r"\{\{([A-Za-z0-9_.]+)\}\}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one request of one user's extension may have put in."""

    instance: Instance
    extension: Extension
    user: User
    target: Target

    def put_in(self, text: str) -> str:
        """Return the text with this extension's tags replaced, once: what was put in is not searched again.

        Raises:
            Refusal: the attribute is not hidden, or its allow-list does not cover the URL.
        """
        return _TAG.sub(self._value, text)

    def _value(self, tag: re.Match[str]) -> str:
        name = tag[1]
        if not self._is_own(name):
            return tag[0]
        attribute = self.instance.attribute_named(name)
        if attribute is None or attribute.is_system:
            return tag[0]
        value = self.instance.value_of(self.user, attribute).value
        if value is None:
            return tag[0]
        self._check(attribute)
        return value

    def _check(self, attribute: UserAttribute) -> None:
        where = self.target.origin + self.target.path
        if not attribute.value_is_hidden:
            raise Refusal(
                f"Extension not entitled to access external secret {attribute.name}: the user attribute is not hidden. "
                "Hide its value and give it an allow-list."
            )
        if not in_allow_list(attribute.hidden_value_domain_whitelist, self.target):
            raise Refusal(
                f"Extension not entitled to access external secret {attribute.name} for {where}: the allow-list of the "
                f"user attribute ({attribute.hidden_value_domain_whitelist or 'empty'}) does not cover this URL. A "
                "pattern names scheme, host and port, and ends with /* to cover all paths."
            )

    def _is_own(self, name: str) -> bool:
        """Say whether the tag belongs to this extension: no other's longer prefix fits it."""
        prefixes = (other.prefix for other in extensions(self.instance).values())
        owner = max((prefix for prefix in prefixes if name.startswith(prefix)), key=len, default=None)
        return owner == self.extension.prefix
