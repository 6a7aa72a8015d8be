"""verb-result: the action of the Gather of a menu."""

from typing import Any

from cells.table import AGENT_C, CALLED, MENU, OVERFLOW, Phone, cell
from gateway.http_api import Response

# The record does not say it, but the end of the hop is told.
SILENT_UNRECORDED = "no_answer, not recorded"


def asked(phone: Phone, **fields: Any) -> Response:  # noqa: ANN401 - of an entry
    """Return the Gather of a transfer to a menu."""
    phone.entry("agentb", **{"menu": MENU, **fields})
    return phone.transfer()


def pressed(phone: Phone, *keys: str, **fields: Any) -> Response:  # noqa: ANN401 - of an entry
    """Return what follows these keys; "" is silence."""
    answer = asked(phone, **fields)
    for key in keys:
        answer = phone.verb(answer, "Gather", Digits=key)
    return answer


@cell("verb-result-hold-menu-entry")
@cell("verb-result-release-menu-entry")
def menu_leads_to_an_entry(phone: Phone) -> Response:
    return pressed(phone, "1")


@cell("verb-result-hold-initial-menu-entry")
def menu_of_the_initial_call_leads_to_an_entry(phone: Phone) -> Response:
    phone.entry(CALLED, menu=MENU)
    return phone.verb(phone.call(), "Gather", Digits="1")


@cell("verb-result-hold-menu-context")
def menu_passes_the_context_on(phone: Phone) -> Response:
    phone.entry("agentb", menu=MENU)
    menu = phone.transfer("<sip:agentb@pbx.example.com?X-Ticket=7>")
    return phone.verb(menu, "Gather", Digits="1")


@cell("verb-result-hold-menu-transferor")
@cell("verb-result-release-menu-transferor")
def menu_leads_back_to_the_transferor(phone: Phone) -> Response:
    return pressed(phone, "2")


@cell("verb-result-hold-menu-wrong-key")
@cell("verb-result-release-menu-wrong-key")
def menu_wrong_key(phone: Phone) -> Response:
    return pressed(phone, "9")


@cell("verb-result-hold-menu-silence")
@cell("verb-result-release-menu-silence")
def menu_silence(phone: Phone) -> Response:
    return pressed(phone, "")


@cell("verb-result-hold-menu-second-try")
@cell("verb-result-release-menu-second-try")
def menu_leads_on_at_the_second_try(phone: Phone) -> Response:
    return pressed(phone, "9", "1")


@cell("verb-result-hold-menu-enough")
@cell("verb-result-release-menu-enough")
def menu_asked_often_enough(phone: Phone) -> Response:
    return pressed(phone, "9", "")


@cell("verb-result-hold-menu-enough-fallback")
@cell("verb-result-release-menu-enough-fallback")
def menu_asked_often_enough_with_a_fallback(phone: Phone) -> Response:
    return pressed(phone, "", "", fallback=["overflow"])


@cell("verb-result-hold-menu-enough-no-fallback", outcome="no_answer")
@cell("verb-result-release-menu-enough-no-fallback", outcome="no_answer")
def menu_asked_often_enough_without_a_fallback(phone: Phone) -> Response:
    return pressed(phone, "", "9", fallback=[])


@cell("verb-result-hold-initial-menu-enough", outcome="no_answer")
def menu_of_the_initial_call_asked_often_enough(phone: Phone) -> Response:
    phone.entry(CALLED, menu=MENU | {"repeat": 1})
    return phone.verb(phone.call(), "Gather", Digits="")


@cell("verb-result-hold-menu-refused")
@cell("verb-result-release-menu-refused")
def menu_leads_to_an_entry_that_is_refused(phone: Phone) -> Response:
    phone.entry("agentc", deny="not during the pilot")
    return pressed(phone, "1")


@cell("verb-result-hold-menu-no-entry")
@cell("verb-result-release-menu-no-entry")
def menu_leads_to_no_entry(phone: Phone) -> Response:
    return pressed(phone, "3")


@cell("verb-result-hold-menu-refused-enough")
@cell("verb-result-release-menu-refused-enough")
def menu_leads_to_an_entry_that_is_refused_once_too_often(phone: Phone) -> Response:
    phone.entry("agentc", deny="not during the pilot")
    return pressed(phone, "1", menu=MENU | {"repeat": 1})


@cell("verb-result-hold-menu-closed-instead")
def menu_leads_to_an_entry_that_is_closed(phone: Phone) -> Response:
    phone.at("2026-11-29T12:00+01:00")
    hours = {"zone": "Europe/Berlin", "weekly": {"mon": ["09:00-17:00"]}, "closed": "overflow"}
    phone.entry("agentc", dial=[AGENT_C], hours=hours)
    return pressed(phone, "1")


