"""Looker's API 4.0, as far as the local Looker speaks it; one file per group of operations."""
