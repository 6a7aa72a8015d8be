"""Numbers, SIP domains, TwiML Apps, alerts and dialing permissions of a simulated Twilio account.

The server is twilio_api's.  The shapes are those of Twilio's reference: "IncomingPhoneNumber
resource", "SIP Domain resource", "Monitor REST API: Alerts", "Dialing Permissions Country".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from twilio_api import Answer, Request, TwilioApi, not_found

type Document = dict[str, Any]

_API, _VOICE, _MONITOR = "api.twilio.com", "voice.twilio.com", "monitor.twilio.com"
_WEBHOOKS = ("VoiceUrl", "VoiceMethod", "VoiceFallbackUrl", "VoiceFallbackMethod")
_STATUS = {
    "IncomingPhoneNumbers": ("StatusCallback", "StatusCallbackMethod"),
    "SIP/Domains": ("VoiceStatusCallbackUrl", "VoiceStatusCallbackMethod"),
}
DEMO = "https://demo.twilio.com/welcome/voice/"


@dataclass
class TwilioNumbers:
    """What one account of the server has; lists come in pages of `page`."""

    api: TwilioApi
    account: str
    page: int = 50
    numbers: list[Document] = field(default_factory=list)
    domains: list[Document] = field(default_factory=list)
    applications: list[Document] = field(default_factory=list)
    alerts: list[Document] = field(default_factory=list)
    countries: list[Document] = field(default_factory=list)
    _sids: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        for resource, there in (
            ("IncomingPhoneNumbers", self.numbers),
            ("SIP/Domains", self.domains),
            ("Applications", self.applications),
        ):
            whole = f"/2010-04-01/Accounts/{self.account}/{resource}"
            self.api.route("GET", _API, rf"{whole}\.json", self._list(resource, there))
            one = rf"{whole}/(?P<sid>\w+)\.json"
            self.api.route("GET", _API, one, self._one(there))
            self.api.route("POST", _API, one, self._update(there, _STATUS.get(resource, ())))
        self.api.route("GET", _MONITOR, "/v1/Alerts", self._meta("alerts", self.alerts))
        countries = "/v1/DialingPermissions/Countries"
        self.api.route("GET", _VOICE, countries, self._meta("content", self.countries))

    def number(self, number: str, **fields: Any) -> Document:  # noqa: ANN401 - of the document
        """Add a number as it is when it was bought."""
        document = {
            "sid": f"PN{next(self._sids):032x}",
            "account_sid": self.account,
            "phone_number": number,
            "friendly_name": number,
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            "voice_url": DEMO,
            "voice_method": "POST",
            "voice_fallback_url": "",
            "voice_fallback_method": "POST",
            "voice_application_sid": "",
            "voice_receive_mode": "voice",
            "status_callback": "",
            "status_callback_method": "POST",
            "trunk_sid": None,
        } | fields
        self.numbers.append(document)
        return document

    def domain(self, name: str, **fields: Any) -> Document:  # noqa: ANN401 - of the document
        """Add a SIP domain that phones can register at."""
        document = {
            "sid": f"SD{next(self._sids):032x}",
            "account_sid": self.account,
            "domain_name": name,
            "friendly_name": name,
            "auth_type": "CREDENTIAL_LIST",
            "sip_registration": True,
            "voice_url": None,
            "voice_method": "POST",
            "voice_fallback_url": None,
            "voice_fallback_method": "POST",
            "voice_status_callback_url": None,
            "voice_status_callback_method": "POST",
        } | fields
        self.domains.append(document)
        return document

    def application(self, voice_url: str) -> Document:
        """Add a TwiML App."""
        document = {"sid": f"AP{next(self._sids):032x}", "voice_url": voice_url}
        self.applications.append(document)
        return document

    def alert(self, code: int, *, url: str = "", call: str = "", text: str = "") -> Document:
        """Add an alert; the newest is the first of the list."""
        document = {
            "sid": f"NO{next(self._sids):032x}",
            "account_sid": self.account,
            "error_code": str(code),
            "log_level": "error",
            "alert_text": text,
            "date_created": "2026-11-28T12:30:00Z",
            "date_generated": "2026-11-28T12:30:00Z",
            "date_updated": "2026-11-28T12:30:00Z",
            "request_url": url,
            "request_method": "POST",
            "resource_sid": call,
        }
        self.alerts.append(document)
        return document

    def country(self, iso: str, name: str, *, allowed: bool, costly: bool = False) -> Document:
        """Add a country to the dialing permissions."""
        document = {
            "iso_code": iso,
            "name": name,
            "continent": "EUROPE",
            "country_codes": ["+0"],
            "low_risk_numbers_enabled": allowed,
            "high_risk_special_numbers_enabled": False,
            "high_risk_tollfraud_numbers_enabled": costly,
        }
        self.countries.append(document)
        return document

    def _list(self, resource: str, there: list[Document]) -> Callable[[Request], Answer]:
        key = {"IncomingPhoneNumbers": "incoming_phone_numbers", "SIP/Domains": "domains"}

        def answer(request: Request) -> Answer:
            wanted = request.query.get("PhoneNumber", "")
            found = [one for one in there if wanted in one.get("phone_number", "")]
            page = int(request.query.get("Page", "0"))
            more = len(found) > (page + 1) * self.page
            document = {
                key.get(resource, "applications"): found[page * self.page :][: self.page],
                "end": 0,
                "first_page_uri": f"{request.path}?Page=0",
                "next_page_uri": f"{request.path}?Page={page + 1}" if more else None,
                "page": page,
                "page_size": self.page,
                "previous_page_uri": None,
                "start": 0,
                "uri": request.path,
            }
            return 200, document

        return answer

    def _meta(self, key: str, there: list[Document]) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            page, address = int(request.query.get("Page", "0")), f"https://{request.host}"
            more = len(there) > (page + 1) * self.page
            document = {
                key: there[page * self.page :][: self.page],
                "meta": {
                    "first_page_url": f"{address}{request.path}?Page=0",
                    "key": key,
                    "next_page_url": f"{address}{request.path}?Page={page + 1}" if more else None,
                    "page": page,
                    "page_size": self.page,
                    "previous_page_url": None,
                    "url": f"{address}{request.path}",
                },
            }
            return 200, document

        return answer

    @staticmethod
    def _one(there: list[Document]) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            found = [one for one in there if one["sid"] == request.groups["sid"]]
            return (200, dict(found[0])) if found else not_found(request.path)

        return answer

    @staticmethod
    def _update(there: list[Document], status: tuple[str, ...]) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            found = [one for one in there if one["sid"] == request.groups["sid"]]
            if not found:
                return not_found(request.path)
            assert set(request.form) <= {*_WEBHOOKS, *status}, request.form
            found[0].update({_snake(name): value for name, value in request.form.items()})
            return 200, dict(found[0])

        return answer


def _snake(name: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")
