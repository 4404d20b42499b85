from __future__ import annotations

import asyncio

import pytest

from lookgate.emulator.host import urls
from lookgate.emulator.host.application import Refusal
from lookgate.emulator.host.server_proxy import Outgoing, call


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock a test puts forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def test_a_backend_that_does_not_answer_is_given_up_after_thirty_seconds_and_not_before() -> None:
    loop = Loop()

    async def turns() -> None:
        for _ in range(50):
            await asyncio.sleep(0)

    async def story() -> None:
        reached = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            reached.set()
            await reader.read()  # until the caller hangs up
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            target = urls.read(f"http://127.0.0.1:{port}/slow")
            task = asyncio.create_task(call(Outgoing("GET", target, {}, None)))
            await reached.wait()
            loop.ahead = 28
            await turns()
            assert not task.done()
            loop.ahead = 32
            with pytest.raises(Refusal, match="did not answer within 30 seconds") as refused:
                await task
            assert refused.value.status == 504

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(story())
