"""uvicorn's HTTP/1.1 protocol with the bounds it lacks: on a request's head, on time, and on what is a header.

Without them one connection could send a head that never ends and fill the memory, or send nothing and stay for ever.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lookgate.web.body import PATIENCE_SECONDS

MAX_HEAD_BYTES = 65_536
"""What an unfinished request line and headers may take; a finished one is judged by ``entrance``."""
HEAD_SECONDS = 15.0
"""From the first byte of a request to the end of its headers."""
BODY_SECONDS = PATIENCE_SECONDS + 10.0
"""From there to the end of the body, also of one that nobody reads; ``read_json`` answers before."""
_TOO_LARGE = b"431 Request Header Fields Too Large"
_UPGRADE = b"400 Bad Request"


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS

    _timer: asyncio.TimerHandle | None = None
    _in_head = False
    _in_body = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        # A connection that says nothing is as idle as one between two requests.
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_timer()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        was_in_head = self._in_head
        super().data_received(data)
        if self._in_head:
            # The head that begins amid this piece is not longer than a piece, so it need not be counted yet.
            self._head_bytes = self._head_bytes + len(data) if was_in_head else 0
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(_TOO_LARGE)
                return
        if self._timer is None and not self._in_body and (self._in_head or self._is_idle()):
            # An idle connection that gets here sent empty lines, which are no request yet.
            self._start_timer(self.head_seconds)

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come here too. They are no headers: proxies do not look at them (RFC 9110, section 6.5.1).
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body = False, True
        self._start_timer(self.body_seconds)
        if self.parser.should_upgrade() and _announces_body(self.headers):
            # The parser stops here for another protocol: the body would be taken for nothing, or for a new request.
            self._refuse(_UPGRADE)
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        self._end_timer()
        if not self.transport.is_closing():
            super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, also when the other side does not take what was answered."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _is_idle(self) -> bool:
        return self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete)

    def _start_timer(self, seconds: float) -> None:
        self._end_timer()
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: bytes) -> None:
        self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


def _announces_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)
