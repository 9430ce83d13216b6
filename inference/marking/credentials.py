"""Signers: the user's certificate, or one made on this machine that nobody else trusts."""

import dataclasses
import datetime
import os
from pathlib import Path

from absl import logging
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from facedancer.utils.errors import UserError
from facedancer.utils.files import written_whole

_FILE = "signing.pem"  # the key and its certificates: one file, so that they always fit
_YEARS = 10
# The permissions that nobody but the owner may have.
_OTHERS = 0o077
# What the C2PA's certificate profile asks for; the first is what older readers know.
_PURPOSES = [ExtendedKeyUsageOID.EMAIL_PROTECTION, x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")]
_EC_ALGORITHMS = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclasses.dataclass(frozen=True)
class Credentials:
    """A key and its certificates, as `c2pa` signs with them.

    Attributes:
        algorithm: C2PA's name, such as ``es256``.
        chain: certificates, PEM, the signer's first.
        key: the signer's private key, PEM.
        is_local: made on this machine; whoever verifies will find it untrusted.
    """

    algorithm: str
    chain: bytes
    key: bytes
    is_local: bool


def read_credentials(certificates: Path, key: Path) -> Credentials:
    """Reads a certificate chain and its key, both PEM.

    Raises:
        UserError: not readable, an encrypted or unsuitable key, or a key of another certificate.
    """
    try:
        chain_data, key_data = certificates.read_bytes(), key.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {error.filename}: {error.strerror}") from error
    try:
        signer = x509.load_pem_x509_certificates(chain_data)[0]
    except ValueError as error:
        raise UserError(f"{certificates} contains no PEM certificates ({error})") from error
    try:
        private = load_pem_private_key(key_data, None)
    except TypeError as error:
        raise UserError(f"{key} is encrypted; give a key without a passphrase") from error
    except ValueError as error:
        raise UserError(f"{key} contains no PEM private key ({error})") from error
    if key.stat().st_mode & _OTHERS:
        logging.warning("others can read %s, and sign in your name: chmod 600 it", key)
    if signer.public_key() != private.public_key():
        raise UserError(f"{key} is not the key of the first certificate in {certificates}")
    return Credentials(_algorithm(private, key), chain_data, key_data, is_local=False)


def local_credentials(folder: Path | None = None) -> Credentials:
    """This machine's own, made on first use.

    Args:
        folder: where they are kept; default: ``facedancer/signing`` in the user's data folder.

    Raises:
        UserError: the folder cannot be written.
    """
    path = (folder or _user_folder()) / _FILE
    try:
        return _stored(path) or _make(path)
    except OSError as error:
        raise UserError(
            f"cannot keep a signing certificate in {path.parent} ({error.strerror}); give your own "
            "with --c2pa_cert and --c2pa_key"
        ) from error


def _user_folder() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "facedancer" / "signing"


def _algorithm(key: object, path: Path) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _EC_ALGORITHMS:
        return _EC_ALGORITHMS[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise UserError(f"{path}: C2PA signs with P-256, P-384, P-521, Ed25519 or RSA keys")


def _stored(path: Path) -> Credentials | None:
    """Reads what an earlier run left, unless it is damaged or has expired."""
    if not path.is_file():
        return None
    if path.stat().st_mode & _OTHERS:
        # Copied back from somewhere: it is to be the owner's alone again.
        path.chmod(0o600)
    data = path.read_bytes()
    try:
        key = load_pem_private_key(data, None)
        chain = x509.load_pem_x509_certificates(data)
    except ValueError:
        return None
    return _credentials(key, chain) if chain[0].not_valid_after_utc > _now() else None


def _make(path: Path) -> Credentials:
    """Writes a chain of two: C2PA accepts no signer that signed its own certificate."""
    authority_key, signer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name = _name("FaceDancer local authority (untrusted)")
    authority = _certificate(authority_name, authority_name, authority_key, authority_key, True)
    signer_name = _name("FaceDancer on this machine (untrusted)")
    signer = _certificate(signer_name, authority_name, signer_key, authority_key, False)
    made = _credentials(signer_key, [signer, authority])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Of two processes that start at once the later one's stays.
    with written_whole(path, within=path.parent) as unfinished:
        # Before there is anything to read: nobody else may.
        unfinished.touch(0o600)
        unfinished.write_bytes(made.key + made.chain)
    return made


def _credentials(key: ec.EllipticCurvePrivateKey, chain: list[x509.Certificate]) -> Credentials:
    certificates = b"".join(one.public_bytes(Encoding.PEM) for one in chain)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Credentials("es256", certificates, pem, is_local=True)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    is_authority: bool,
) -> x509.Certificate:
    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(days=1))  # clocks differ
        .not_valid_after(_now() + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not is_authority, key_cert_sign=is_authority, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "FaceDancer"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
