"""What holds for a Dial as a whole: caller ID, which nouns go together, how many, referUrl.

The rules are Twilio's pages <Dial> and <Sip>; limits.py says how sure each of them is.
"""

import re
from dataclasses import replace

from pivot.limits import MAX_NOUNS, NotTaken, Where
from pivot.nouns import Conference, Noun, Number, Queue, Sip
from pivot.values import E164
from pivot.verbs import Dial

_SIP_CALLER_ID = re.compile(r"[A-Za-z0-9+\-_.]+")


def settle(dial: Dial, where: Where) -> tuple[Dial, tuple[NotTaken, ...]]:
    """Return the Dial as Twilio carries it out, and what it does not take of it.

    Nouns that are not dialled are left out; a Dial without nouns fails at once.
    """
    nouns, refused = dial.nouns, []
    shared = next((noun for noun in nouns if isinstance(noun, Conference | Queue)), None)
    if shared and len(nouns) > 1:
        name = type(shared).__name__
        error = 13000 if isinstance(shared, Conference) else None
        refused.append(NotTaken(error, f"{name} cannot stand beside other nouns"))
        nouns = (shared,)
    if shared and dial.refer_url is not None:
        name = type(shared).__name__
        refused.append(NotTaken(None, f"REFER does not support {name}: referUrl is ignored"))
        dial = replace(dial, refer_url=None)
    if len(nouns) > MAX_NOUNS:
        refused.append(NotTaken(None, f"{len(nouns)} nouns are more than {MAX_NOUNS}"))
        nouns = nouns[:MAX_NOUNS]
    kept = tuple(noun for noun in nouns if not _refusal(noun, dial.caller_id, where))
    whys = dict.fromkeys(_refusal(noun, dial.caller_id, where) for noun in nouns)
    refused += [NotTaken(13214, why) for why in whys if why]
    return replace(dial, nouns=kept), tuple(refused)


def _refusal(noun: Noun, caller_id: str | None, where: Where) -> str:
    """Return why a noun cannot be dialled with this caller ID, or nothing."""
    match noun:
        case Number():
            return _not_for_a_number(caller_id, where)
        case Sip():
            return _not_for_sip(caller_id)
        case _:
            return ""


def _not_for_a_number(caller_id: str | None, where: Where) -> str:
    """Return why Twilio does not take a caller ID for a call to a number, or nothing."""
    shown = where.from_address if caller_id is None else caller_id
    parties = {where.from_address, where.to_address}
    if caller_id is None and where.from_address.startswith("client:"):
        return "a call from a client needs a callerId"
    if not where.over_sip and (caller_id is None or caller_id in parties - {""}):
        return ""
    own = {_user(party) for party in parties} if where.over_sip else set()
    if where.over_sip and caller_id is None:
        shown = _user(shown)
    if not E164.fullmatch(shown):
        return f"callerId {shown!r} is not E.164"
    if where.caller_ids is None and shown not in own:
        return ""
    if shown in (where.caller_ids or ()):
        return ""
    return f"callerId {shown!r} is neither owned nor verified"


def _not_for_sip(caller_id: str | None) -> str:
    """Return why Twilio does not take a caller ID for a call to a SIP URI, or nothing."""
    if caller_id is None or _SIP_CALLER_ID.fullmatch(caller_id):
        return ""
    return f"callerId {caller_id!r} has characters beside letters, digits and +-_."


def _user(address: str) -> str:
    """Return the user part of a SIP URI, or an address of another kind as it is."""
    return re.sub(r"^sips?:|[@;].*", "", address)
