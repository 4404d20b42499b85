"""As much of a Looker as the verification of a handle asks: one user, one group, one role, on loopback."""

from __future__ import annotations

import json
import threading
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
    "/api/4.0/users/7": {
        "id": "7",
        "display_name": "Ana Bench",
        "email": "ana@example.com",
        "is_disabled": False,
        "group_ids": ["1"],
        "role_ids": ["2"],
    },
    "/api/4.0/groups": [{"id": "1", "name": "Analysts"}],
    "/api/4.0/roles": [{"id": "2", "name": "Viewer"}],
}


def issue_handle(store_file: Path) -> None:
    """Make ``HANDLE`` the handle of the user 7."""
    store = SqliteStore(store_file)
    store.handles.add(HandleRecord(sha256_hex(Secret(HANDLE)), "7", datetime.now(UTC)))
    store.close()


def serve_looker() -> str:
    """Serve it from a thread; return its base URL."""

    class Looker(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            body = json.dumps(_ANSWERS.get(self.path.partition("?")[0])).encode()
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
