"""From lookgate.toml to a private service on Cloud Run: what is needed there as data, and three ways to write it.

Nothing here calls a network or reads a secret's value.
"""
