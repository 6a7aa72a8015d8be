"""The floor signs as botocore signs, and takes for Twilio's what Twilio's library takes for it.

Its module connects when it is imported, as it should in INIT: here two functions are read alone.
"""

import ast
import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from twilio.request_validator import RequestValidator

from gateway.stack import ROOT

KEY_ID, KEY, SESSION = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG", "a-session-token"
HOST = "127.0.0.1:4443"
MOMENT = "20261128T120000Z"


def function(name: str, **known: object) -> Callable[..., Any]:
    """Return one function of the floor, with the constants that it reads."""
    tree = ast.parse((ROOT / "bench" / "subjects" / "floor" / "app.py").read_text())
    kept: list[ast.stmt] = [
        one
        for one in tree.body
        if (isinstance(one, ast.FunctionDef) and one.name == name)
        or (isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "SIGNED")
    ]
    namespace: dict[str, Any] = {"base64": base64, "hashlib": hashlib, "hmac": hmac, "time": time}
    namespace |= known
    exec(compile(ast.Module(kept, []), name, "exec"), namespace)  # noqa: S102 - ours
    made: Callable[..., Any] = namespace[name]
    return made


@pytest.mark.parametrize(
    ("service", "target", "body"),
    [
        ("dynamodb", "DynamoDB_20120810.BatchGetItem", b'{"RequestItems": {}}'),
        ("secretsmanager", "secretsmanager.GetSecretValue", b'{"SecretId": "a"}'),
        ("dynamodb", "DynamoDB_20120810.UpdateItem", b""),
    ],
)
def test_it_signs_as_botocore_does(
    monkeypatch: pytest.MonkeyPatch, service: str, target: str, body: bytes
) -> None:
    signed = function(
        "signed", HOST=HOST, REGION="eu-west-1", KEY_ID=KEY_ID, KEY=KEY, SESSION_TOKEN=SESSION
    )
    content_type = "application/x-amz-json-1.0"
    now = time.strptime(MOMENT, "%Y%m%dT%H%M%SZ")
    made = signed(service, target, body, content_type, now)

    request = AWSRequest(
        "POST",
        f"https://{HOST}/",
        data=body,
        headers={"Content-Type": content_type, "X-Amz-Target": target},
    )
    request.context["timestamp"] = MOMENT
    fixed = SimpleNamespace(strftime=lambda _: MOMENT)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: fixed)
    SigV4Auth(Credentials(KEY_ID, KEY, SESSION), service, "eu-west-1").add_auth(request)
    assert made["authorization"] == request.headers["Authorization"]


@pytest.mark.parametrize(("token", "good"), [("the-token", True), ("another", False)])
@pytest.mark.parametrize("form", [{"b": "2", "a": "1", "Ünïcode": "ä"}, {"a": ""}, {}])
def test_it_verifies_as_twilio_does(form: dict[str, str], token: str, *, good: bool) -> None:
    url = "https://calls.example.com/refer/hold"
    is_twilios = function("is_twilios")
    signature = RequestValidator("the-token").compute_signature(url, form)
    verdict = RequestValidator(token).validate(url, form, signature)
    assert is_twilios(url, form, signature, token) is verdict is good
