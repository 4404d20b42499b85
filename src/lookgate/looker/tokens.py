"""Whose API token this is, as the instance itself says."""

from __future__ import annotations

from lookgate.core.secret import Secret
from lookgate.errors import LookgateError
from lookgate.looker.client import LookerClient, segment
from lookgate.looker.refusal import not_looker


class LookerTokenOwners:
    """``core.ports.TokenOwners``: one ``GET /user`` with the token in question, at this instance and nowhere else."""

    def __init__(self, client: LookerClient) -> None:
        self._client = client

    async def owner_of(self, token: Secret) -> str | None:
        answer = await self._client.row_as(token, "/user", fields="id")
        if answer is None:
            return None
        try:
            return segment(answer["id"])
        except (KeyError, TypeError, LookgateError) as error:
            raise not_looker(self._client.base_url) from error
