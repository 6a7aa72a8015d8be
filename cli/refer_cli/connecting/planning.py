"""What is to change at each entrance, and what stands against it. Pure: nothing is changed here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from refer_cli.connecting import objections
from refer_cli.connecting.entrance import Entrance, Webhook, Webhooks, shown


@dataclass(frozen=True, slots=True)
class Urls:
    """What Twilio is to be given; an empty URL is left as it is.

    `spare` is the stack's own fallback: for entrances without one, so that nobody's is replaced.
    """

    voice: str = ""
    fallback: str = ""
    status: str = ""
    spare: str = ""

    def problems(self) -> Iterator[str]:
        """Yield which of them Twilio is not given, and why."""
        for name, url in (
            ("voice", self.voice),
            ("fallback", self.fallback),
            ("status", self.status),
            ("fallback", self.spare),
        ):
            problem = objections.url_refused(url) if url else ""
            if problem:
                yield f"the {name} URL {shown(url)}: {problem}."
        if self.voice and self.voice == self.fallback:
            yield "the fallback URL is the voice URL: it fails together with it."


@dataclass(frozen=True, slots=True)
class Step:
    """One entrance; `named` says that it was asked for by itself, and not among all."""

    entrance: Entrance
    wanted: Webhooks
    refused: str = ""
    warnings: tuple[str, ...] = ()
    named: bool = True

    @classmethod
    def connect(cls, entrance: Entrance, urls: Urls, *, named: bool) -> Self:
        """Return what connects an entrance."""
        fallback = urls.fallback or ("" if entrance.webhooks.fallback.url else urls.spare)
        wanted = entrance.wanted(urls.voice, fallback, urls.status)
        warnings = list(objections.warnings(entrance))
        if not wanted.fallback.url:
            warnings.append(
                "there is no fallback URL: callers hear an error of Twilio's when this application"
                " cannot answer; give one with --fallback-url"
            )
        return cls(entrance, wanted, objections.refused(entrance), tuple(warnings), named)

    @property
    def changes(self) -> tuple[tuple[str, Webhook, Webhook], ...]:
        """What differs: name, before, after; nothing where it is refused."""
        return () if self.refused else tuple(self.entrance.webhooks.changes(self.wanted))
