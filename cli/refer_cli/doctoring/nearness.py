"""How the URL that Twilio requests differs from the stack's own: pure comparison of two texts."""

from urllib.parse import urlsplit

from refer_cli.connecting.objections import INITIAL

_API = ".execute-api."


def difference(url: str, voice_url: str) -> str:
    """Return how a URL misses the stack's VoiceUrl, "" where it has nothing to do with it."""
    mine, theirs = urlsplit(voice_url), urlsplit(url)
    if (theirs.hostname or "") != mine.hostname:
        return ""
    if url.removesuffix("/") == voice_url:
        return "has a slash at its end, which no route has (404)"
    if theirs.query:
        return "has a query string, which is signed and which no URL of ours has"
    if theirs.path != mine.path:
        refer = "/refer/" in theirs.path
        return "is a referUrl, not the voice URL" if refer else "has another path (404)"
    if theirs.scheme != mine.scheme:
        return f"begins with {theirs.scheme}, which the API does not serve"
    return "is spelt otherwise: Twilio signs what it was given, and we check what we know"


def other_stack(url: str, voice_url: str) -> str:
    """Return what to think of an API of AWS with the path of ours, "" for any other URL."""
    mine, theirs = urlsplit(voice_url), urlsplit(url)
    if _API not in (theirs.hostname or "") or theirs.path != INITIAL:
        return ""
    if _API in (mine.hostname or ""):
        return "another API serves it: an older stack, or one beside this"
    return (
        "an API of AWS serves it: another stack, or this one without its domain, and then it"
        " refuses every request (403), since PublicBaseUrl is what it checks signatures against"
    )
