"""Requests to ask `refer signature` about: signed by Twilio's library, captured in any shape."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from twilio.request_validator import RequestValidator

from refer_cli.main import main

ACCOUNT = "AC" + "a" * 32
OTHER = "AC" + "b" * 32
TOKEN = "0123456789abcdef-the-primary"  # noqa: S105 - nobody's
OLDER = "fedcba9876543210-the-older"
FOREIGN = "00112233445566-of-the-other"
SECRET = {ACCOUNT: [TOKEN, OLDER], OTHER: [FOREIGN]}
HOST = "calls.example.com"
URL = f"https://{HOST}/refer/hold"
FORM = {
    "AccountSid": ACCOUNT,
    "CallSid": "CA" + "1" * 32,
    "From": "+14155550199",
    "To": "sip:bank@example.sip.twilio.com",
    "CallStatus": "in-progress",
    "ReferTransferTarget": "<sip:2001@pbx.example.com>",
}

type Form = Mapping[str, str | list[str]]


class Values:
    """A form in the shape whose repeated names Twilio's library reads."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def __iter__(self) -> Iterator[str]:
        return iter(self.form)

    def getall(self, name: str) -> list[str]:
        value = self.form[name]
        return [value] if isinstance(value, str) else value


def sign(url: str, form: Form, token: str = TOKEN, algorithm: str | None = None) -> str:
    made = RequestValidator(token).compute_signature(url, Values(form) if form else {}, algorithm)
    return str(made)


def captured(url: str, form: Form, signature: str, **headers: str) -> dict[str, Any]:
    """Return a request as JSON; `headers` with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"X-Twilio-Signature": signature, "User-Agent": "TwilioProxy/1.1"}
    return {"url": url, "headers": sent | named, "form": form}


def event(url: str, body: str, signature: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the event of an HTTP API for a POST."""
    path, _, query = url.removeprefix("https://").partition("/")[2].partition("?")
    stage = changes.pop("stage", "$default")
    made = {
        "version": "2.0",
        "rawPath": f"/{path}",
        "rawQueryString": query,
        "headers": {
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "user-agent": "TwilioProxy/1.1",
            "x-twilio-signature": signature,
        },
        "requestContext": {
            "domainName": url.removeprefix("https://").partition("/")[0],
            "stage": stage,
            "http": {"method": "POST", "path": f"/{path}"},
        },
        "isBase64Encoded": True,
        "body": base64.b64encode(body.encode()).decode(),
    }
    return made | changes


@dataclass
class Asked:
    """What the command said."""

    exit_code: int
    output: str
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def codes(self) -> list[str]:
        return [one["code"] for one in self.document["differences"]]

    @property
    def what(self) -> str:
        return "; ".join(one["what"] for one in self.document["differences"])


def run(*arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Asked:
    result = CliRunner().invoke(main, ["signature", *arguments], input=stdin, env=env)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Asked(result.exit_code, result.output)


def ask(request: object, tokens: Path, *arguments: str) -> Asked:
    """Ask about a request of any shape, and hold that no token is in the answer."""
    stdin = request if isinstance(request, bytes) else json.dumps(request).encode()
    asked = run("-", "--tokens", str(tokens), "--json", *arguments, stdin=stdin)
    for token in (TOKEN, OLDER, FOREIGN):
        assert token not in asked.output
    if asked.exit_code != 2:
        asked.document = json.loads(asked.output)
    return asked


def without(*names: str) -> dict[str, str]:
    """Return the form without some names."""
    return {name: value for name, value in FORM.items() if name not in names}
