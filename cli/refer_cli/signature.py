"""`refer signature`: which URL a captured request was read under, who signed it, what differs."""

import os
from collections.abc import Mapping
from typing import Any

import click

from refer_cli.signed.captured import Captured, Unreadable
from refer_cli.signed.causes import causes
from refer_cli.signed.deployed import GivenTokens, UnusableTokens, Verdict
from refer_cli.signed.mismatch import Finding, Search, explain
from refer_cli.signed.reading import Reading, Surroundings
from refer_cli.signed.report import as_json, masked, show

_MOST = 8 * 1024 * 1024  # bytes; a payload of Lambda's has 6 MB at most
_STDIN = "-"
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


class _Unusable(click.ClickException):
    """The command cannot answer with what it was given."""

    exit_code = 2


class _Url(click.ParamType[str]):
    """An absolute URL, http or https."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        # "" is the default: none given.
        if value and (not value.startswith(("https://", "http://")) or value.split() != [value]):
            self.fail("it has to begin with https:// (or http://), without spaces", param, ctx)
        return value


@click.command(no_args_is_help=True)
@click.argument("file", type=_FILE)
@click.option("--tokens", "tokens_file", type=_FILE, help='JSON as in the secret: {"AC…": ["…"]}.')
@click.option("--url", "given_url", type=_Url(), default="", help="Also try it under this URL.")
@click.option("--public-base-url", type=_Url(), default="", help="PublicBaseUrl of the stack.")
@click.option(
    "--scheme",
    type=click.Choice(["https", "http"]),
    default="https",
    show_default=True,
    help="Of an HTTP request whose first line names none.",
)
@click.option("--json", "as_document", is_flag=True, help="Print one JSON object.")
@click.pass_context
def signature(
    context: click.Context,
    file: str,
    tokens_file: str | None,
    *,
    as_document: bool,
    given_url: str,
    public_base_url: str,
    scheme: str,
) -> None:
    """Say whether Twilio signed the request in FILE (- is stdin), and if not, what differs.

    FILE holds an event of API Gateway (HTTP API, payload 2.0; a line of a log will do), the text of
    an HTTP request, or JSON: {"url": …, "method": …, "headers": {…}, "body": …}, with "form":
    {"Name": "value"} in place of "body" if you like.

    Tokens are read from --tokens, or else from TWILIO_AUTH_TOKEN and TWILIO_ACCOUNT_SID; they are
    never printed. Nothing is sent anywhere. The answer is that of the deployed code. Exit status 1
    says that it refuses the request, 2 that FILE or the tokens cannot be read.
    """
    if file == tokens_file == _STDIN:
        raise click.UsageError("FILE and --tokens cannot both come from stdin.")
    if public_base_url.endswith("/"):
        raise click.UsageError("--public-base-url has no slash at its end, as PublicBaseUrl.")
    try:
        captured = Captured.parse(_content(file), scheme=scheme)
        verdict = Verdict.read(captured, public_base_url=public_base_url)
        given = _tokens(tokens_file, verdict.account_sid)
    except Unreadable as problem:
        raise _Unusable(f"the request cannot be read: {problem}.") from None
    except UnusableTokens as problem:
        raise _Unusable(f"the tokens cannot be used: {problem}.") from None
    verdict = verdict.verified(given.tokens)
    document = masked(_document(captured, verdict, given, given_url), given.keys)
    if as_document:
        click.echo(as_json(document))
    else:
        show(document)
    context.exit(0 if document["accepted"] else 1)


def _content(name: str) -> bytes:
    with click.open_file(name, "rb") as file:
        content: bytes = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise Unreadable(f"it has more than {_MOST} bytes: give one request")
    return content


def _tokens(name: str | None, account_sid: str) -> GivenTokens:
    if name is None:
        return GivenTokens.of_environment(os.environ, account_sid)
    try:
        return GivenTokens.of_secret(_content(name).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnusableTokens("the file is no text in UTF-8") from None


def _document(
    captured: Captured, verdict: Verdict, given: GivenTokens, given_url: str
) -> dict[str, Any]:
    """Gather everything that is known about the request; nothing in it is masked yet."""
    search = Search(None, {})
    likely: tuple[str, ...] = ()
    webhook = verdict.webhook
    if webhook is not None:
        reading = Reading.of(webhook)
        around = _around(captured, webhook.headers, given, given_url)
        account = verdict.account_sid
        if reading.signature:
            search = explain(reading, around, keys=given.keys, account_sid=account)
        if not search.finding:
            likely = causes(
                reading, around, body=captured.body, keys=given.keys, account_sid=account
            )
    return {
        "accepted": verdict.status is None,
        "status": verdict.status,
        "rejected": verdict.reason,
        "method": captured.event["requestContext"]["http"]["method"],
        "url": webhook.url if webhook else "",
        "account_sid": verdict.account_sid,
        "parameters": sorted(webhook.form) if webhook else [],
        **_found(search.finding),
        "tried": search.tried if not search.finding else {},
        "complete": search.complete,
        "causes": likely,
    }


def _around(
    captured: Captured,
    headers: Mapping[str, str],
    given: GivenTokens,
    given_url: str,
) -> Surroundings:
    context = captured.event["requestContext"]
    query = captured.event.get("queryStringParameters")
    return Surroundings(
        headers=headers,
        domain=context["domainName"],
        stage=str(context.get("stage", "")).replace("$default", ""),
        body=captured.body.decode("utf-8", "surrogateescape"),
        query="&".join(f"{name}={value}" for name, value in query.items())
        if isinstance(query, dict)
        else "",
        given_url=given_url,
        accounts=tuple(dict.fromkeys(key.account_sid for key in given.keys if key.account_sid)),
    )


def _found(finding: Finding | None) -> dict[str, Any]:
    if finding is None:
        return {"signed_by": None, "signed_url": None, "differences": []}
    return {
        "signed_by": str(finding.key),
        "signed_url": finding.reading.url,
        "differences": [
            {"code": one.code, "what": one.what, "why": one.why, "do": one.do}
            for one in finding.differences
        ],
    }
