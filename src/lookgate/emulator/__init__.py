"""A local Looker: API, queries, extension host.

It imports nothing from the rest of Lookgate, so it shares no bug with it.
"""
