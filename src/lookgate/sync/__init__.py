"""Tokens stored in Looker that never go stale: planned by a pure function, renewed in one straight line."""
