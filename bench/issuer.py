"""A key pair, tokens signed with it, and the key set as the gateway and as google-auth read it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER = "https://accounts.google.com"
AUDIENCE = "https://gateway.example"
EMAIL = "bench@project.iam.gserviceaccount.com"


class Issuer:
    """One RSA-2048 key, kid ``bench``."""

    def __init__(self) -> None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key = RSAKey.import_key(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            {"kid": "bench", "alg": "RS256", "use": "sig"},
        )
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(private, hashes.SHA256())
        )
        self.certificates = json.dumps(
            {"bench": certificate.public_bytes(serialization.Encoding.PEM).decode()}
        ).encode()

    def key_set(self) -> str:
        return json.dumps({"keys": [self._key.as_dict(private=False)]})

    def token(self, subject: str) -> str:
        now = int(datetime.now(UTC).timestamp())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 3600}
        claims |= {"email": EMAIL, "email_verified": True}
        return jwt.encode({"alg": "RS256", "kid": "bench", "typ": "JWT"}, claims, self._key)

    def serve_certificates(self) -> str:
        """Serve the certificates as Google does, on loopback; return the URL."""
        body = self.certificates

        class Certificates(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: the bench prints its own table."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Certificates)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/certs"
