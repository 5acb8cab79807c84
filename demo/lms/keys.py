"""The key of the demo LMS: made at the first start, the same at every later one."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class DataFolderError(Exception):
    """The demo LMS cannot use its data folder."""


@dataclass(frozen=True)
class PlatformKey:
    """An RSA key pair as two PEM texts, which is how the platform library wants it."""

    private_pem: str
    public_pem: str


def replace_file(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
        Path(file.name).replace(path)
    except OSError as error:
        raise DataFolderError(
            f"The demo LMS cannot write to its data folder {path.parent}: {error.strerror}. "
            "Give it a folder that it may write to in DEMO_LMS_DATA."
        ) from error


def load_or_make(path: Path) -> PlatformKey:
    """Return the key in this file, after making it if there is none."""
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        key = generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        replace_file(path, pem.decode())
        return _key_pair(key, pem)
    except OSError as error:
        raise DataFolderError(f"The demo LMS cannot read its key {path}: {error.strerror}.") from error
    try:
        loaded = load_pem_private_key(pem, password=None)
    except ValueError as error:
        raise DataFolderError(
            f"The demo LMS's key {path} is broken. Delete it and start again: a new one is made."
        ) from error
    if not isinstance(loaded, RSAPrivateKey):
        raise DataFolderError(f"The demo LMS's key {path} is no RSA key. Delete it and start again.")
    return _key_pair(loaded, pem)


def _key_pair(key: RSAPrivateKey, pem: bytes) -> PlatformKey:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PlatformKey(pem.decode(), public.decode())
