"""A Send that goes to one application and nowhere else, whatever the TwiML says."""

from urllib.parse import urlsplit

from pivot.delivery import Asked, Send
from pivot.overrides import Outcome


class Elsewhere(Exception):
    """TwiML points to another place than the application that is rehearsed."""

    def __init__(self, url: str, base: str) -> None:
        parts = urlsplit(url)
        super().__init__(
            f"the TwiML points to {parts.scheme}://{parts.netloc}{parts.path}, not below {base}:"
            " rehearse the URL that the stack knows as its own (parameter PublicBaseUrl)"
        )


def confined(send: Send, base: str) -> Send:
    """Return a sender that raises Elsewhere for a URL that is not below the base."""

    def within(asked: Asked, connect: float, read: float) -> Outcome:
        if not asked.url.startswith(f"{base}/"):
            raise Elsewhere(asked.url, base)
        return send(asked, connect, read)

    return within
