"""The numbers and SIP domains of an account, read and written through Twilio's REST API.

What is to be written is decided elsewhere. What Twilio raises passes through here.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from refer_cli.connecting.entrance import POST, Entrance, Kind, Webhook, Webhooks

if TYPE_CHECKING:
    from twilio.rest import Client

# Twilio allows up to 1000 of them in one answer; it pages on its own.
_PAGE = 200
_VOICE_RECEIVED = "voice"


class TwilioEntrances:
    """Those of one account."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def numbers(self) -> Iterator[Entrance]:
        """Yield all numbers of the account."""
        for one in self._client.incoming_phone_numbers.stream(page_size=_PAGE):
            yield _of_number(one)

    def domains(self) -> Iterator[Entrance]:
        """Yield all SIP domains of the account."""
        for one in self._client.sip.domains.stream(page_size=_PAGE):
            yield _of_domain(one)

    def number(self, number: str) -> Entrance | None:
        """Return one number of the account; Twilio's filter finds parts of a number as well."""
        found = self._client.incoming_phone_numbers.list(phone_number=number)
        return next((_of_number(one) for one in found if one.phone_number == number), None)

    def read(self, sid: str) -> Entrance:
        """Return the number (PN…) or SIP domain (SD…) as Twilio has it now."""
        if sid.startswith("PN"):
            return _of_number(self._client.incoming_phone_numbers(sid).fetch())
        return _of_domain(self._client.sip.domains(sid).fetch())

    def found(self, sid: str) -> Entrance | None:
        """Return what `read` does; None when the account has no such thing."""
        # Here, because the classes of Twilio's errors come with its large library.
        from twilio.base.exceptions import TwilioRestException  # noqa: PLC0415 - see above

        try:
            return self.read(sid)
        except TwilioRestException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    def write(self, entrance: Entrance, wanted: Webhooks) -> None:
        """Set what differs, and nothing else."""
        changed = {name: after for name, _, after in entrance.webhooks.changes(wanted)}
        if entrance.kind is Kind.NUMBER:
            names = {"voice": "voice", "fallback": "voice_fallback"}
            given = _arguments(changed, names)
            if "status" in changed:
                given["status_callback"] = changed["status"].url
                given["status_callback_method"] = changed["status"].method
            self._client.incoming_phone_numbers(entrance.sid).update(**given)
            return
        names = {
            "voice": "voice",
            "fallback": "voice_fallback",
            "status": "voice_status_callback",
        }
        self._client.sip.domains(entrance.sid).update(**_arguments(changed, names))


def _arguments(changed: dict[str, Webhook], names: dict[str, str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, argument in names.items():
        if name in changed:
            given[f"{argument}_url"] = changed[name].url
            given[f"{argument}_method"] = changed[name].method
    return given


def _of_number(one: Any) -> Entrance:  # noqa: ANN401 - twilio ships no annotations
    # Absent for the numbers of most accounts, which means voice.
    receives = one.voice_receive_mode or _VOICE_RECEIVED
    can_speak = (one.capabilities or {}).get("voice", True)
    return Entrance(
        sid=one.sid,
        name=one.phone_number,
        kind=Kind.NUMBER,
        webhooks=Webhooks(
            _webhook(one.voice_url, one.voice_method),
            _webhook(one.voice_fallback_url, one.voice_fallback_method),
            _webhook(one.status_callback, one.status_callback_method),
        ),
        application=one.voice_application_sid or "",
        trunk=one.trunk_sid or "",
        receives=receives if can_speak else "",
    )


def _of_domain(one: Any) -> Entrance:  # noqa: ANN401 - twilio ships no annotations
    return Entrance(
        sid=one.sid,
        name=one.domain_name,
        kind=Kind.DOMAIN,
        webhooks=Webhooks(
            _webhook(one.voice_url, one.voice_method),
            _webhook(one.voice_fallback_url, one.voice_fallback_method),
            _webhook(one.voice_status_callback_url, one.voice_status_callback_method),
        ),
        authentication=one.auth_type or "",
        registration=bool(one.sip_registration),
    )


def _webhook(url: str | None, method: str | None) -> Webhook:
    return Webhook(url or "", (method or POST).upper())
