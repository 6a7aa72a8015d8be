"""The little of SDP that a signalling B2BUA needs: Twilio's own, and whose a description is.

Descriptions of parties are passed on as they stand and never negotiated (RFC 4566, RFC 3264).
"""

import re

TWILIO = (
    "v=0\r\n"
    "o=twilio 1 1 IN IP4 127.0.0.1\r\n"
    "s=Twilio\r\n"
    "c=IN IP4 127.0.0.1\r\n"
    "t=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\n"
    "a=inactive\r\n"
)


def session_name(sdp: str) -> str:
    """Return what the line `s=` says, or nothing when there is none."""
    found = re.search(r"^s=(.*?)\r?$", sdp, re.MULTILINE)
    return found[1] if found else ""


def same_media(one: str, other: str) -> bool:
    """Whether two descriptions differ in their line `o=` at most.

    RFC 3264 section 8: an answer to a re-INVITE counts its version up, and says nothing new by it.
    """
    first, second = (re.sub(r"^o=.*$", "", sdp, flags=re.MULTILINE) for sdp in (one, other))
    return first == second
