"""What a signature covers, and one way in which it may differ from what was captured.

The check of a reading is the deployed code's `signed_by`; nothing here signs, and no computed
signature exists that could be printed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from call_transfer.signature import signed_by
from call_transfer.webhook import Webhook

type Fields = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A token, by the name under which it may be spoken of; "" is nobody's account."""

    account_sid: str
    position: int
    token: str = field(repr=False)

    def __str__(self) -> str:
        if not self.account_sid:
            return "the token in TWILIO_AUTH_TOKEN"
        return f"token {self.position} of {self.account_sid}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is checked. `form` is None where only the URL counts, `text` a body that is no form."""

    url: str
    form: Fields | None = field(repr=False)
    text: str | None = field(repr=False)
    signature: str
    settings: str

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """Return what the deployed code checks of this request."""
        form = tuple((name, tuple(values)) for name, values in webhook.form.items())
        return cls(
            url=webhook.url,
            form=None if webhook.is_get or webhook.raw is not None else form,
            text=webhook.raw,
            signature=webhook.headers.get("x-twilio-signature", ""),
            settings=webhook.headers.get("x-twilio-webhooks-signature-settings", ""),
        )

    def key(self, keys: Sequence[Key]) -> Key | None:
        """Return the key that made the signature."""
        if self.text is not None:
            return self._signed(self.text, keys)
        if self.form is None:
            return self._signed(None, keys)
        # Names and values are signed without separators, so one long name spells the whole form,
        # five times as fast.  What counts is the form itself, which is asked about at the end.
        pairs = sorted(self.form)
        text = "".join(name + value for name, values in pairs for value in sorted(set(values)))
        key = self._signed({text: [""]}, keys)
        return key and self._signed(dict(self.form), (key,))

    def _signed(
        self, params: Mapping[str, Sequence[str]] | str | None, keys: Sequence[Key]
    ) -> Key | None:
        for key in keys:
            if signed_by(
                url=self.url,
                params=params,
                signature=self.signature,
                settings=self.settings,
                tokens=(key.token,),
            ):
                return key
        return None

    def with_values(self, change: Callable[[str], str]) -> Self:
        """Return it with each value of the form changed."""
        if not self.form:
            return self
        form = tuple((name, tuple(map(change, values))) for name, values in self.form)
        return replace(self, form=form)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else the capture tells: where another URL, host or body may come from."""

    headers: Mapping[str, str] = field(repr=False)
    domain: str = ""
    stage: str = ""
    body: str = field(default="", repr=False)
    query: str = ""
    given_url: str = ""
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Another reading, and in words what was signed instead of what was captured."""

    what: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Family:
    """Changes of one kind.

    A `wide` one has some for each parameter, and is not combined with another such; one that may
    occur `twice` is combined with itself.
    """

    code: str
    why: str
    do: str
    changes: Callable[[Reading, Surroundings], Iterator[Change]]
    wide: bool = False
    twice: bool = False
