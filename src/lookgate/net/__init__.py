"""Reaching other hosts: which addresses are dialled, and how a public document is fetched."""
