"""Lookgate's side of the Looker API: a lean client, the user directory, and handles kept in user attributes."""
