"""Webhooks of a local account for the command line: a curl that carries Twilio's signature.

    python -m pivot.sign http://127.0.0.1:8080/refer/hold ReferTransferTarget=sip:agentb@…

What is not given is as in the initial webhook of one call.  The signature covers the URL and every
parameter: sign again after a change of either.
"""

import argparse
import shlex
import sys
from collections.abc import Sequence
from urllib.parse import parse_qsl, urldefrag

from gateway.http_api import Request
from pivot.webhooks import Account

# Nobody's: Twilio has no such account, and this token opens nothing but `make serve` and the demo.
LOCAL = Account("AC" + "d0" * 16, "token-of-the-local-account")
INITIAL = {
    "CallSid": "CA" + "1" * 32,
    "From": "+14155550199",
    "To": "+18005550100",
    "CallStatus": "ringing",
    "Direction": "inbound",
}


def curl(url: str, request: Request) -> str:
    """Return the command that sends a signed request to the URL that it was signed for."""
    signature = request.headers["X-Twilio-Signature"]
    words = ["curl", "-sS", "--noproxy", "*", "-w", r"\n%{http_code}\n", urldefrag(url).url]
    words += ["-H", f"X-Twilio-Signature: {signature}"]
    for name, value in parse_qsl(request.body.decode(), keep_blank_values=True):
        words += ["--data-urlencode", f"{name}={value}"]
    return shlex.join(words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the curl for a webhook."""
    parser = argparse.ArgumentParser(prog="python -m pivot.sign", description="Sign a webhook.")
    parser.add_argument("url", help="as it stands in the TwiML, or a URL that `make serve` printed")
    parser.add_argument("parameters", nargs="*", metavar="Name=Value", help="of the form")
    given = parser.parse_args(arguments)
    pairs = [parameter.partition("=") for parameter in given.parameters]
    unnamed = [name for name, equals, _ in pairs if not (name and equals)]
    if unnamed:
        parser.error(f"{unnamed[0]!r} is not Name=Value")
    form = INITIAL | {name: value for name, _, value in pairs}
    print(curl(given.url, LOCAL.request(given.url, form)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
