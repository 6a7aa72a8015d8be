"""The package has no rules of endpoints: what it calls is what botocore with its rules calls."""

import io
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.loaders import Loader
from infra.package.contents import SERVICES

PARTITIONS = ("aws", "aws-us-gov", "aws-cn")
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("update_item", {"TableName": "calls", "Key": {"session": {"S": "a"}}}),
    "secretsmanager": ("get_secret_value", {"SecretId": "tokens"}),
    "events": ("put_events", {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]}),
}


@pytest.fixture(scope="module")
def packaged(package: Path) -> botocore.session.Session:
    """A session of botocore that reads the data of the package alone."""
    return reading(package / "botocore" / "data")


@pytest.fixture(scope="module")
def whole() -> botocore.session.Session:
    return botocore.session.get_session()


class Body(io.BytesIO):
    def stream(self, *_: object, **__: object) -> Any:  # noqa: ANN401 - chunks of bytes
        yield self.read()


def reading(data: Path) -> botocore.session.Session:
    session = botocore.session.get_session()
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    return session


def called(session: botocore.session.Session, service: str, region: str) -> tuple[str, str]:
    """Return the URL that a call goes to, and the scope that it is signed for."""
    client: Any = session.create_client(
        service,
        region_name=region,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="a secret",  # noqa: S106 - of nobody
    )
    heard: list[tuple[str, str]] = []

    def answer(request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's
        signed = request.headers["Authorization"].decode()
        heard.append((request.url, signed.partition("/")[2].partition(",")[0].split("/", 1)[1]))
        return AWSResponse(request.url, 200, HTTPHeaders(), Body(json.dumps({}).encode()))

    client.meta.events.register_first("before-send", answer)
    operation, given = CALLS[service]
    getattr(client, operation)(**given)
    [where] = heard
    return where


def test_the_rules_are_not_in_the_package(
    packaged: botocore.session.Session, whole: botocore.session.Session
) -> None:
    def ruled(session: botocore.session.Session) -> list[str]:
        loader = session.get_component("data_loader")
        return list(loader.list_available_services("endpoint-rule-set-1"))

    assert ruled(packaged) == []
    assert set(SERVICES) <= set(ruled(whole))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_call_goes_where_the_rules_would_send_it(
    partition: str,
    service: str,
    packaged: botocore.session.Session,
    whole: botocore.session.Session,
) -> None:
    regions = [
        region
        for region in whole.get_available_regions(service, partition_name=partition)
        if "fips" not in region and region != "local"
    ]
    assert len(regions) > 1
    for region in regions:
        assert called(packaged, service, region) == called(whole, service, region), region
