"""Turning one kind of credential into a principal: one file per kind, and the chain that asks them in turn."""
