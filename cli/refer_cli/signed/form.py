"""How the form or body that was signed may differ from the one that was captured.

A parameter whose value nobody knows cannot be found missing: only those are tried whose value is
known beforehand, because it is blank, constant or a copy of another one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from urllib.parse import parse_qs, quote, quote_plus, unquote, unquote_plus

from refer_cli.signed.reading import Change, Fields, Reading, Surroundings

_PLACES = ("City", "State", "Zip", "Country")
_SIDES = ("From", "Caller", "To", "Called")
# Voice parameters that are often blank: https://www.twilio.com/docs/voice/twiml
_OFTEN_BLANK = ("CallerName", "ForwardedFrom", "StirVerstat", "SipCallId", "SipHeader_User-to-User")
_COPIES = (("Called", "To"), ("Caller", "From"), ("To", "Called"), ("From", "Caller"))
_CONSTANTS = (("ApiVersion", "2010-04-01"), ("Direction", "inbound"), ("CallStatus", "ringing"))
_CNAM = 15  # characters of a caller name in the telephone network, filled up with spaces
_MANY = 1000  # parameters; the deployed code refuses half of that


def blank(reading: Reading, _: Surroundings) -> Iterator[Change]:
    """Try it without blank parameters, and with those that Twilio often sends blank."""
    form = reading.form or ()
    kept = tuple((name, values) for name, values in form if any(values))
    if len(kept) < len(form):
        what = f"the form without its {len(form) - len(kept)} blank parameters"
        yield Change(what, replace(reading, form=kept))
    there = {name for name, _ in form}
    sides = (_SIDES, _SIDES[:2], _SIDES[2:], *((side,) for side in _SIDES))
    groups = [
        [side + place for side in some for place in places]
        for some in sides
        for places in (_PLACES, _PLACES[:3])
    ]
    singles = [[side + place] for side in _SIDES for place in _PLACES]
    for group in (*groups, *singles, *([name] for name in _OFTEN_BLANK)):
        added = [name for name in group if name not in there]
        if added and form:
            what = f"the form with {_listed(added)}, blank"
            yield Change(what, replace(reading, form=(*form, *((name, ("",)) for name in added))))


def body(reading: Reading, around: Surroundings) -> Iterator[Change]:
    """Try the body as a form, as a raw body under bodySHA256, and not at all."""
    _, mark, query = reading.url.partition("?")
    hashed = "bodySHA256=" in query
    if reading.text is not None:
        form = _parsed(reading.text)
        if form:
            what = "the body read as a form, whatever its content-type says"
            yield Change(what, replace(reading, form=form, text=None))
        digest = sha256(reading.text.encode("utf-8", "surrogatepass")).hexdigest()
        url = f"{reading.url}{'&' if mark else '?'}bodySHA256={digest}"
        if not hashed:
            yield Change("bodySHA256 of this body in the URL", replace(reading, url=url))
        what = "another body: the URL is as signed" if hashed else "the URL alone, without the body"
        yield Change(what, replace(reading, form=None, text=None))
    elif reading.form:
        if hashed:
            what = "the body as it came, under bodySHA256, and not as a form"
            yield Change(what, replace(reading, form=None, text=around.body))
        yield Change("the URL alone, as for a GET", replace(reading, form=None))
    elif mark and (form := _parsed(query)):
        what = "a POST: the URL without its query, and the query as a form"
        yield Change(what, replace(reading, url=reading.url.partition("?")[0], form=form))


def decoding(reading: Reading, _: Surroundings) -> Iterator[Change]:
    """Try other decodings of the values."""
    maps: Mapping[str, Callable[[str], str]] = {
        "a + where values begin with a space": lambda v: f"+{v[1:]}" if v[:1] == " " else v,
        "a + for each space in values": lambda v: v.replace(" ", "+"),
        "a space for each + in values": lambda v: v.replace("+", " "),
        "the values decoded once more, + as a plus": unquote,
        "the values decoded once more, + as a space": unquote_plus,
        "the values still encoded, spaces as %20": lambda v: quote(v, safe=""),
        "the values still encoded, spaces as +": quote_plus,
        "the values read as UTF-8, not as Latin-1": _from_latin_1,
        "the values read as Latin-1, not as UTF-8": _to_latin_1,
    }
    for what, change in maps.items():
        try:
            yield Change(what, reading.with_values(change))
        except UnicodeError:
            continue


def trimmed(reading: Reading, _: Surroundings) -> Iterator[Change]:
    """Try values without the white space around them, and other line breaks."""
    yield Change("the values without white space around them", reading.with_values(str.strip))
    yield Change(
        "LF for CRLF in values", reading.with_values(lambda value: value.replace("\r\n", "\n"))
    )
    yield Change(
        "CRLF for LF in values",
        reading.with_values(lambda value: value.replace("\r\n", "\n").replace("\n", "\r\n")),
    )


def padded(reading: Reading, _: Surroundings) -> Iterator[Change]:
    """Try one space around each value in turn: what was trimmed on the way here."""
    for name, values in reading.form or ():
        if len(values) == 1:
            value = values[0]
            for what, other in (
                (f"{name} with a space at its end", f"{value} "),
                (f"{name} with a space before it", f" {value}"),
                (f"{name} filled up to {_CNAM} characters", value.ljust(_CNAM)),
            ):
                yield Change(what, _with(reading, name, (other,)))


def repeated(reading: Reading, _: Surroundings) -> Iterator[Change]:
    """Try one value for a name that has several."""
    several = [(name, values) for name, values in reading.form or () if len(set(values)) > 1]
    for name, values in several:
        yield Change(f"the first value of {name} alone", _with(reading, name, values[:1]))
        yield Change(f"the last value of {name} alone", _with(reading, name, values[-1:]))
        for comma in (",", ", "):
            joined = comma.join(values)
            yield Change(f"the values of {name} joined to one", _with(reading, name, (joined,)))


def extra(reading: Reading, _: Surroundings) -> Iterator[Change]:
    """Try the form without each parameter in turn."""
    for name, _values in reading.form or ():
        kept = tuple(one for one in reading.form or () if one[0] != name)
        yield Change(f"the form without {name}", replace(reading, form=kept))


def missing(reading: Reading, around: Surroundings) -> Iterator[Change]:
    """Try the form with parameters whose value is known, and with each one twice."""
    form = reading.form or ()
    there = {name: values for name, values in form if len(values) == 1}
    known = [(name, there[of][0]) for name, of in _COPIES if of in there]
    known += [*_CONSTANTS, *(("AccountSid", account) for account in around.accounts)]
    for name, value in known if form else ():
        if name not in dict(form):
            more = (*form, (name, (value,)))
            yield Change(f"the form with {name}={value}", replace(reading, form=more))
    for name, (value, *_others) in form:
        # Names and values are joined without separators: this is the text of two of them.
        twice = (f"{value}{name}{value}",)
        yield Change(f"{name} twice, and both counted", _with(reading, name, twice))


def _with(reading: Reading, name: str, values: tuple[str, ...]) -> Reading:
    form = tuple((one, values if one == name else old) for one, old in reading.form or ())
    return replace(reading, form=form)


def _parsed(text: str) -> Fields:
    try:
        form = parse_qs(text, keep_blank_values=True, max_num_fields=_MANY)
    except ValueError:
        return ()
    return tuple((name, tuple(values)) for name, values in form.items())


def _from_latin_1(value: str) -> str:
    return value.encode("latin-1").decode("utf-8")


def _to_latin_1(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
