"""The appliance's own certificates, made once where none is and never replaced; and those that it trusts."""

import datetime as dt
import os
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

YEARS = 20  # nobody renews what nobody else has signed


def keep_certificate(folder: Path) -> list[Path]:
    """`tls.crt` and `tls.key` in the folder; an administrator may put a pair of their own there."""
    certificate, key = folder / "tls.crt", folder / "tls.key"
    if not (certificate.exists() and key.exists()):
        folder.mkdir(mode=0o750, exist_ok=True)
        _write(key, certificate)
    return [folder, certificate, key]


def keep_trusted(folder: Path) -> Path:
    """Whose certificates this host trusts, for Asterisk, whose root has none: taken anew at each start."""
    found, trusted = ssl.create_default_context().get_ca_certs(binary_form=True), folder / "trusted.crt"
    _replace(trusted, "".join(map(ssl.DER_cert_to_PEM_cert, found)).encode())
    return trusted


def _write(key_path: Path, certificate_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    _replace(key_path, _private(key))
    _replace(certificate_path, _signed(key))


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
        file.write(content)
    draft.rename(path)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _signed(key: ec.EllipticCurvePrivateKey) -> bytes:
    host = socket.gethostname()[:64] or "appliance"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    draft = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    draft = draft.serial_number(x509.random_serial_number())
    draft = draft.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=365 * YEARS))
    draft = draft.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
