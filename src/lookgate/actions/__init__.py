"""Actions: business endpoints with typed input, typed output, a policy and a handler. One file each."""

from __future__ import annotations

from lookgate.actions.base import Action, Context, Input, Output, action, discover, found

__all__ = ["Action", "Context", "Input", "Output", "action", "discover", "found"]
