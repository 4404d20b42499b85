"""Resolving a name once, so that the address that was checked is the address that is dialled."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from lookgate.net.address import RefusedAddress, may_dial


class CheckedResolver(AbstractResolver):
    """Resolves as the operating system does, and refuses a name as soon as one of its addresses is not allowed."""

    def __init__(self, inner: AbstractResolver | None = None, *, private: bool) -> None:
        self._inner = inner or ThreadedResolver()
        self._private = private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not all(may_dial(one["host"], private=self._private) for one in found):
            raise RefusedAddress(f"{host} leads to an address that is not public")
        return found

    async def close(self) -> None:
        await self._inner.close()
