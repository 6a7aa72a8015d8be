"""Any webhook: what is not served at all."""

from cells.table import NO_RECORD, TO_B, Phone, cell
from gateway.http_api import Response
from laptop import ACCOUNT, SESSION
from pivot.webhooks import Account


@cell("request-unsigned", 403, outcome=NO_RECORD, told="rejected")
def unsigned(phone: Phone) -> Response:
    stranger = Account(ACCOUNT.sid, "guessed")
    return phone.laptop.post("/refer/release", {"ReferTransferTarget": TO_B}, account=stranger)


@cell("request-secret-unreadable", 503, outcome=NO_RECORD, told="rejected tokens_problem")
def secret_unreadable(phone: Phone) -> Response:
    phone.outage("GetSecretValue")
    return phone.refer("/refer/release")


@cell("request-too-large", 413, outcome=NO_RECORD, told="rejected")
def too_large(phone: Phone) -> Response:
    return phone.refer("/refer/release", Padding="x" * 70_000)


@cell("request-no-call", 400, outcome=NO_RECORD, told="rejected")
def no_call(phone: Phone) -> Response:
    return phone.refer("/refer/release", CallSid="")


@cell("request-repeated-parameter", 400, outcome=NO_RECORD, told="rejected")
def repeated_parameter(phone: Phone) -> Response:
    return phone.refer("/refer/release", method="GET", query=f"?CallSid={SESSION}")


@cell("request-foreign-mode", 400, outcome=NO_RECORD, told="rejected")
def foreign_mode(phone: Phone) -> Response:
    return phone.refer("/refer/attended")


@cell("request-foreign-link", 400, outcome=NO_RECORD, told="rejected")
def foreign_link(phone: Phone) -> Response:
    return phone.laptop.post(f"/dial-result/hold/{SESSION}/0/0/0/somewhere", {})


@cell("request-foreign-noun", 400, outcome=NO_RECORD, told="rejected")
def foreign_noun(phone: Phone) -> Response:
    return phone.laptop.post(f"/leg-status/hold/{SESSION}/0/0/0/initial/1/1", {})


@cell("request-foreign-verb", 400, outcome=NO_RECORD, told="rejected")
def foreign_verb(phone: Phone) -> Response:
    return phone.laptop.post(f"/verb-result/pay/hold/{SESSION}/0/0/0/initial", {})


@cell("request-foreign-key", 400, outcome=NO_RECORD, told="rejected")
def foreign_key(phone: Phone) -> Response:
    return phone.laptop.post(f"/accept/hold/{SESSION}/0/0/0/initial/0/1/both", {"Digits": "1"})


@cell("request-foreign-recording", 400, outcome=NO_RECORD, told="rejected")
def foreign_recording(phone: Phone) -> Response:
    told = {"RecordingSid": "RE1", "RecordingStatus": "completed"}
    return phone.laptop.post(f"/recording-status/hold/{SESSION}/0/0/0/initial", told)
