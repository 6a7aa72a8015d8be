"""inbound-call and refer: what an entry can say beside whom to dial, and how it dials."""

from typing import Any

from cells.table import (
    AGENT_A,
    AGENT_B,
    AGENT_C,
    CALLED,
    MENU,
    OVERFLOW,
    PHONE,
    TO_B,
    VOICEMAIL,
    Phone,
    cell,
)
from gateway.http_api import Response

WORKFLOW = {
    "workflow": f"WW{'6' * 32}",
    "task": {"skill": "billing", "language": "de"},
    "wait_url": "https://example.com/music",
}
MUSIC = "https://example.com/closed.mp3"
FLOW = "https://example.com/flow?step=2"
TRUNK = {"sip": "sip:agentb@trunk.example.com", "credentials": "trunk-b"}
DESK = {"number": "+14155550123", "send_digits": "ww12#"}
APP = {"client": "agent.b", "parameters": {"Queue": "sales", "X-Ticket": "none"}}
TICKET = "<sip:agentb@pbx.example.com?X-Ticket=7&X-Queue=evil>"
BUSINESS = {"reason": "no transfers to the board", "say": "Der Vorstand ist nicht zu sprechen."}


def transferred(phone: Phone, target: str = TO_B, /, **fields: Any) -> Response:  # noqa: ANN401 - of an entry
    """Return the answer to a REFER to an entry of these fields."""
    phone.entry("agentb", **fields)
    return phone.transfer(target)


def called(phone: Phone, **fields: Any) -> Response:  # noqa: ANN401 - of an entry
    """Return the answer to a call of an entry of these fields."""
    phone.entry(CALLED, **fields)
    return phone.call()


# --- other verbs than Dial ------------------------------------------------------------------------


@cell("inbound-hold-enqueue")
def inbound_enqueue(phone: Phone) -> Response:
    return called(phone, enqueue="support")


@cell("refer-hold-enqueue")
@cell("refer-release-enqueue")
def refer_enqueue(phone: Phone) -> Response:
    return transferred(phone, enqueue="support")


@cell("inbound-hold-workflow")
def inbound_workflow(phone: Phone) -> Response:
    return called(phone, enqueue=WORKFLOW)


@cell("refer-hold-workflow")
@cell("refer-release-workflow")
def refer_workflow(phone: Phone) -> Response:
    return transferred(phone, enqueue=WORKFLOW)


@cell("inbound-hold-menu")
def inbound_menu(phone: Phone) -> Response:
    return called(phone, menu=MENU)


@cell("refer-hold-menu")
@cell("refer-release-menu")
def refer_menu(phone: Phone) -> Response:
    return transferred(phone, menu=MENU)


@cell("inbound-hold-voicemail")
def inbound_voicemail(phone: Phone) -> Response:
    return called(phone, voicemail=VOICEMAIL)


@cell("refer-hold-voicemail")
@cell("refer-release-voicemail")
def refer_voicemail(phone: Phone) -> Response:
    return transferred(phone, voicemail=VOICEMAIL)


@cell("inbound-hold-say", outcome="announced")
def inbound_say(phone: Phone) -> Response:
    return called(phone, say="We have moved to +1 800 555 0199.")


@cell("refer-hold-say", outcome="announced")
@cell("refer-release-say", outcome="announced")
def refer_say(phone: Phone) -> Response:
    return transferred(phone, say="We have moved to +1 800 555 0199.")


@cell("inbound-hold-play", outcome="announced")
def inbound_play(phone: Phone) -> Response:
    return called(phone, play=MUSIC)


@cell("refer-hold-play", outcome="announced")
@cell("refer-release-play", outcome="announced")
def refer_play(phone: Phone) -> Response:
    return transferred(phone, play=MUSIC)


@cell("inbound-hold-redirect", outcome="redirected")
def inbound_redirect(phone: Phone) -> Response:
    return called(phone, redirect=FLOW)


@cell("refer-hold-redirect", outcome="redirected")
@cell("refer-release-redirect", outcome="redirected")
def refer_redirect(phone: Phone) -> Response:
    return transferred(phone, redirect=FLOW)


@cell("inbound-hold-denied-text", outcome="denied", code="deny_entry")
def inbound_denied_with_a_text(phone: Phone) -> Response:
    return called(phone, deny=BUSINESS, language="de-DE")


@cell("refer-hold-denied-text", 403, outcome="denied", code="deny_entry")
@cell("refer-hold-message-denied-text", code="deny_entry")
@cell("refer-release-denied-text", code="deny_entry")
def refer_denied_with_a_text(phone: Phone) -> Response:
    return transferred(phone, deny=BUSINESS, language="de-DE")


@cell("refer-hold-language")
@cell("refer-release-language")
def refer_to_an_entry_with_a_language(phone: Phone) -> Response:
    prompt = {"say": "Drücken Sie die 1.", "keys": {"1": "agentc"}}
    return transferred(phone, menu=prompt, language="de-DE")


@cell("refer-hold-menu-malformed", 503, outcome="unavailable", code="malformed_entry")
@cell("refer-release-menu-malformed", code="malformed_entry")
def refer_to_a_malformed_menu(phone: Phone) -> Response:
    return transferred(phone, menu={"say": "Press 1.", "keys": {"13": "agentc"}})


