"""A gateway process in a simulation: its source, its writer and its way to the store, until it is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ParamSpec, TypeVar

from lookgate.core.ports import RandomBytes
from lookgate.core.renewal import Minted, RenewalStates, Target
from lookgate.core.secret import Secret
from lookgate.sync.simulate.clock import START, SimulatedClock, elapsed
from lookgate.sync.simulate.faults import Faults, Point
from lookgate.sync.simulate.observer import Observer
from lookgate.sync.world import World

P = ParamSpec("P")
T = TypeVar("T")


class Killed(BaseException):
    """The process is gone: nothing that it was about to do happens."""


class Issuer:
    """Makes tokens for all processes; it keeps the last one of an audience as long as it likes.

    Args:
        life: of a token, in seconds.
        fresh: how many seconds before its end another token is made; no less than the life makes each one new.
        observer: learns when each truly ends.
    """

    def __init__(self, life: float, fresh: float, observer: Observer) -> None:
        self._life = life
        self._fresh = fresh
        self._observer = observer
        self._last: dict[str, tuple[str, float]] = {}

    def token(self, audience: str) -> tuple[str, float]:
        """Return a token and when it ends."""
        last = self._last.get(audience)
        if last is None or self._fresh >= self._life or last[1] - elapsed() <= self._fresh:
            last = self._last[audience] = self._observer.issue(self._life)
        return last


@dataclass(slots=True)
class Calls:
    """What Looker saw of writes, from whichever process."""

    made: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Around:
    """What all processes share."""

    states: RenewalStates
    issuers: Mapping[str, Issuer]
    """By the source's name."""
    lives: Mapping[str, float]
    observer: Observer
    faults: Faults
    random: RandomBytes
    every: float
    calls: Calls


class Process:
    """One process. After its death every port refuses, so it leaves nothing but what it has done before."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._alive = True
        self.world = World(
            states=around.states,
            sources={name: _Source(self, around, name) for name in around.issuers},
            writer=_Writer(self, around),
            clock=SimulatedClock(),
            random=around.random,
            sleep=self._sleep,
            blocking=self._in_place,
            every=around.every,
        )

    @property
    def is_alive(self) -> bool:
        return self._alive

    def live(self, point: Point | None = None) -> None:
        """Go on living, unless the time has come.

        Raises:
            Killed: it has.
        """
        faults = self._around.faults
        if (point and self._alive and faults.strikes(point)) or faults.out("gateway"):
            self._alive = False
        if not self._alive:
            raise Killed

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.live()

    async def _in_place(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self.live()
        return function(*args, **kwargs)


class _Source:
    def __init__(self, process: Process, around: Around, name: str) -> None:
        self._process = process
        self._around = around
        self._name = name

    async def mint(self, audience: str) -> Minted:
        token, ends = await self._around.faults.call("source", lambda: self._around.issuers[self._name].token(audience))
        self._process.live("between mint and write")
        issued = ends - self._around.lives[self._name]
        return Minted(Secret(token), START + timedelta(seconds=ends), START + timedelta(seconds=issued))


class _Writer:
    def __init__(self, process: Process, around: Around) -> None:
        self._process = process
        self._around = around

    async def write(self, target: Target, value: Secret) -> None:
        self._process.live("just before a write")
        self._around.calls.made += 1
        await self._around.faults.call("looker", lambda: self._around.observer.store(target.key, value.reveal()))
        self._around.calls.answered += 1
        self._process.live("after a write, before its record")
