"""The URLs that we hand to Twilio; they carry the state of a call in their path.

A link names one dial: whose call it is, how deep in the chain of transfers, which try.  Twilio
signs the URL on the way back, so a decision can be made with the table down.  No query string: the
raw path arrives verbatim, and a fragment (connection overrides) is neither signed nor sent to us.

This module builds and reads paths; it does not know which host they live on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from hashlib import sha256
from typing import Self

from call_transfer.errors import MalformedRequest

INITIAL_CALL = "0"
CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")
RECORDING_SID = re.compile(r"RE[0-9a-fA-F]{32}")
_REFER_ID = re.compile(r"0|[0-9a-f]{12}")
_NUMBER = re.compile(r"0|[1-9][0-9]?")
_KEY = re.compile(r"[0-9]|any")


class Mode(StrEnum):
    """When Twilio lets go of the transferor: Twilio's page "Inbound SIP REFER to Twilio".

    hold     `answerOnBridge="true"` on the Dial: connected until the transfer target answers.
    release  false or absent: disconnected as soon as the refer webhook was fetched.
    """

    HOLD = "hold"
    RELEASE = "release"


class Stage(StrEnum):
    """What a dial is for, so that its end is understood even with the table down."""

    INITIAL = "initial"
    TRANSFER = "transfer"
    FALLBACK = "fallback"
    RECALL = "recall"
    LAST_RESORT = "last-resort"


@dataclass(frozen=True, slots=True)
class Link:
    """One dial of a session, as six path segments.

    `session` is the CallSid that opened the session, `hop` counts transfers (0 is the initial
    call), `refer_id` tells two REFERs on the same dial apart, `attempt` counts the dials of a hop.
    """

    mode: Mode
    session: str
    hop: int
    refer_id: str
    attempt: int
    stage: Stage

    @classmethod
    def parse(cls, segments: Mapping[str, str]) -> Self:
        """Read the path parameters of a route. Raises MalformedRequest."""
        try:
            link = cls(
                mode=Mode(segments["mode"]),
                session=_matching(CALL_SID, segments["session"]),
                hop=int(_matching(_NUMBER, segments["hop"])),
                refer_id=_matching(_REFER_ID, segments["refer_id"]),
                attempt=int(_matching(_NUMBER, segments["attempt"])),
                stage=Stage(segments["stage"]),
            )
        except (KeyError, ValueError) as error:
            raise MalformedRequest(f"path is not one of our links: {error}") from None
        return link

    def __str__(self) -> str:
        return f"{self.mode}/{self.session}/{self.hop}/{self.refer_id}/{self.attempt}/{self.stage}"

    def described(self) -> dict[str, str | int]:
        """Return what a log line says of this dial."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def next_hop(self, refer_id: str) -> Self:
        """Name the first dial of the transfer that a REFER on this dial asks for."""
        return replace(self, hop=self.hop + 1, refer_id=refer_id, attempt=0, stage=Stage.TRANSFER)

    def next_attempt(self, stage: Stage) -> Self:
        """Name the dial that follows this one when nobody answered it."""
        return replace(self, attempt=self.attempt + 1, stage=stage)


# An asterisk is no unreserved character, and # begins the fragment (RFC 3986 §2.3).
_SPELT = {"*": "star", "#": "pound"}


def key_of_path(segments: Mapping[str, str]) -> str:
    """Return the key that an accept link names. Raises MalformedRequest."""
    spelt = {name: key for key, name in _SPELT.items()}
    written = segments.get("key", "")
    key = spelt.get(written, written)
    if not (_KEY.fullmatch(written) or written in spelt):
        raise MalformedRequest("path names no key")
    return key


def noun_of_path(segments: Mapping[str, str], *, most: int) -> tuple[int, int]:
    """Return which of how many nouns of a dial a link names. Raises MalformedRequest."""
    noun, nouns = segments.get("noun", ""), segments.get("nouns", "")
    if not (
        _NUMBER.fullmatch(noun) and _NUMBER.fullmatch(nouns) and int(noun) < int(nouns) <= most
    ):
        raise MalformedRequest("path names no noun of a dial")
    return int(noun), int(nouns)


def first_transfer(segments: Mapping[str, str], *, session: str, refer_id: str) -> Link:
    """Open a session of its own for a REFER on a Dial that is not ours: `/refer/{mode}`.

    Raises MalformedRequest.
    """
    mode = segments.get("mode", "")
    if mode not in tuple(Mode):
        raise MalformedRequest(f"path names the mode {mode!r}: hold or release")
    return Link(
        mode=Mode(mode),
        session=session,
        hop=1,
        refer_id=refer_id,
        attempt=0,
        stage=Stage.TRANSFER,
    )


def refer_id(*, idempotency_token: str, signature: str) -> str:
    """Name one REFER: the same for each retry of its webhook, another for the next REFER.

    Retries carry one `I-Twilio-Idempotency-Token` (Twilio, "Webhooks: connection overrides").
    Without it the signature stands in, which is a function of the URL and the form.
    """
    return sha256((idempotency_token or signature).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Urls:
    """Absolute URLs for TwiML. `overrides` is Twilio's fragment syntax, e.g. `rc=1&rp=ct,5xx`."""

    base: str
    overrides: str = ""

    def refer(self, link: Link) -> str:
        """Return the referUrl of a dial."""
        return self._url("refer", str(link))

    def dial_result(self, link: Link) -> str:
        """Return the action of a dial."""
        return self._url("dial-result", str(link))

    def leg_status(self, link: Link, noun: int, nouns: int) -> str:
        """Return the statusCallback of one noun of a dial, counted from 0."""
        return self._url("leg-status", f"{link}/{noun}/{nouns}")

    def verb_result(self, verb: str, link: Link) -> str:
        """Return the action of another verb: enqueue, gather or record."""
        return self._url(f"verb-result/{verb}", str(link))

    def recording_status(self, link: Link) -> str:
        """Return the recordingStatusCallback of a dial or of a voicemail."""
        return self._url("recording-status", str(link))

    def whisper(self, link: Link, noun: int, nouns: int) -> str:
        """Return the url of a noun: what its party hears before it takes the call."""
        return self._url("whisper", f"{link}/{noun}/{nouns}")

    def accept(self, link: Link, noun: int, nouns: int, key: str) -> str:
        """Return the action of the Gather in a whisper. `key` takes the call; * and # by name."""
        return self._url("accept", f"{link}/{noun}/{nouns}/{_SPELT.get(key, key)}")

    def _url(self, route: str, path: str) -> str:
        fragment = f"#{self.overrides}" if self.overrides else ""
        return f"{self.base}/{route}/{path}{fragment}"


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text
