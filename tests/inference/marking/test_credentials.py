import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from facedancer.inference.marking import credentials
from facedancer.inference.marking.content_credentials import read_manifest
from facedancer.inference.marking.credentials import local_credentials, read_credentials
from facedancer.inference.marking.marker import Marker, Marking
from facedancer.utils.errors import UserError

from .test_marker import COLLINS


def private_pem(key, encryption=None):
    encryption = encryption or NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@pytest.fixture
def own(tmp_path):
    """A certificate and key of the user's, as two files."""
    local = local_credentials(tmp_path / "elsewhere")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(local.chain)
    key.write_bytes(local.key)
    return certificate, key


def test_made_once_and_for_the_user_alone(tmp_path):
    folder = tmp_path / "new" / "signing"
    first = local_credentials(folder)
    assert local_credentials(folder) == first
    assert first.is_local
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_copy_that_others_can_read_is_closed_again(tmp_path):
    first = local_credentials(tmp_path)
    (file,) = tmp_path.iterdir()
    file.chmod(0o644)
    assert local_credentials(tmp_path) == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_warned_of(own, caplog):
    certificate, key = own
    key.chmod(0o600)
    read_credentials(certificate, key)
    assert not caplog.text
    key.chmod(0o640)
    read_credentials(certificate, key)
    assert "others can read" in caplog.text


@pytest.mark.parametrize("damage", ["cut short", "empty", "expired"])
def test_damaged_or_expired_it_is_made_anew(tmp_path, monkeypatch, damage):
    first = local_credentials(tmp_path)
    (file,) = tmp_path.iterdir()
    if damage == "expired":
        later = credentials._now() + datetime.timedelta(days=11 * 365)
        monkeypatch.setattr(credentials, "_now", lambda: later)
    else:
        file.write_bytes(file.read_bytes()[: 400 if damage == "cut short" else 0])
    second = local_credentials(tmp_path)
    assert second.key != first.key
    assert local_credentials(tmp_path) == second


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="--c2pa_cert and --c2pa_key"):
        local_credentials(tmp_path / "file" / "signing")


def test_the_users_certificate_signs(own, tmp_path):
    certificate, key = own
    result = tmp_path / "result.png"
    result.write_bytes(COLLINS.read_bytes())
    marker = Marker(Marking(c2pa_cert=certificate, c2pa_key=key))
    lines = marker.mark_file(result, ".png", COLLINS)
    assert lines[-1] == f"C2PA: signed with {certificate}"
    assert read_manifest(result).state == "Valid"


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("no certificate", "cannot read .*cert.pem: No such file"),
        ("not a certificate", "cert.pem contains no PEM certificates"),
        ("not a key", "key.pem contains no PEM private key"),
        ("encrypted", "key.pem is encrypted"),
        ("another's key", "key.pem is not the key of the first certificate"),
    ],
)
def test_what_cannot_sign_is_refused_early(own, what, message):
    certificate, key = own
    other = ec.generate_private_key(ec.SECP256R1())
    if what == "no certificate":
        certificate.unlink()
    elif what == "not a certificate":
        certificate.write_text("hello")
    elif what == "not a key":
        key.write_text("hello")
    elif what == "encrypted":
        key.write_bytes(private_pem(other, BestAvailableEncryption(b"secret")))
    else:
        key.write_bytes(private_pem(other))
    with pytest.raises(UserError, match=message):
        Marker(Marking(c2pa_cert=certificate, c2pa_key=key))


def write_self_signed(folder, key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a user")])
    now = datetime.datetime.now(datetime.UTC)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, digest)
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(private_pem(key))
    return folder / "cert.pem", folder / "key.pem"


def test_a_certificate_that_c2pa_refuses_is_told_at_once(tmp_path):
    certificate, key = write_self_signed(tmp_path, ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(UserError, match="cannot sign with .*cert.pem"):
        Marker(Marking(c2pa_cert=certificate, c2pa_key=key))


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "es384"),
        (ec.generate_private_key(ec.SECP521R1()), "es512"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519"),
        (rsa.generate_private_key(65537, 2048), "ps256"),
        (ec.generate_private_key(ec.SECP256K1()), None),
    ],
)
def test_the_key_says_the_algorithm(tmp_path, key, algorithm):
    certificate, key_path = write_self_signed(tmp_path, key)
    if algorithm is None:
        with pytest.raises(UserError, match="P-256, P-384"):
            read_credentials(certificate, key_path)
    else:
        found = read_credentials(certificate, key_path)
        assert (found.algorithm, found.is_local) == (algorithm, False)
