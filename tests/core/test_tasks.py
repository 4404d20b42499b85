from __future__ import annotations

import asyncio
import threading

from lookgate.core.tasks import end


async def forever(ended: list[str]) -> None:
    try:
        await asyncio.Future()
    finally:
        ended.append("ended")


def test_what_runs_is_ended_and_waited_for() -> None:
    async def story() -> list[str]:
        ended: list[str] = []
        tasks = [asyncio.create_task(forever(ended)) for _ in range(3)]
        await asyncio.sleep(0)
        await end(tasks)
        await end(tasks)
        return ended

    assert asyncio.run(story()) == ["ended"] * 3


def test_what_runs_in_another_loop_is_ended_there_and_holds_nobody_up() -> None:
    ended: list[str] = []
    loop, gone = asyncio.new_event_loop(), threading.Event()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> asyncio.Task[None]:
        task = asyncio.create_task(forever(ended))
        task.add_done_callback(lambda _: gone.set())
        await asyncio.sleep(0)
        return task

    task = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    asyncio.run(asyncio.wait_for(end([task]), 10))
    assert gone.wait(10)
    assert ended == ["ended"]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    asyncio.run(asyncio.wait_for(end([task]), 10))  # nor does one whose loop is closed
