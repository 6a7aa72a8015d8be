"""What the headers of a message say, as it stands on the wire: nothing is rewritten on the way.

aiosipua reads a `tel:` URI as if it were `sip:`, so its parsed addresses are not used here.
"""

import re
from collections.abc import Mapping

from aiosipua import SipRequest, SipResponse

from pivot.sip.wire import HOST


def uri_in(header: str) -> str:
    """Return the URI of a From, To or Contact."""
    found = re.search(r"<([^>]*)>", header)
    return found[1] if found else header.partition(";")[0].strip()


def x_headers(message: SipRequest | SipResponse) -> Mapping[str, str]:
    """Return the X- headers, each once, under the names they came with."""
    return {name: values[0] for name, values in message.headers.items() if name.lower()[:2] == "x-"}


def refer_to(request: SipRequest) -> str | None:
    """Return the header Refer-To, which may be written `r` (RFC 3515 section 2.1)."""
    return request.get_header("refer-to") or request.get_header("r")


def uri_of(address: str) -> str:
    """Return a SIP URI that stands for a number or an identity; a SIP URI stands for itself."""
    return address if address.lower().startswith("sip:") else f"sip:{address}@{HOST}"


def address_in(uri: str) -> str:
    """Return what a URI stands for, the other way round."""
    found = re.fullmatch(rf"sip:([^@]+)@{re.escape(HOST)}(?::\d+)?(?:;.*)?", uri, re.IGNORECASE)
    return found[1] if found else uri


def keys_in(request: SipRequest) -> str:
    """Return the keys that an INFO says were pressed: `Signal=5` in application/dtmf-relay."""
    if (request.content_type or "").partition(";")[0].strip().lower() != "application/dtmf-relay":
        return ""
    found = re.search(r"^Signal\s*=\s*([0-9A-D*#]+)\s*$", request.text, re.MULTILINE)
    return found[1] if found else ""
