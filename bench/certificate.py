"""A certificate for 127.0.0.1, of an authority that was made for this run and is then forgotten.

The bundle holds the public's authorities too, as many as botocore ships: loading them is a part of
every first connection, and nobody is spared it.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import botocore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_NAME = "a bench on this machine"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files: key and certificate of the server, its authority, and the bundle of all of them."""

    key: Path
    chain: Path
    authority: Path
    bundle: Path


def make(folder: Path) -> Certificate:
    """Make the files in a folder. The keys are RSA with 2048 bits, as those of AWS are."""
    root_key, leaf_key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = _named("authority", root_key.public_key(), root_key, "authority", authority=True)
    leaf = _named("127.0.0.1", leaf_key.public_key(), root_key, "authority", authority=False)
    made = Certificate(*(folder / name for name in ("key.pem", "leaf.pem", "ca.pem", "bundle.pem")))
    made.key.write_bytes(
        leaf_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    made.chain.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    made.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    public = Path(botocore.__file__).with_name("cacert.pem").read_bytes()
    made.bundle.write_bytes(public + made.authority.read_bytes())
    return made


def _named(
    name: str,
    public_key: rsa.RSAPublicKey,
    signer: rsa.RSAPrivateKey,
    issuer: str,
    *,
    authority: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    subject_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    usage = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "encipher_only"), False
    ) | {"decipher_only": False, "digital_signature": True, "key_encipherment": not authority}
    builder = (
        x509.CertificateBuilder()
        .subject_name(_distinguished(name))
        .issuer_name(_distinguished(issuer))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(subject_id, critical=False)
        .add_extension(issuer_id, critical=False)
        .add_extension(
            x509.KeyUsage(**usage, key_cert_sign=authority, crl_sign=authority), critical=True
        )
    )
    if not authority:
        address = x509.IPAddress(ipaddress.ip_address(name))
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        builder = builder.add_extension(server, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _distinguished(name: str) -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, _NAME), (NameOID.COMMON_NAME, name))
    return x509.Name([x509.NameAttribute(*part) for part in parts])
