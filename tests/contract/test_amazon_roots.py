"""The roots that vouch for AWS: docs/decisions/2026-11-28-roots-of-amazon.md."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from call_transfer.aws_client import AMAZON_ROOTS
from gateway.stack import ROOT

# The root of Starfield has the serial number 0, older than the rule that it breaks.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
PAGE = ROOT / "docs" / "decisions" / "2026-11-28-roots-of-amazon.md"
# https://www.amazontrust.com/repository/: "Root CAs", distinguished names and SHA-256 of each.
PUBLISHED = {
    "Amazon Root CA 1": "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "Amazon Root CA 2": "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "Amazon Root CA 3": "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "Amazon Root CA 4": "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "Starfield Services Root Certificate Authority - G2": (
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5"
    ),
}
# Whoever upgrades hears of it this long before: a deployment may run as long.
NOTICE = timedelta(days=2 * 365)


def certificates(path: Path) -> list[str]:
    return CERTIFICATE.findall(path.read_text())


def names(pem: str) -> tuple[str, str]:
    """Return the common name of a certificate and its SHA-256."""
    made = x509.load_pem_x509_certificate(pem.encode())
    [name] = made.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value), made.fingerprint(SHA256()).hex()


def test_they_are_those_that_amazon_publishes() -> None:
    assert dict(map(names, certificates(AMAZON_ROOTS))) == PUBLISHED


def test_botocore_trusts_each_of_them() -> None:
    all_roots = certificates(Path(botocore.__file__).with_name("cacert.pem"))
    assert set(certificates(AMAZON_ROOTS)) <= set(all_roots)
    assert len(all_roots) > 20 * len(PUBLISHED)


def test_each_is_valid_for_longer_than_a_deployment_lives() -> None:
    for pem in certificates(AMAZON_ROOTS):
        until = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
        assert until - NOTICE > datetime.now(UTC), names(pem)


def test_what_the_file_says_of_a_certificate_is_so() -> None:
    text = AMAZON_ROOTS.read_text()
    for pem in certificates(AMAZON_ROOTS):
        name, digest = names(pem)
        until = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc.date()
        assert f"# {name}, until {until}, SHA-256 {digest}\n{pem}" in text


def test_the_decision_names_them() -> None:
    page = PAGE.read_text()
    assert [name for name in PUBLISHED if name not in page] == []
