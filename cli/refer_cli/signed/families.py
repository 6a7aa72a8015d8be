"""Every kind of difference that is looked for, the likeliest first: why it happens, what to do."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from refer_cli.signed import form, header, url
from refer_cli.signed.reading import Change, Family, Reading, Surroundings
from refer_cli.signed.url import Url

_REBUILD = "Compare with the URL in Twilio's Request Inspector; a copy on the way must not edit it."
_PASS_ON = "Pass the body on byte for byte; verify what arrives, not what a framework made of it."  # noqa: S105 - advice
_OF_YOURS = "If a client of your own signs, let it sign with Twilio's library."


def _of_url(
    alternatives: Callable[[Url, Surroundings], Iterator[tuple[str, Url]]],
) -> Callable[[Reading, Surroundings], Iterator[Change]]:
    def changes(reading: Reading, around: Surroundings) -> Iterator[Change]:
        whole = Url.parse(reading.url)
        if whole is not None:
            for what, other in alternatives(whole, around):
                yield Change(what, replace(reading, url=str(other)))

    return changes


FAMILIES = (
    Family(
        "url",
        "Twilio signs the URL as it is configured, and this request was read under another one.",
        "Set PublicBaseUrl to what this URL has in front of the route, or correct it at Twilio.",
        url.given,
    ),
    Family(
        "scheme",
        "Something in front ends TLS or redirects, and Twilio was told the other scheme.",
        "Configure the https:// URL at Twilio; the deployed code knows no other scheme.",
        _of_url(url.scheme),
    ),
    Family(
        "path",
        "A stage is part of the path only when it is named, and the base path of a custom domain"
        " never reaches the function.",
        "Where the signed URL has more, set PublicBaseUrl to what it has in front of the route;"
        " where it has less, use the $default stage, which adds nothing to the path.",
        _of_url(url.path),
    ),
    Family(
        "host",
        "Twilio called another host than API Gateway's own: a custom domain, a CDN or a tunnel.",
        "Set PublicBaseUrl to https:// and the host of the signed URL.",
        _of_url(url.host),
    ),
    Family(
        "port",
        "Twilio signs a port that its URL names, except for voice over https.",
        "Take the port out of the URL at Twilio, or set PublicBaseUrl with it for a local stack.",
        _of_url(url.port),
    ),
    Family(
        "credentials",
        "Twilio sends user and password of a URL as a header, and does not sign them over https.",
        "Take them out of the URL: the signature is what proves who asks.",
        _of_url(url.credentials),
    ),
    Family(
        "slash",
        "The URL at Twilio and the path that arrived differ in a slash: a redirect, or a router.",
        "Write the URL at Twilio as the route is, without a slash at its end.",
        _of_url(url.slash),
    ),
    Family(
        "query",
        "The query is signed byte for byte, and was dropped, decoded or sorted on the way.",
        f"This application's URLs have none: leave it out. {_REBUILD}",
        _of_url(url.query),
    ),
    Family(
        "blank",
        "Blank parameters are signed too, and form parsers drop them unless told to keep them.",
        f"Keep them (keep_blank_values=True). {_PASS_ON}",
        form.blank,
    ),
    Family(
        "body",
        "A form is signed with its values, any other body by a bodySHA256 in the URL, and a GET by"
        " its URL alone; a redirect or a proxy has changed one into the other.",
        f"Let Twilio send POST, and nothing redirect it. {_PASS_ON}",
        form.body,
    ),
    Family(
        "decoding",
        "Values are signed after exactly one form-decoding: + is a space, %2B is a plus.",
        f"Decode once, with a parser for forms. {_PASS_ON}",
        form.decoding,
    ),
    Family(
        "whitespace",
        "Something trims values or rewrites line breaks: Twilio signs them as sent.",
        f"Switch that off. {_PASS_ON}",
        form.trimmed,
    ),
    Family(
        "algorithm",
        "HMAC-SHA1 is the rule; with a shared key, X-Twilio-Webhooks-Signature-Settings names"
        " HMAC-SHA256, and that header must arrive too.",
        f"Let the header through. {_OF_YOURS}",
        header.algorithm,
    ),
    Family(
        "header",
        "The signature was rewritten: base64 has +, / and =, which URL and cookie code escapes.",
        "Pass X-Twilio-Signature on as it is.",
        header.signature,
    ),
    Family(
        "repeated",
        "Of a repeated name, each value is signed; a parser kept one, or joined them.",
        f"Send each name once. {_PASS_ON}",
        form.repeated,
    ),
    Family(
        "extra",
        "Something added this parameter or changed its name after Twilio signed.",
        f"Take it out again: our state is in the path, not in parameters. {_PASS_ON}",
        form.extra,
        wide=True,
        twice=True,
    ),
    Family(
        "missing",
        "Something dropped this parameter, or one copy of it, after Twilio signed.",
        _PASS_ON,
        form.missing,
        wide=True,
    ),
    Family(
        "padding",
        "Something trimmed this value; caller names arrive filled up with spaces.",
        _PASS_ON,
        form.padded,
        wide=True,
    ),
)
