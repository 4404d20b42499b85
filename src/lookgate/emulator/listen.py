"""Listening on this machine, and nowhere else."""

from __future__ import annotations

import errno
import ipaddress
import socket


class CannotListen(Exception):
    """The address is busy or not ours; the message says which option changes it."""


def listen(host: str, port: int, *, option: str = "--port") -> tuple[list[socket.socket], int]:
    """Bind a loopback address and, for browsers that try it first for ``localhost``, ``::1`` on the same port.

    Args:
        host: the address.
        port: 0 picks a free one.
        option: what chooses another port, for the error.

    Raises:
        CannotListen: not a loopback address, or the port is busy.
    """
    try:
        loopback = ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise CannotListen(f"It gives out its keys and so listens on 127.x.x.x only, not on {host!r}.")
    attempts = 20 if port == 0 else 1
    for attempt in range(1, attempts + 1):
        first = _bind(socket.AF_INET, host, port, option)
        chosen: int = first.getsockname()[1]
        try:
            return [first, *_bind_others(host, chosen, option)], chosen
        except CannotListen:
            first.close()
            if attempt == attempts:
                raise
    raise AssertionError  # unreachable: the last attempt returns or raises


def _bind_others(host: str, port: int, option: str) -> list[socket.socket]:
    """``localhost`` must reach this process and nobody else's, under both of its addresses."""
    found: list[socket.socket] = []
    try:
        if host != "127.0.0.1":
            found.append(_bind(socket.AF_INET, "127.0.0.1", port, option))
        if socket.has_ipv6:
            try:
                found.append(_bind(socket.AF_INET6, "::1", port, option))
            except OSError as error:
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise
    except BaseException:
        for listener in found:
            listener.close()
        raise
    return found


def _bind(family: socket.AddressFamily, host: str, port: int, option: str) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            reason = "is busy" if error.errno == errno.EADDRINUSE else "may not be used"
            raise CannotListen(f"Port {port} {reason}. Choose another with {option}, or 0 for a free one.") from error
        raise
    return listener
