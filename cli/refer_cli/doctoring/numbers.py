"""Checks: do numbers and SIP domains request the stack's VoiceUrl, and have they a fallback."""

from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from refer_cli.connecting.entrance import POST, Entrance, Kind, shown
from refer_cli.doctoring.finding import Finding, fail, ok, warn
from refer_cli.doctoring.nearness import difference, other_stack
from refer_cli.doctoring.setup import Setup
from refer_cli.targets.reporting import counted


def numbers(setup: Setup) -> Iterator[Finding]:
    """Yield what is connected, and what nearly is. Raises ClickException."""
    connected = [one for _, one in setup.connected()]
    if connected:
        yield ok(f"VoiceUrl is requested by {_counted(connected)}")
    else:
        text = "no number and no SIP domain requests VoiceUrl: no initial call comes here"
        advice = (
            "connect one with `refer connect`; nothing is to do where Dials of your own have"
            " ReferUrlHold or ReferUrlRelease as referUrl"
        )
        yield warn(text, advice)
    for all_of_it in setup.entrances.values():
        for one in all_of_it:
            yield from _ours(one) if one in connected else _nearly(setup, one)


def _ours(one: Entrance) -> Iterator[Finding]:
    if one.kind is Kind.DOMAIN and not one.authentication:
        text = f"{one.name} has no credential list and no IP list: Twilio takes no call there"
        yield fail(text, "map one to the domain in the console, for calls and for registrations")
    if not one.application and one.webhooks.voice.method != POST:
        text = (
            f"{one.name} requests VoiceUrl by {one.webhooks.voice.method}: it is served, but who"
            " calls whom stands in the URL"
        )
        yield warn(text, f"set POST: {_connect(one)}")


def _nearly(setup: Setup, one: Entrance) -> Iterator[Finding]:
    own, url = one.webhooks.voice.url.partition("#")[0], setup.called(one)
    if own == setup.voice_url and url != own:
        yield _taken_over(one)
        return
    problem = difference(url, setup.voice_url)
    if problem:
        at = "the voice URL of its TwiML App" if one.application else "the voice URL"
        advice = "correct it in the TwiML App" if one.application else f"set it: {_connect(one)}"
        yield fail(f"{one.name}: {at} {shown(url)} {problem}", advice)
    elif other_stack(url, setup.voice_url):
        text = f"{one.name}: the voice URL is {shown(url)}; {other_stack(url, setup.voice_url)}"
        yield warn(text, f"nothing, if that is meant; else set it: {_connect(one)}")


def _taken_over(one: Entrance) -> Finding:
    if one.trunk:
        text = (
            f"{one.name} has VoiceUrl, but is on the Elastic SIP Trunk {one.trunk}: its calls go"
            " there, no URL is requested, and no REFER reaches a referUrl"
        )
        return fail(text, "take the number off the trunk")
    text = (
        f"{one.name} has VoiceUrl, but the TwiML App {one.application} has its calls: Twilio"
        " ignores the number's own URLs"
    )
    return fail(text, "set VoiceUrl in the app, or take the app off the number")


def fallback(setup: Setup) -> Iterator[Finding]:
    """Yield which of them have a URL for when we cannot answer. Raises ClickException."""
    # A TwiML App has a fallback URL of its own, which is not looked at.
    connected = [one for _, one in setup.connected() if not one.application]
    good = []
    for one in connected:
        problem = _weakness(one, setup.voice_url)
        if problem:
            yield warn(
                f"{one.name}: {problem}", f"set one: {_connect(one)} --fallback-url https://…"
            )
        else:
            good.append(one)
    if good:
        yield ok(f"a fallback URL is set for {_counted(good)}")
    if not connected:
        yield ok("nothing requests VoiceUrl, so nothing needs a fallback URL")


def _weakness(one: Entrance, voice_url: str) -> str:
    url = one.webhooks.fallback.url
    if not url:
        return (
            "there is no fallback URL: when this application cannot answer, the caller hears an"
            " error of Twilio's, and the call ends"
        )
    if urlsplit(url).hostname == urlsplit(voice_url).hostname:
        return (
            f"the fallback URL {shown(url)} is served by the same API, and fails together with it"
        )
    if urlsplit(url).scheme != "https":
        return f"the fallback URL {shown(url)} is not https"
    return ""


def _counted(entrances: Iterable[Entrance]) -> str:
    kinds = Counter(one.kind for one in entrances)
    return " and ".join(counted(kinds[kind], kind) for kind in Kind if kinds[kind])


def _connect(one: Entrance) -> str:
    option = "--number" if one.kind is Kind.NUMBER else "--sip-domain"
    return f"refer connect {option} {one.name}"