# --- fields of dial -------------------------------------------------------------------------------


@cell("refer-hold-send-digits")
@cell("refer-release-send-digits")
def refer_with_digits_to_send(phone: Phone) -> Response:
    return transferred(phone, dial=[DESK])


@cell("refer-hold-send-ext")
@cell("refer-release-send-ext")
def refer_with_an_extension_to_send(phone: Phone) -> Response:
    phone.entry("+1415*", dial="as_asked", send_ext=True)
    return phone.transfer("tel:+1-415-555-0123;ext=42")


@cell("refer-hold-no-ext")
def refer_with_an_extension_that_the_entry_does_not_send(phone: Phone) -> Response:
    phone.entry("+1415*", dial="as_asked")
    return phone.transfer("tel:+1-415-555-0123;ext=42")


@cell("refer-hold-credentials")
@cell("refer-release-credentials")
def refer_with_credentials(phone: Phone) -> Response:
    phone.secret(**{"trunk-b": ["agent", "correct horse"]})
    return transferred(phone, dial=[TRUNK])


@cell("refer-hold-credentials-unknown")
@cell("refer-release-credentials-unknown")
def refer_with_credentials_that_the_secret_does_not_have(phone: Phone) -> Response:
    return transferred(phone, dial=[TRUNK])


@cell("refer-hold-parameters")
@cell("refer-release-parameters")
def refer_with_parameters_of_a_client(phone: Phone) -> Response:
    return transferred(phone, TICKET, dial=[APP])


@cell("refer-hold-headers")
@cell("refer-release-headers")
def refer_with_headers_to_add(phone: Phone) -> Response:
    return transferred(phone, TICKET, dial=[AGENT_B], headers={"X-Queue": "sales & more"})


@cell("refer-hold-recorded")
@cell("refer-release-recorded")
def refer_recorded(phone: Phone) -> Response:
    return transferred(phone, dial=[AGENT_B], record="record-from-answer-dual")


@cell("refer-hold-ring-tone")
@cell("refer-release-ring-tone")
def refer_with_a_ring_tone(phone: Phone) -> Response:
    return transferred(phone, dial=[AGENT_B], ring_tone="de")


@cell("refer-hold-caller-id-called")
@cell("refer-release-caller-id-called")
def refer_with_the_number_that_was_called_as_caller_id(phone: Phone) -> Response:
    phone.entry("agentb", dial=[OVERFLOW], caller_id="called")
    return phone.refer(phone.answered(From=PHONE), From=PHONE)


@cell("refer-hold-caller-id-caller")
@cell("refer-release-caller-id-caller")
def refer_with_the_number_of_the_caller_as_caller_id(phone: Phone) -> Response:
    return transferred(phone, dial=[OVERFLOW], caller_id="caller")


@cell("refer-hold-caller-id-caller-sip", 503, outcome="unavailable", code="caller_id_required")
@cell("refer-release-caller-id-caller-sip", code="caller_id_required")
def refer_with_a_caller_that_is_no_caller_id(phone: Phone) -> Response:
    phone.entry("agentb", dial=[OVERFLOW], caller_id="caller")
    return phone.refer(phone.answered(From=PHONE), From=PHONE)


@cell("refer-hold-sim")
@cell("refer-release-sim")
def refer_to_a_sim(phone: Phone) -> Response:
    return transferred(phone, dial=[{"sim": f"DE{'7' * 32}"}])


IN_TURN = [AGENT_B | {"ring_timeout": 8}, AGENT_C | {"ring_timeout": 12}, AGENT_A]


@cell("refer-hold-noun-timeouts")
@cell("refer-hold-action-noun-timeouts")
@cell("refer-release-noun-timeouts")
def refer_to_several_with_times_of_their_own(phone: Phone) -> Response:
    phone.setting(HOLD_WAIT="0")
    return transferred(phone, dial=IN_TURN, sequential=True)


@cell("inbound-hold-noun-timeouts")
def inbound_several_with_times_of_their_own(phone: Phone) -> Response:
    return called(phone, dial=IN_TURN, sequential=True)


@cell("dial-result-release-next-in-turn")
@cell("dial-result-hold-action-next-in-turn")
def first_in_turn_did_not_answer(phone: Phone) -> Response:
    return phone.ended(refer_to_several_with_times_of_their_own(phone), "no-answer")


@cell("dial-result-hold-initial-next-in-turn")
def first_in_turn_of_the_initial_call_did_not_answer(phone: Phone) -> Response:
    return phone.ended(inbound_several_with_times_of_their_own(phone), "no-answer")


@cell("dial-result-release-next-answered", outcome="answered")
@cell("dial-result-hold-action-next-answered", outcome="answered")
def second_in_turn_answered(phone: Phone) -> Response:
    return phone.ended(first_in_turn_did_not_answer(phone), "completed", DialCallDuration="42")


@cell("dial-result-release-none-in-turn")
@cell("dial-result-hold-action-none-in-turn")
def nobody_in_turn_answered(phone: Phone) -> Response:
    phone.entry("agentb", dial=IN_TURN[:2], sequential=True)
    phone.setting(HOLD_WAIT="0")
    return phone.ended(phone.ended(phone.transfer(), "no-answer"), "busy")
