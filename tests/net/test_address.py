from __future__ import annotations

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from lookgate.core.secret import Secret
from lookgate.errors import Unavailable
from lookgate.looker.client import LookerClient
from lookgate.net.address import RefusedAddress, is_loopback, may_dial
from lookgate.net.resolver import CheckedResolver
from lower_rooms import StillClock, run

NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::a9fe:a9fe",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:0:169.254.169.254",
    "64:ff9b:1::a9fe:a9fe",
    "0.0.0.0",  # noqa: S104 - an address that must be refused
    "::",
    "224.0.0.1",
    "ff02::1",
]
ONLY_PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::7f00:1",
    "::ffff:0:10.0.0.1",
    "fec0::1",
    "::ffff:127.0.0.1",
]


@pytest.mark.counts("SSRF", "metadata and link-local addresses")
@pytest.mark.parametrize("address", NEVER)
def test_a_metadata_or_link_local_address_is_never_dialled(address: str) -> None:
    assert not may_dial(address, private=False)
    assert not may_dial(address, private=True)


@pytest.mark.counts("SSRF", "private addresses")
@pytest.mark.parametrize("address", ONLY_PRIVATE)
def test_a_private_address_is_dialled_only_when_the_settings_say_so(address: str) -> None:
    assert not may_dial(address, private=False)
    assert may_dial(address, private=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_is_dialled(address: str) -> None:
    assert may_dial(address, private=False)


@pytest.mark.parametrize(("host", "yes"), [("localhost", True), ("::1", True), ("localhost.example.com", False)])
def test_only_this_machine_is_this_machine(host: str, yes: bool) -> None:
    assert is_loopback(host) is yes


class Answers(AbstractResolver):
    """A name server that a test controls."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


@pytest.mark.counts("SSRF", "names that lead to bad addresses")
def test_one_bad_address_among_good_ones_refuses_the_name() -> None:
    async def story() -> None:
        good = await CheckedResolver(Answers("8.8.8.8"), private=False).resolve("looker.example.com")
        assert [one["host"] for one in good] == ["8.8.8.8"]
        with pytest.raises(RefusedAddress):
            await CheckedResolver(Answers("8.8.8.8", "10.0.0.1"), private=False).resolve("looker.example.com")

    run(story())


@pytest.mark.counts("SSRF", "names that lead to bad addresses")
@pytest.mark.parametrize("private", [False, True])
def test_a_name_that_leads_to_this_machine_is_called_only_when_the_settings_allow_it(private: bool) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            url = f"https://looker.example.com:{listener.getsockname()[1]}"
            client = LookerClient(
                url,
                Secret("id"),
                Secret("secret"),
                clock=StillClock(),
                timeout=0.2,
                private_network=private,
                names=Answers("127.0.0.1"),
            )
            with pytest.raises(Unavailable) as refused:
                await client.get("/roles")
            await client.close()
            if private:
                listener.accept()[0].close()  # it was dialled, and answers no TLS
                return
            assert refused.value.code == "looker_address_refused"
            assert "private_network" in refused.value.hint
            with pytest.raises(BlockingIOError):
                listener.accept()

    run(story())


@pytest.mark.counts("SSRF", "addresses in disguise")
@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "017700000001"])
def test_an_address_in_disguise_is_not_called(host: str) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            url = f"https://{host}:{listener.getsockname()[1]}"
            client = LookerClient(url, Secret("id"), Secret("secret"), clock=StillClock(), timeout=5)
            with pytest.raises(Unavailable):
                await client.get("/roles")
            await client.close()
            with pytest.raises(BlockingIOError):
                listener.accept()

    run(story())