@cell("verb-result-hold-menu-menu")
def menu_leads_to_a_menu(phone: Phone) -> Response:
    phone.entry("agentc", menu={"play": "https://example.com/menu.mp3", "keys": {"#": "agentb"}})
    return pressed(phone, "1")


@cell("verb-result-hold-menu-and-back")
def menu_leads_to_a_menu_and_back(phone: Phone) -> Response:
    phone.entry("agentc", menu={"say": "Press pound to go back.", "keys": {"#": "agentb"}})
    return pressed(phone, "1", "#")


@cell("verb-result-hold-menu-thirty", outcome="no_answer")
def menu_that_leads_to_itself_thirty_times(phone: Phone) -> Response:
    return pressed(phone, *["1"] * 30, menu=MENU | {"keys": {"1": "agentb"}})


@cell("verb-result-hold-menu-voicemail")
def menu_leads_to_voicemail(phone: Phone) -> Response:
    phone.entry("agentc", voicemail={"say": "Please leave a message."})
    return pressed(phone, "1")


@cell("verb-result-hold-menu-say", outcome="announced")
@cell("verb-result-release-menu-say", outcome="announced")
def menu_leads_to_a_text(phone: Phone) -> Response:
    phone.entry("agentc", say="We are open from nine to five.")
    return pressed(phone, "1")


@cell("verb-result-hold-menu-slow")
def menu_answered_long_after_a_transferor_would_have_waited(phone: Phone) -> Response:
    phone.at("2026-11-23T12:00:00+00:00")
    menu = asked(phone)
    phone.at("2026-11-23T12:00:40+00:00")
    return phone.verb(menu, "Gather", Digits="1")


@cell("verb-result-hold-menu-caller-gone", outcome="abandoned")
def menu_given_up(phone: Phone) -> Response:
    return phone.verb(asked(phone), "Gather", CallStatus="completed", Digits="")


@cell("dial-result-hold-menu-answered", outcome="answered")
@cell("dial-result-release-menu-answered", outcome="answered")
def entry_of_a_menu_answered(phone: Phone) -> Response:
    return phone.ended(pressed(phone, "1"), "completed", DialCallDuration="42")


@cell("dial-result-hold-menu-busy")
@cell("dial-result-release-menu-busy")
def entry_of_a_menu_busy(phone: Phone) -> Response:
    phone.entry("agentc", dial=[AGENT_C], fallback=["overflow"])
    return phone.ended(pressed(phone, "1"), "busy")


@cell("dial-result-hold-menu-recall-busy", outcome="busy")
@cell("dial-result-release-menu-recall-busy", outcome="busy")
def transferor_of_a_menu_busy(phone: Phone) -> Response:
    return phone.ended(pressed(phone, "2"), "busy")


# --- what goes wrong beside it --------------------------------------------------------------------


@cell("verb-result-hold-menu-repeated")
@cell("verb-result-release-menu-repeated")
def menu_repeated(phone: Phone) -> Response:
    menu = asked(phone)
    answer = phone.verb(menu, "Gather", Digits="1")
    phone.entry("agentc", dial=[OVERFLOW])
    again = phone.verb(menu, "Gather", Digits="1")
    assert again.body == answer.body
    return again


@cell("verb-result-hold-menu-late", outcome="answered")
def menu_repeated_when_the_call_is_over(phone: Phone) -> Response:
    menu = asked(phone)
    phone.ended(phone.verb(menu, "Gather", Digits="1"), "completed")
    return phone.verb(menu, "Gather", Digits="1")


@cell("verb-result-hold-menu-table", outcome=SILENT_UNRECORDED, told="record_problem")
@cell("verb-result-release-menu-table", outcome=SILENT_UNRECORDED, told="record_problem")
def menu_table_unreadable(phone: Phone) -> Response:
    menu = asked(phone)
    phone.outage("BatchGetItem")
    return phone.verb(menu, "Gather", Digits="1")


@cell("verb-result-hold-menu-table-last-resort", told="record_problem")
@cell("verb-result-release-menu-table-last-resort", told="record_problem")
def menu_table_unreadable_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    return menu_table_unreadable(phone)


@cell("verb-result-hold-menu-record", told="record_problem")
@cell("verb-result-release-menu-record", told="record_problem")
def menu_record_not_written(phone: Phone) -> Response:
    menu = asked(phone)
    phone.outage("UpdateItem")
    return phone.verb(menu, "Gather", Digits="1")


@cell("verb-result-hold-menu-bug", told="bug")
@cell("verb-result-release-menu-bug", told="bug")
def menu_bug(phone: Phone) -> Response:
    menu = asked(phone)
    phone.bug("progress.ended")
    return phone.verb(menu, "Gather", Digits="1")


@cell("verb-result-hold-menu-bug-last-resort", told="bug")
@cell("verb-result-release-menu-bug-last-resort", told="bug")
def menu_bug_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="sip:reception@pbx.example.com")
    return menu_bug(phone)
