from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest

from local_looker import make_looker, served_looker
from looker_client import client_of
from lookgate.emulator.listen import CannotListen, listen
from lookgate.emulator.run import write_ready_file
from lookgate.emulator.serve import ready


def test_a_free_port_is_the_same_on_both_addresses_of_localhost() -> None:
    sockets, port = listen("127.0.0.1", 0)
    try:
        assert {found.getsockname()[1] for found in sockets} == {port}
        families = {found.family for found in sockets}
        assert socket.AF_INET in families
        assert families <= {socket.AF_INET, socket.AF_INET6}
    finally:
        for found in sockets:
            found.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com", "::", "localhost"])  # noqa: S104 - refused
def test_nothing_but_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(CannotListen, match="127"):
        listen(host, 0)


def test_a_busy_port_is_named_with_the_option_that_changes_it() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(CannotListen, match=f"Port {port} is busy.*--port"):
            listen("127.0.0.1", port)


def test_the_ready_file_is_for_its_owner_and_has_exactly_these_parts(tmp_path: Path) -> None:
    looker = make_looker()
    path = tmp_path / "ready.json"
    path.write_text("old")
    path.chmod(0o644)
    write_ready_file(path, ready(looker.instance))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["ready.json"]
    content = json.loads(path.read_text())
    assert set(content) == {"base_url", "admin", "users"}
    assert set(content["admin"]) == {"client_id", "client_secret"}
    assert set(content["users"][0]) == {"id", "name", "email", "groups", "client_id", "client_secret"}
    ada = looker.user("Ada").api3[0]
    assert content["admin"] == {"client_id": ada.client_id, "client_secret": ada.client_secret}
    assert content["users"][1]["groups"] == ["All Users", "Coasts", "East"]


def test_both_editions_are_served() -> None:
    with served_looker(edition="core") as looker, client_of(looker, "Ada") as sdk:
        assert sdk.me().first_name == "Ada"
        with pytest.raises(Exception, match=r"Unsupported in Looker \(Google Cloud core\)"):
            sdk.auth.login_user(looker.user("Eve").id)
