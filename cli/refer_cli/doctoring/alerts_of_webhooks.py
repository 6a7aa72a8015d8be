"""Alerts about one request of Twilio's: it was not answered, or not as Twilio wants it."""

from collections.abc import Mapping

type Words = tuple[str, str, str]
"""What it is, why it happens here, what to do."""

_LOG = "look at the log line of that call: rejected, code and bug say why"
_CERTIFICATE = "check the certificate of the custom domain, its names and its chain in ACM"
_OVERRIDES = "correct ConnectionOverrides, or the fragment of the URL that was set at Twilio"

WEBHOOKS: Mapping[int, Words] = {
    11100: (
        "Twilio was given something that is no URL",
        "a voice, fallback or status URL was pasted in part, or with a space",
        "set it again with `refer connect`",
    ),
    11200: (
        "a webhook failed, and Twilio does not say more exactly how",
        "our answer was a 4xx or 5xx, or something between us cut the connection",
        _LOG,
    ),
    11201: (
        "no connection to the webhook was made in time",
        "the host is not reachable from Twilio: its DNS record is old, or a firewall is in between",
        "request the URL from outside your network; compare the DNS record with the API's domain",
    ),
    11202: (
        "the host of the webhook refused the connection",
        "the URL has a port, or the domain points to a host that is not the API",
        "compare the URL with the output VoiceUrl, and the DNS record with the API's domain",
    ),
    11203: (
        "the webhook took longer than the total time that its URL allows",
        "the fragment of the URL sets tt, or the function was slow",
        "look at the duration in the log line; raise or remove tt in ConnectionOverrides",
    ),
    11205: (
        "no HTTP answer came back: no connection, or none within 15 s",
        "the host is not reachable, or the function was throttled, cold or slow",
        "request the URL from outside; look for throttles, and at the duration in the log",
    ),
    11210: (
        "the host of the webhook has no address",
        "the stack or the domain was deleted, or the URL has a typing error",
        "compare the URL with the output VoiceUrl, and set it with `refer connect`",
    ),
    11215: (
        "the webhook was redirected too often",
        "something in front of the API redirects; we never do",
        "give Twilio the URL at the end of the redirects",
    ),
    11217: (
        "our answer to the webhook was a 4xx or 5xx",
        (
            "a transfer refused in hold mode is one, and so are a signature that was not taken, a"
            " table that cannot be read, and throttling (429)"
        ),
        _LOG,
    ),
    11220: (
        "no TLS connection to the webhook",
        "the certificate or the TLS policy of the custom domain is not one that Twilio takes",
        _CERTIFICATE,
    ),
    11235: (
        "the certificate of the webhook is for another name",
        "the custom domain serves a certificate that does not name it",
        _CERTIFICATE,
    ),
    11236: (
        "the certificate of the webhook has expired",
        "the certificate of the custom domain was not renewed",
        _CERTIFICATE,
    ),
    11237: (
        "the certificate of the webhook cannot be traced to an authority",
        "the chain is incomplete, or the authority is a private one",
        _CERTIFICATE,
    ),
    11750: (
        "the answer to a webhook is larger than 64 kB",
        "none of our answers is: the URL leads elsewhere, or a proxy writes an error page",
        "compare the URL of the alert with the output VoiceUrl",
    ),
    12100: (
        "the answer to a webhook is not XML",
        "something in front of us answers in our place, or a TwiML Bin is broken",
        "request the URL, and look at the first line of the answer",
    ),
    12200: (
        "the TwiML has an element or a value that Twilio does not know",
        "a value of an entry is one that Twilio refuses",
        "run `refer lint` over the directory",
    ),
    12300: (
        "the answer to a webhook has a Content-Type that Twilio cannot use",
        (
            "an address of an entry (play, redirect, hold music) leads to something else than audio"
            " or TwiML, or a proxy answers"
        ),
        "request the URL of the alert, and look at its Content-Type",
    ),
    15003: (
        "a status callback was answered with a 4xx or 5xx",
        "the event could not be recorded, and is sent once more, or its signature was not taken",
        _LOG,
    ),
    11240: (
        "the edge that the fragment of a URL asks for does not exist",
        "e= in the fragment is misspelt",
        _OVERRIDES,
    ),
    11241: (
        "the edge that the fragment of a URL asks for does not send webhooks",
        "e= in the fragment names an edge that Twilio does not support there",
        _OVERRIDES,
    ),
    11243: (
        "the retry policy in the fragment of a URL is none",
        "rp= in the fragment has a word that Twilio does not know",
        _OVERRIDES,
    ),
}
