"""As much of a Looker as the verification of a caller asks, ours and the predecessor's; slow if asked to be."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lookgate.core.ports import HandleRecord
from lookgate.core.secret import Secret, sha256_hex
from lookgate.store.sqlite import SqliteStore

HANDLE = "lgh_" + "Benchmark-" * 4 + "abc"
_ANSWERS: Mapping[str, object] = {
    "/api/4.0/login": {"access_token": "bench", "expires_in": 3600, "token_type": "Bearer"},
    "/api/4.0/groups": [{"id": "1", "name": "Analysts"}],
    "/api/4.0/roles": [{"id": "2", "name": "Viewer"}],
    "/api/4.0/queries": {"id": "5"},
    "/api/4.0/queries/5/run/json": [{"auth.check": "yes"}],
}
_USER = {
    "display_name": "Ana Bench",
    "email": "ana@example.com",
    "is_disabled": False,
    "group_ids": ["1"],
    "role_ids": ["2"],
}


def issue_handle(store_file: Path) -> None:
    """Make ``HANDLE`` the handle of the user 7."""
    store = SqliteStore(store_file)
    store.handles.add(HandleRecord(sha256_hex(Secret(HANDLE)), "7", datetime.now(UTC)))
    store.close()


def answer_to(path: str) -> object:
    """Return what this Looker says: there is every user, and whoever asks may become one."""
    place, _, name = path.rpartition("/")
    if place == "/api/4.0/users":
        return {"id": name, **_USER}
    return _ANSWERS["/api/4.0/login"] if place == "/api/4.0/login" else _ANSWERS.get(path)


def serve_looker(latency: float = 0.0) -> str:
    """Serve it from a thread, each call ``latency`` seconds late; return its base URL."""

    class Looker(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two segments: the second must not wait for the first's ACK

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            time.sleep(latency)
            body = json.dumps(answer_to(self.path.partition("?")[0])).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Say nothing: the bench prints its own table."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Looker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"
