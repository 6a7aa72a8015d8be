"""`make serve`: the deployed webhooks on a local port, for curl and for softphones.

Prints what is needed to send a signed webhook and to call in over SIP, then what happens, until
Ctrl-C.  The application has an AWS of its own, and Twilio's part is played here.
"""

import argparse
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any

from call_transfer.errors import SettingsError
from gateway import entries, options, softphone
from gateway.deployment import Deployment, Exchange, UnknownSetting, deployed
from gateway.entries import UnreadableDirectory
from gateway.log_facts import facts
from gateway.server import HOST
from gateway.softphone import port
from pivot.client import Client
from pivot.sign import INITIAL, LOCAL, curl

PORT = 8080
AWS_PORT = 8081


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gateway.serve", description=__doc__)
    parser.add_argument("--port", type=port, default=PORT, help=f"of the API (default: {PORT})")
    parser.add_argument(
        "--aws-port", type=port, default=AWS_PORT, help="of DynamoDB and the secret"
    )
    parser.add_argument(
        "--aws-host",
        default=HOST,
        help="where DynamoDB and the secret listen; containers on Linux cannot reach the default",
    )
    parser.add_argument("--sip-port", type=port, default=softphone.PORT, help="for softphones")
    parser.add_argument(
        "--phone",
        type=softphone.Extension.parse,
        action="append",
        default=[],
        metavar="ADDRESS=HOST:PORT",
        help="a softphone that waits for calls, for example agenta@pbx.example.com=127.0.0.1:5070",
    )
    options.add(parser)
    given = parser.parse_args(arguments)
    # Taken over before anything is started, so that no interrupt comes too early.
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        _serve(given, stop)
    except (UnreadableDirectory, UnknownSetting, SettingsError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as problem:
        ports = {"--port": given.port, "--aws-port": given.aws_port, "--sip-port": given.sip_port}
        named = ", ".join(f"{number} ({option})" for option, number in ports.items())
        print(f"{problem.strerror}: one of {named}", file=sys.stderr)
        return 1
    print("stopped")
    return 0


def _serve(given: argparse.Namespace, stop: Event) -> None:
    """Serve webhooks and SIP until it is time to stop."""
    items = entries.load(given.directory)
    with ExitStack() as closing:
        deployment = closing.enter_context(
            deployed(
                tokens={LOCAL.sid: LOCAL.token},
                entries=items,
                settings=dict(given.set),
                port=given.port,
                aws_host=given.aws_host,
                aws_port=given.aws_port,
                on_exchange=_tell,
            )
        )
        client = closing.enter_context(Client())
        exchange = softphone.Exchange(deployment.url, tuple(given.phone), _tell_sip)
        switch = closing.enter_context(softphone.switch(exchange, client, given.sip_port))
        lines = list(_opening(deployment, given.directory, items))
        _print([*softphone.opening(switch.port, exchange.extensions), *lines])
        stop.wait()


def _opening(
    deployment: Deployment, directory: Path, items: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    voice_url = f"{deployment.url}/inbound-call"
    python = shlex.quote(os.path.relpath(sys.executable))
    yield f"API            {deployment.url}"
    for route in deployment.stack.routes:
        yield f"               {route.method:4} {route.path}"
    yield f"AWS            {deployment.aws_url}  (AWS_ENDPOINT_URL; region us-east-1, any key)"
    yield f"Account SID    {LOCAL.sid}"
    yield f"Auth token     {LOCAL.token}"
    yield f"Directory      {os.path.relpath(directory)}"
    for item in items:
        yield f"               {item['address']:34} {entries.described(item)}"
    yield ""
    yield "An initial webhook, signed:"
    yield f"  {curl(voice_url, LOCAL.request(voice_url, INITIAL))}"
    yield "Print another one, for any URL here or in an answer:"
    target = "ReferTransferTarget=<sip:agentb@pbx.example.com>"
    yield f"  {python} -m pivot.sign {deployment.url}/refer/hold {shlex.quote(target)}"
    yield ""
    yield "Ctrl-C stops it. Requests:"


def _tell(exchange: Exchange) -> None:
    request, response = exchange.request, exchange.response
    # Whoever sends a request chooses its bytes; a terminal would obey some of them.
    target = re.sub(r"[^!-~]", "?", request.target)
    lines = [f"{response.status} {request.method} {target}"]
    lines += [f"    {facts(line)}" for line in exchange.told()]
    _print(lines)


def _tell_sip(line: str) -> None:
    if line:
        _print([re.sub(r"[^ -~]", "?", line)])


def _print(lines: Sequence[str] | Iterator[str]) -> None:
    # One write for a block: requests come on several threads. Flushed: output may be a pipe.
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
