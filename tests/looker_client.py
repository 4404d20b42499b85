"""The official Python client, pointed at a local Looker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import looker_sdk
from looker_sdk.rtl import requests_transport, serialize
from looker_sdk.sdk.api40 import methods

from local_looker import Looker


class Settings:
    """What the client wants to know; nothing comes from files or the environment."""

    filename = ""
    verify_ssl = False
    timeout = 20
    agent_tag = "tests"

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self.base_url = base_url
        self.client_id = client_id
        self.client_secret = client_secret
        self.headers = {"Content-Type": "application/json"}

    def read_config(self) -> dict[str, str]:
        return {"base_url": self.base_url, "client_id": self.client_id, "client_secret": self.client_secret}

    def is_configured(self) -> None:
        return None


class Nobody:
    """An auth session of the client that presents nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def authenticate(self, *_: Any) -> dict[str, str]:
        return {}


@contextmanager
def client_of(looker: Looker, first_name: str | None) -> Iterator[Any]:
    """Yield the client as a user, or as nobody."""
    key = looker.user(first_name or "Ada").api3[0]
    settings: Any = Settings(looker.instance.base_url, key.client_id, key.client_secret)
    if first_name is None:
        nobody: Any = Nobody(settings)
        transport: Any = requests_transport.RequestsTransport.configure(settings)
        sdk: Any = methods.Looker40SDK(
            nobody,
            serialize.deserialize40,
            serialize.serialize40,
            transport,
            "4.0",
        )
    else:
        sdk = looker_sdk.init40(config_settings=settings)
    try:
        yield sdk
    finally:
        sdk.transport.session.close()
