"""What has to hold of every call of the model, looked at in each of its steps."""

from collections import defaultdict

from pivot.model.call import Call
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Cancel,
    Connect,
    Decline,
    Declined,
    Due,
    Fetch,
    HungUp,
    Input,
    Invite,
    Notify,
    Output,
    PickedUp,
    PickUp,
    Purpose,
    Referred,
    Ring,
    SetTimer,
)

_FINAL = {"completed", "busy", "no-answer", "failed", "canceled"}
# The longest timeout of a Dial, Twilio's 5 seconds, and no more.
_LONGEST_RING = 605.0


class Watched(Call):
    """A call that looks at each of its steps, and fails where no call of Twilio's can go."""

    def watch(self) -> None:
        """Begin to look."""
        self.signals: list[tuple[float, Input | Output]] = []
        self._gone: set[str] = set()
        self._invited: dict[str, float] = {}
        self._partner: dict[str, str] = {}
        self._waiting_for_notify: set[str] = set()
        self._timers: set[int] = set()
        self._answered: set[str] = set()
        self._callbacks: dict[str, list[Fetch]] = defaultdict(list)

    def start(self, at: float) -> tuple[Output, ...]:
        return self._seen(None, super().start(at), at)

    def take(self, given: Input, at: float) -> tuple[Output, ...]:
        match given:
            case Due(timer):
                self._timers.discard(timer)
            case HungUp(sid) | Declined(sid):
                self._end(sid)
            case PickedUp(sid):
                self._answered.add(sid)
            case _:
                pass
        self.signals.append((at, given))
        return self._seen(given, super().take(given, at), at)

    def drop(self, at: float) -> tuple[Output, ...]:
        return self._seen(None, super().drop(at), at)

    def has_ended_well(self) -> None:
        """Fail unless everything that was begun came to its end."""
        assert self.over, {sid: one.status for sid, one in self.legs.items() if not one.ended}
        assert not self._waiting_for_notify
        for sid, events in self._callbacks.items():
            wanted = getattr(self.legs[sid].noun, "status_callback_event", ())
            finals = [each for each in events if each.form["CallStatus"] in _FINAL]
            assert len(finals) == ("completed" in wanted)

    def _seen(
        self, given: Input | None, outputs: tuple[Output, ...], at: float
    ) -> tuple[Output, ...]:
        self.signals += ((at, output) for output in outputs)
        answers = [output for output in outputs if isinstance(output, AnswerRefer)]
        assert len(answers) == isinstance(given, Referred), "one response to one REFER"
        # RFC 3261 section 15.1.1: a 200 that has crossed the CANCEL is ended with a BYE.
        crossed = isinstance(given, PickedUp) and given.leg in self._gone
        assert not crossed or outputs == (Bye(getattr(given, "leg", "")),)
        for output in outputs:
            self._look(given, output, at)
        self._nobody_is_forgotten(at)
        return outputs

    def _look(self, given: Input | None, output: Output, at: float) -> None:
        crossed = isinstance(given, PickedUp) and output == Bye(given.leg)
        if not (crossed or isinstance(output, AnswerRefer | Fetch)):
            told = getattr(output, "leg", "")
            assert told not in self._gone, f"{output} to a party that is gone"
        match output:
            case Invite(sid):
                self._invited[sid] = at
            case PickUp(sid):
                assert sid not in self._answered
                self._answered.add(sid)
            case Ring(sid) | Decline(sid) | Cancel(sid):
                assert sid not in self._answered
            case Bye(sid):
                assert sid in self._answered
            case Connect(first, second):
                self._connect(first, second)
            case SetTimer(timer):
                self._timers.add(timer)
            case Fetch(purpose=Purpose.STATUS) as callback:
                self._called_back(callback)
            case _:
                self._subscribed(output)
        if isinstance(output, Bye | Cancel | Decline):
            self._end(output.leg)

    def _subscribed(self, output: Output) -> None:
        match output:
            case AnswerRefer(sid, status):
                assert (status == 481) == (sid in self._gone)
                assert status != 202 or sid not in self._waiting_for_notify
                self._waiting_for_notify |= {sid} if status == 202 else set()
            case Notify(sid, _, final):
                assert sid in self._waiting_for_notify, "NOTIFY without a subscription"
                self._waiting_for_notify -= {sid} if final else set()
            case _:
                pass

    def _connect(self, first: str, second: str) -> None:
        assert {first, second} <= self._answered
        for one, other in ((first, second), (second, first)):
            assert one not in self._gone
            assert self._partner.get(one, other) == other, "connected to two parties"
            self._partner[one] = other

    def _end(self, sid: str) -> None:
        self._gone.add(sid)
        self._waiting_for_notify.discard(sid)
        self._partner.pop(self._partner.pop(sid, ""), "")

    def _called_back(self, callback: Fetch) -> None:
        before = self._callbacks[callback.leg]
        assert callback.form["SequenceNumber"] == str(len(before))
        assert not any(each.form["CallStatus"] in _FINAL for each in before)
        before.append(callback)

    def _nobody_is_forgotten(self, at: float) -> None:
        """Every leg has ended, is connected, has TwiML running, or rings while a timer runs.

        One that was called may wait for its whisper, and one that is transferred for its TwiML.
        """
        session = self._session
        cared_for = {*self._gone, *self._partner, *session.executing}
        if session.pending:
            cared_for |= {session.pending.transferor.sid, session.pending.transferee.sid}
        for sid, one in self.legs.items():
            assert one.ended == (sid in self._gone), f"{sid} ended for one side only"
            if sid in cared_for:
                continue
            if one.answered:
                assert one.whispered, f"{sid} hears nobody"
            else:
                assert self._timers, f"{sid} rings without a timer"
                assert at - self._invited[sid] <= _LONGEST_RING
