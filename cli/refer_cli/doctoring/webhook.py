"""Check: do the webhooks answer, refuse who has not signed, and take the signature of the account.

Two requests to each URL. One is not signed. One is signed by the account's token and names no call:
it is refused for that, which proves the signature, and nothing is recorded and nobody dialled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urldefrag

import click

from pivot.client import Client
from pivot.delivery import Asked
from pivot.overrides import Outcome, What
from pivot.webhooks import Account
from refer_cli.doctoring.finding import Finding, fail, ok, unknown
from refer_cli.doctoring.setup import Setup
from refer_cli.signed.deployed import UnusableTokens
from refer_cli.targets.located import printable

NOT_SIGNED = (403, b"This request is not signed by Twilio.")
NO_CALL = (400, b"This is not a request that this URL serves.")
NO_TOKENS = (503, b"Requests cannot be verified at the moment.")
_SHOWN = 80
# Twilio waits 15 s for everything, and 5 s of it for a connection.
_CONNECT, _TOTAL = 5.0, 15.0
_SIGNATURE = "X-Twilio-Signature"
_XML = "text/xml"
_FORM = {"CallStatus": "ringing"}
_LOG = "look at the log of that function"
_WHY: Mapping[int, tuple[str, str]] = {
    401: ("something in front of the API asks for credentials", "let Twilio through without them"),
    403: ("something in front of our code refuses the request", "look for a WAF or a policy there"),
    404: ("this API has no such route", "deploy, and compare the URL with the API of the stack"),
    429: ("the API throttles", "raise ThrottleRate: Twilio does not wait"),
    500: ("the function fails before our code runs", _LOG),
    502: ("the function fails before our code runs", _LOG),
    503: ("the function took too long, or could not be started", _LOG),
}


def look(setup: Setup) -> Iterator[Finding]:
    """Yield how each URL that Twilio is given answers. Raises ClickException."""
    urls = {name: setup.output(name) for name in ("VoiceUrl", "ReferUrlHold")}
    accounts = _signing(setup)
    with Client() as client:
        for name, url in urls.items():
            yield from _webhook(client, name, url, accounts)
        fallback = setup.stack.outputs.get("FallbackUrl", "")
        if fallback:
            yield _fallback(client, fallback)
    if not accounts:
        yield unknown("whether a signature is taken: there is no auth token to sign with")


def _signing(setup: Setup) -> list[Account]:
    """Return who can sign, API keys never do; nobody where the secret holds no token."""
    try:
        return [Account(one.account_sid, one.secret) for one in setup.accounts if not one.api_key]
    except (click.ClickException, UnusableTokens):
        return []


def _webhook(client: Client, name: str, url: str, accounts: list[Account]) -> Iterator[Finding]:
    stranger = Account("AC" + "0" * 32, "nobody's")
    answer = _send(client, url, stranger, signed=False)
    if _said(answer) != NOT_SIGNED:
        yield _instead(f"{name} {url}", answer, "an unsigned request")
        return
    for account in accounts:
        answer = _send(client, url, account)
        if _said(answer) == NO_CALL:
            yield ok(f"{name} answers, refuses strangers and takes the signature of {account.sid}")
        elif _said(answer) == NOT_SIGNED:
            text = (
                f"{name} {url} does not take the signature of {account.sid}: every call and every"
                " transfer of it is refused (403)"
            )
            advice = (
                "compare PublicBaseUrl with the URL: it has to be what Twilio requests; a secret"
                " that was changed is read again within five minutes"
            )
            yield fail(text, advice)
        else:
            yield _instead(f"{name} {url}", answer, f"a request signed by {account.sid}")
    if not accounts:
        yield ok(f"{name} answers, and refuses strangers")


def _fallback(client: Client, url: str) -> Finding:
    answer = _send(client, url, Account("AC" + "0" * 32, "nobody's"), signed=False)
    name = f"FallbackUrl {url}"
    if answer.what is not What.ANSWERED or not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP
        return _instead(name, answer, "an unsigned request")
    if not answer.content_type.startswith(_XML) or b"<Response" not in answer.body:
        return fail(f"{name} answers with no TwiML: {_text(answer)}", "look what serves this URL")
    return ok("FallbackUrl answers with TwiML, whoever asks")


def _send(client: Client, url: str, account: Account, *, signed: bool = True) -> Outcome:
    address = urldefrag(url).url
    request = account.request(address, _FORM)
    if not signed:
        kept = {name: value for name, value in request.headers.items() if name != _SIGNATURE}
        request = replace(request, headers=kept)
    return client.send(Asked(address, "", request, _TOTAL), _CONNECT, _TOTAL)


def _instead(name: str, answer: Outcome, asked: str) -> Finding:
    """Say what came where our own answer was to come."""
    if answer.what is not What.ANSWERED:
        text = f"{name} does not answer: {answer.what.words} (Twilio {answer.what.error})"
        return fail(text, "is the stack there, and does the domain lead to its API?")
    if 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP
        text = f"{name} answers {asked} with {answer.status}: {_text(answer)}"
        return fail(text, "this is not our application, or not all of it: take the URL off Twilio")
    if _said(answer) == NO_TOKENS:
        text = f"{name} cannot verify requests (503): it cannot read the secret"
        return fail(text, "the log line says why (tokens_problem); look at the secret's policy")
    why, advice = _WHY.get(answer.status, ("that is none of our answers", _LOG))
    return fail(f"{name} answers {asked} with {answer.status}: {why}: {_text(answer)}", advice)


def _said(answer: Outcome) -> tuple[int, bytes]:
    return answer.status, answer.body


def _text(answer: Outcome) -> str:
    said = printable(answer.body.decode(errors="replace").strip())
    return f"{said[:_SHOWN]}…" if len(said) > _SHOWN else said or "(nothing)"
