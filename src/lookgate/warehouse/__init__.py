"""Connections to the data warehouse."""
