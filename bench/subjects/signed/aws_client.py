"""Clients of AWS on the standard library: they give up in time for the caller on the line.

They trust the same certificates as those of boto3 do, and more only when these do not suffice:
docs/decisions/2026-11-28-roots-of-amazon.md.
"""

from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from botocore.config import Config

AMAZON_ROOTS = Path(__file__).with_name("amazon_roots.pem")
CONFIG = Config(
    connect_timeout=1,
    read_timeout=1.5,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent="sip-refer-transfer",
)


def client(service: str) -> Any:  # noqa: ANN401 - a client of the named service
    """Make a client that gives up in time for the caller on the line."""
    # The checker of types sees the real one, which takes more.
    return BaseClient(service, CONFIG, verify=str(AMAZON_ROOTS))  # type: ignore[call-arg, arg-type]
