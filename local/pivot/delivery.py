"""One webhook of Twilio's, whatever carries it: sign, send, and cope with failure as Twilio does.

`fetch` is the order of things with any sender: `pivot.client` sends over sockets, and a sender that
answers in process and reports seconds of a virtual clock leads to the same decisions.

Source of what is signed: https://www.twilio.com/docs/usage/security.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urldefrag, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

from gateway.http_api import Request
from pivot.overrides import Delivery, Outcome, Verdict, What
from pivot.webhooks import Account


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: where it goes, from which edge, and the seconds left for the whole webhook."""

    url: str
    edge: str
    request: Request
    seconds: float


type Send = Callable[[Asked, float, float], Outcome]
"""Called with what is asked, the connect timeout and the read timeout, both in seconds."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of a webhook and what came of it."""

    asked: Asked
    outcome: Outcome

    @property
    def token(self) -> str:
        """The idempotency token: one for each webhook, the same in its retries."""
        return self.asked.request.headers["I-Twilio-Idempotency-Token"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a webhook brought, at its fallback URL if need be.

    `error` is Twilio's number when no answer can be used, `primary_error` that of the first URL.
    """

    status: int
    body: bytes
    content_type: str
    attempts: tuple[Attempt, ...]
    error: int | None
    primary_error: int | None
    elapsed: float

    @property
    def ok(self) -> bool:
        """Whether Twilio goes on with the answer."""
        return self.error is None


def fetch(
    send: Send,
    account: Account,
    url: str,
    parameters: Mapping[str, str],
    *,
    method: str = "POST",
    fallback: str = "",
    fallback_method: str = "POST",
) -> Result:
    """Deliver a webhook; when that fails, deliver it to the fallback URL. Raises BadOverride."""
    first = _deliver(send, account, url, parameters, method)
    if first.ok or not fallback:
        return first
    # "Twilio will submit the ErrorCode and ErrorUrl parameters": /docs/availability-reliability
    why = {"ErrorCode": str(first.error), "ErrorUrl": urldefrag(url).url}
    second = _deliver(send, account, fallback, {**parameters, **why}, fallback_method)
    return replace(
        second,
        attempts=first.attempts + second.attempts,
        primary_error=first.error,
        elapsed=first.elapsed + second.elapsed,
    )


def _deliver(
    send: Send, account: Account, url: str, parameters: Mapping[str, str], method: str
) -> Result:
    """Send until there is an answer or an end."""
    token = str(uuid.uuid4())
    attempts: list[Attempt] = []
    step: Delivery | Verdict = Delivery.of(url, method)
    while isinstance(step, Delivery):
        request = _signed(account, step, parameters, token)
        asked = Asked(step.url, step.edge, request, step.left)
        limits = step.overrides.connect_timeout, step.overrides.read_timeout
        outcome = send(asked, *(min(limit, step.left) for limit in limits))
        if outcome.elapsed > step.left:
            outcome = Outcome(What.TOTAL_TIMEOUT, step.left)
        attempts.append(Attempt(asked, outcome))
        step = step.after(outcome)
    return Result(
        status=outcome.status,
        body=outcome.body,
        content_type=outcome.content_type,
        attempts=tuple(attempts),
        error=step.error,
        primary_error=step.error,
        elapsed=sum(attempt.outcome.elapsed for attempt in attempts),
    )


def _signed(
    account: Account, delivery: Delivery, parameters: Mapping[str, str], token: str
) -> Request:
    """Return the request of a delivery; a redirected GET asks for the Location as it stands.

    "For voice callbacks over HTTPS: Twilio will drop the username and password […] also drop the
    port"; over HTTP it drops the former and keeps the latter.
    """
    parts = urlsplit(delivery.url)
    host = parts.netloc.rpartition("@")[2]
    secure = parts.scheme == "https" and parts.port is not None
    url = urlunsplit(parts._replace(netloc=host.rpartition(":")[0] if secure else host))
    made = account.request(url, parameters, method=delivery.method, idempotency_token=token)
    headers, target = {**made.headers, "Host": host}, made.target
    if delivery.redirects and delivery.method == "GET":
        headers["X-Twilio-Signature"] = RequestValidator(account.token).compute_signature(url, {})
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # RFC 9112 §3.2.1: "If the target URI's path component is empty, the client MUST send "/""
    return replace(made, headers=headers, target=target if target[:1] == "/" else f"/{target}")
