"""Lookgate."""
