from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from lookgate.core.secret import Secret
from lookgate.errors import Unavailable
from lookgate.store.postgres import PostgresStore
from postgres import Server, running_server
from store_places import new_database, open_at


@dataclass(frozen=True)
class Secured:
    server: Server
    port: int
    certificate: Path

    def url(self, host: str, options: str) -> str:
        return f"postgresql://postgres@{host}:{self.port}/gate?{options}"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A server on a port of this machine that has a certificate for ``localhost``."""
    with running_server() as server:
        new_database(server.conninfo)
        server.stop()
        certificate, key = _certificate(server.folder / "data")
        known = tmp_path_factory.mktemp("known") / "root.pem"
        known.write_bytes(certificate.read_bytes())
        if server.user:
            shutil.chown(key, server.user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server.start(listen_addresses="127.0.0.1", port=port, ssl="on", ssl_cert_file=certificate, ssl_key_file=key)
        yield Secured(server, port, known)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    certificate, private = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.touch(0o600)
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.chmod(0o644)
    return certificate, private


def test_a_server_whose_certificate_fits_is_spoken_to_in_secret(secured: Secured) -> None:
    url = secured.url("localhost", f"sslmode=verify-full&sslrootcert={secured.certificate}")
    store = PostgresStore(Secret(url))
    (row,) = store.select("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", ())
    store.check()
    store.close()
    assert row == (True,)


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("127.0.0.1", "sslmode=verify-full&sslrootcert={known}"),  # not the name in the certificate
        ("localhost", "sslmode=verify-full&sslrootcert={known}.missing"),
        ("localhost", "sslmode=verify-full&sslrootcert=system"),  # nobody vouches for it
    ],
)
def test_a_server_whose_certificate_does_not_fit_is_not_spoken_to(secured: Secured, host: str, options: str) -> None:
    with pytest.raises(Unavailable, match="no secured connection came about"):
        open_at(secured.url(host, options.format(known=secured.certificate)))


def test_a_server_that_offers_no_tls_is_not_spoken_to_in_the_clear(secured: Secured) -> None:
    secured.server.stop()
    secured.server.start(listen_addresses="127.0.0.1", port=secured.port)
    with pytest.raises(Unavailable, match="no secured connection came about"):
        open_at(secured.url("localhost", "sslmode=require"))
    open_at(secured.url("localhost", "sslmode=disable")).close()  # written out, so meant
