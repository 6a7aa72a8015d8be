"""What the secret holds: a JSON object, account SID → list of its auth tokens, newest first or not.

    {"AC…": ["primary", "older"], "sip:trunk-a": ["user", "password"]}

Beside the accounts stand the users of SIP trunks, by the names that directory entries give.
"""

import json
import re
from collections.abc import Mapping

from call_transfer.noun_fields import CREDENTIALS

ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
TRUNK = "sip:"
_PAIR = 2
_TRUNK_NAME = re.compile(f"{TRUNK}{CREDENTIALS.pattern}")

type Document = Mapping[str, tuple[str, ...]]


def document_of(text: object) -> Document | str:
    """Return the tokens by account, or a sentence on what is wrong that quotes none of it.

    A sentence and no exception: JSONDecodeError carries the whole document.
    """
    if not isinstance(text, str):
        return "the secret is binary: store it as text"
    if not text.strip():
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "the secret is not JSON"
    if not isinstance(document, dict):
        return 'the secret is no JSON object: write {"AC…": ["token"]}'
    problems = [_problem(*entry) for entry in enumerate(document.items(), start=1)]
    return next(filter(None, problems), None) or {
        account: tuple(keys) for account, keys in document.items()
    }


def _problem(number: int, entry: tuple[str, object]) -> str:
    """Return what is wrong with one entry of the secret, empty if nothing is."""
    account, keys = entry
    # Not quoted: it may be a token in the wrong place.
    if _TRUNK_NAME.fullmatch(account):
        return "" if _is_pair(keys) else f'{account} in the secret must be ["user", "password"]'
    if not ACCOUNT_SID.fullmatch(account):
        return f"the name of entry {number} of the secret is no account SID, nor sip:name"
    if not isinstance(keys, list):
        return f'{account} has no list of tokens in the secret: write ["token"], even for one'
    for position, key in enumerate(keys, start=1):
        if not isinstance(key, str) or key.split() != [key]:
            return f"token {position} of {account} in the secret is empty, no text, or has spaces"
    return ""


def _is_pair(value: object) -> bool:
    if not isinstance(value, list) or len(value) != _PAIR:
        return False
    return all(isinstance(one, str) and one for one in value)
