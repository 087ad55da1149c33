"""The vendor's public keys as files, and the one private key that everybody may have: that of trials."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from appliance.core.license.document import Keyring, LicenseError, VendorKey
from appliance.core.words import N_

PROJECT_DIR = Path(__file__).resolve().parents[2]
USUAL_FOLDER = PROJECT_DIR / "license_keys"
PUBLIC, PRIVATE = ".pub", ".private"
TRIAL = "trial"


def read_keyring(folder: Path) -> Keyring:
    """`KEY-ID.pub` each. A file that is no key is left out: the others are still good."""
    keys = []
    for path in sorted(folder.glob(f"*{PUBLIC}")):
        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError, UnsupportedAlgorithm):
            continue
        if isinstance(key, Ed25519PublicKey):
            keys.append(VendorKey(path.stem, key.public_bytes_raw(), is_trial=path.stem == TRIAL))
    return tuple(keys)


def read_trial_key(folder: Path) -> Ed25519PrivateKey | None:
    path = folder / f"{TRIAL}{PRIVATE}"
    return read_private(path, "") if path.exists() else None


def read_private(path: Path, password: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password.encode() if password else None)
    except OSError as error:
        raise LicenseError(N_("{path}: {reason}"), path=path, reason=error.strerror) from None
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LicenseError(N_("{path} cannot be used as a key: {reason}"), path=path, reason=error) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise LicenseError(N_("{path} is no key for licenses."), path=path)
    return key


def write_pair(folder: Path, key_id: str, password: str) -> tuple[Path, Path]:
    """The private file, which only its owner may read, and the public one. Nothing that exists is overwritten."""
    private, public = folder / f"{key_id}{PRIVATE}", folder / f"{key_id}{PUBLIC}"
    key = Ed25519PrivateKey.generate()
    cover = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        private.touch(mode=0o600, exist_ok=False)
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cover))
        with public.open("xb") as file:
            file.write(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as error:
        raise LicenseError(N_("{path}: {reason}"), path=error.filename, reason=error.strerror) from None
    return private, public
