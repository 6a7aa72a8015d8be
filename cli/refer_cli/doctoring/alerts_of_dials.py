"""Alerts about a call, and not about one request: who could not be dialled, or transferred."""

from collections.abc import Mapping

type Words = tuple[str, str, str]
"""What it is, why it happens here, what to do."""

_LINT = "run `refer lint` over the directory"
_HEADERS = "shorten headers or pass_headers of the entry; docs/directory.md names the limits"

DIALS: Mapping[int, Words] = {
    10001: (
        "the account is not active: nothing works",
        "the balance ran out, or Twilio has suspended the account",
        "look at the balance and at the messages of the Twilio console",
    ),
    10004: (
        "a call was refused: the account has too many at once",
        "trial accounts, and new ones without a customer profile, may make few calls at a time",
        "upgrade the account, or ask Twilio for more; a transfer needs three legs for a moment",
    ),
    13201: (
        "a Dial stood where a target is only asked whether it takes the call",
        "our whisper holds no Dial: the url of a noun leads elsewhere",
        "look whose TwiML it is; the alert names the request",
    ),
    13214: (
        "the caller ID of a Dial is none that Twilio allows",
        (
            "a call from SIP cannot show its own To or From to a number; other calls can, and"
            " each can show a number of the account or a verified one"
        ),
        "set DefaultCallerId, or caller_id on the entry, to a number of the account",
    ),
    13223: (
        "a number to dial is not in E.164",
        "an entry passes on what a phone has sent, or has a number without + and country code",
        _LINT,
    ),
    13224: (
        "Twilio does not reach the number, or there is none such",
        "the digits are wrong, or no carrier of Twilio's delivers there at the moment",
        f"{_LINT}; it knows which numbers cannot exist",
    ),
    13225: (
        "Twilio has blocked the number",
        "the number counts as high risk, or as forbidden in its country",
        "take it out of the directory, or ask Twilio about it",
    ),
    13226: (
        "no country has this code",
        "the digits of an entry, or those a phone has sent, are wrong",
        _LINT,
    ),
    13227: (
        "the account may not call this country",
        "Voice Geographic Permissions do not include it",
        "allow the country in the console if you mean it: Voice > Settings > Geo permissions",
    ),
    13243: (
        "a SIP address in the TwiML is none",
        "an entry has a SIP URI that Twilio reads otherwise",
        _LINT,
    ),
    13251: (
        "a SIP address carries more headers than Twilio takes",
        "the entry and the Refer-To together bring too many",
        _HEADERS,
    ),
    13252: (
        "a SIP address carries a header that Twilio does not send",
        (
            "only X- headers, User-to-User, Remote-Party-ID, P-Preferred-Identity and"
            " P-Called-Party-ID are sent"
        ),
        _LINT,
    ),
    13253: (
        "a header in a SIP address is too long",
        "a value that came with the Refer-To, or of the entry, is too long",
        _HEADERS,
    ),
    13802: (
        "a phone asked for a transfer, and the Dial of its call had no referUrl",
        (
            "the call was not dialled by this application, or HopLimit was reached: the last Dial"
            " has none on purpose"
        ),
        (
            "connect the number, or put ReferUrlHold into the Dial that was used; raise HopLimit if"
            " people really pass calls on so often"
        ),
    ),
    21227: (
        "the headers of a SIP address are too long together",
        "Twilio takes less than 1024 characters; ours are cut before, so the TwiML is another's",
        _HEADERS,
    ),
    32009: (
        "the phone that was dialled is not registered",
        "it is switched off, or its user is spelt otherwise than in the entry",
        "look at the registered endpoints of the SIP domain in the console",
    ),
    32011: (
        "the PBX or platform that was dialled did not answer, or with an error",
        "its firewall does not let Twilio in, it is down, or it refuses our INVITE",
        "let Twilio's signalling addresses in; the alert quotes the SIP status",
    ),
    32100: (
        "a trial account has called a number that is not verified",
        "trial accounts call verified numbers only",
        "upgrade the account, or verify the number",
    ),
    32214: (
        "a Dial to a SIP domain of another account",
        "phones can be dialled at the domains of the same account, or of its main account, only",
        "correct the host of the entry, or dial the other account by a number",
    ),
    32218: (
        "a transfer on an Elastic SIP Trunk was refused",
        "transfers are off for this trunk; its calls never reach this application anyway",
        "connect the number to VoiceUrl instead of a trunk, or set the transfer mode of the trunk",
    ),
    32220: (
        "a registered phone was dialled at an edge of Twilio",
        "the host of the entry names an edge, such as example.sip.ashburn.twilio.com",
        f"leave the edge out: user@example.sip.twilio.com rings it everywhere; {_LINT}",
    ),
    32221: (
        "no phone is registered at the edge that was dialled",
        "the host of the entry names an edge, and the phone has registered at another",
        f"leave the edge out: user@example.sip.twilio.com rings it everywhere; {_LINT}",
    ),
    32223: (
        "a SIP domain was dialled without a user",
        "the entry dials the domain itself, or Twilio was sent back into its own domain",
        "name the user: user@example.sip.twilio.com",
    ),
    32224: (
        "a call was not forwarded, for the rules of a country",
        "a call to a number of one country was transferred to a number of another",
        "transfer within the country of the number, or over SIP",
    ),
}
