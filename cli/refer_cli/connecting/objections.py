"""What speaks against connecting an entrance, or against a URL: refused, or only said.

Pure: what Twilio has is passed in.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from refer_cli.connecting.entrance import Entrance, Kind

_STUDIO = re.compile(r"https?://webhooks\.twilio\.com/v1/Accounts/AC[0-9a-fA-F]{32}/Flows/FW\w+")
# RFC 952 and 1123 know no underscore, and Twilio does not request such a host.
_HOST = re.compile(r"[A-Za-z0-9.-]+")
INITIAL = "/inbound-call"


def url_refused(url: str) -> str:
    """Return why a URL is not given to Twilio, "" when it is."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "it is no URL"
    objections = {
        "http sends the call and its signature in the clear: give the https URL": (
            parts.scheme == "http"
        ),
        "it is no https URL": parts.scheme != "https" or not host,
        f"Twilio does not request the host {host}: letters, digits, dots and hyphens only": (
            not _HOST.fullmatch(host)
        ),
        "Twilio signs an https URL without user and port: give it without them": (
            parts.username is not None or port is not None
        ),
        "there are spaces in it": url.split() != [url],
    }
    return next((words for words, so in objections.items() if so), "")


def refused(entrance: Entrance) -> str:
    """Return why an entrance is not connected, "" when it can be."""
    if entrance.trunk:
        return (
            f"its calls go to the Elastic SIP Trunk {entrance.trunk}, where no URL is requested and"
            " no REFER reaches a referUrl: take the number off the trunk first"
        )
    if entrance.application:
        return (
            f"the TwiML App {entrance.application} has its calls, and Twilio ignores the number's"
            " own URLs: set the voice URL of the app instead, or take the app off the number"
        )
    if _STUDIO.match(entrance.webhooks.voice.url):
        return (
            "a Studio flow has its calls: leave it, and give the Dial of its TwiML the output"
            " ReferUrlHold as referUrl; or take the flow off the number first"
        )
    if entrance.receives != "voice":
        how = "receives fax" if entrance.receives else "cannot receive voice calls"
        return f"the number {how}"
    return ""


def warnings(entrance: Entrance) -> Iterator[str]:
    """Yield what is to be known of an entrance that can be connected all the same."""
    if entrance.kind is Kind.NUMBER:
        return
    if not entrance.authentication:
        yield (
            "it has neither a credential list nor an IP list: Twilio takes no call from it until it"
            " has one"
        )
    if not entrance.registration:
        yield "SIP registration is off: phones cannot register, a PBX with an IP list needs none"
