"""Responses of Twilio's to requests that belong to no dialog (RFC 3261 section 8.2.6)."""

from aiosipua import Dialog, SipRequest, SipResponse
from aiosipua.utils import generate_tag

from pivot.model.seen import REASONS

_ALLOW = "INVITE, ACK, CANCEL, BYE, REFER, INFO, OPTIONS"


def outside_dialog(request: SipRequest, status: int) -> SipResponse:
    """Return a response that says which methods there are."""
    to = request.to_addr
    tag = "" if to and to.tag else generate_tag()
    dialog = Dialog(call_id=request.call_id or "", local_tag=tag)
    response = dialog.create_response(request, status, REASONS.get(status, ""))
    response.headers.set_single("Allow", _ALLOW)
    return response
