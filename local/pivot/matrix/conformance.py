"""docs/conformance.md: what was played, against what Twilio's page says, cell by cell.

    python -m pivot.matrix.conformance        plays everything, model and SIP, and writes the page

The page holds results only.  A cell that differs is written as it went, and the exit status is 1.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gateway.stack import ROOT
from pivot.matrix import offnominal, report, seed
from pivot.matrix.local import ADVICE, cells
from pivot.matrix.main import over_sip, play_all
from pivot.matrix.over_sip import TRANSPORTS, find_sipp
from pivot.matrix.play import Played
from pivot.model import knobs
from pivot.sip.process import SippMissing

PAGE = ROOT / "docs" / "conformance.md"
_INTRO = """# Conformance

Written by `make conformance`; a test plays everything again and fails when this page differs.

Each cell is a call: UserA talks to AgentA, who sends REFER. It is played twice: in the model, with
a clock of its own, and over real SIP (UDP), where sipp plays every phone. The webhooks go to this
application over HTTP, signed. What a cell expects is written from Twilio's page
[Inbound SIP REFER to Twilio](https://www.twilio.com/docs/voice/api/refer-to-twilio) and the RFCs
(`local/pivot/matrix`), not from what the handlers answer. How the model works, and what it takes
for granted: [pivot.md](pivot.md).

- *bridge* is `answerOnBridge` of the initial Dial: `true` is hold mode, `false`, `unset` release.
- *UserA at the end* is whom UserA talks to when everything has happened.
- *the transferor was told* is what AgentA's phone gets after its last REFER: the response, the
  statuses of the NOTIFYs, and whether it is hung up.
- *recorded* are the outcomes of the hops in the table `calls`; `open` is one whose callbacks never
  came, which nothing closes yet.
- *ok* is as expected. Over SIP, what was told and who is connected is read from the phones' side.
"""
_HEAD = (
    "| cell | bridge | what happens | UserA at the end | the transferor was told | recorded"
    " | model | SIP |"
)


def page(model: Sequence[Played], sip: Mapping[str, Sequence[str]]) -> str:
    """Return the page; `sip` has the differences of each cell that was played over SIP."""
    default = {one.cell.id: one for one in model if not one.knobs.changed()}
    varied = [one for one in model if one.knobs.changed()]
    lines = [_INTRO, "## The table of Twilio's page\n"]
    lines += _table((default[cell.id] for cell in seed.cells()), sip)
    lines += ["\n## What else can go wrong\n"]
    lines += _table((default[cell.id] for cell in offnominal.cells()), sip)
    lines += ["\n## Where nobody knows how Twilio behaves\n", _KNOBS]
    lines += _knobs()
    lines += ["\n### Cells under each value\n", _VARIED]
    lines += _variants(varied)
    return "\n".join(lines) + "\n"


_KNOBS = """Each open point is a setting of the model, a *knob*. The first value is the default.

| knob | values | the question | the default is from |
|---|---|---|---|"""
_VARIED = """Every cell in which a knob is consulted is played again with each other value of it; in
the others it cannot matter. The application is set as [call-flow.md](call-flow.md#assumptions)
advises for that case. *lost* are calls that would not end so early at the default.

| knob | set | cells played | as expected | another ending for UserA | lost |
|---|---|---|---|---|---|"""


def _table(played: Iterable[Played], sip: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield _HEAD
    yield "|---|---|---|---|---|---|---|---|"
    for one in played:
        row = (
            f"`{one.cell.name}`",
            one.cell.mode,
            one.cell.title,
            report.ending(one),
            report.told(one),
            ", ".join(one.seen.outcomes or ()),
            _verdict(one.differences),
            _verdict(sip[one.cell.id]),
        )
        yield f"| {' | '.join(row)} |"


def _knobs() -> Iterator[str]:
    values = knobs.values()
    for name, about in knobs.about().items():
        choices = ", ".join(f"`{value}`" for value in values[name])
        yield f"| `{name}` | {choices} | {about.question} | {about.source} |"


def _variants(varied: Sequence[Played]) -> Iterator[str]:
    for variant in knobs.variants():
        own = [one for one in varied if one.knobs == variant]
        if not own:
            continue
        [changed] = variant.changed()
        advice = ", ".join(f"{name}={value}" for name, value in ADVICE.get(changed, {}).items())
        good = sum(not one.differences for one in own)
        other = [one for one in own if one.seen.connected != one.cell.expected.connected]
        lost = [one for one in own if one.cell.expected.alive and not one.seen.alive]
        row = (f"`{changed}`", advice, str(len(own)), str(good), _endings(other), _endings(lost))
        yield f"| {' | '.join(row)} |"


def _endings(played: Iterable[Played]) -> str:
    return ", ".join(f"`{one.cell.id}`: {report.ending(one)}" for one in played)


def _verdict(differences: Sequence[str]) -> str:
    return "ok" if not differences else "differs: " + "; ".join(differences)


def main(path: Path = PAGE) -> int:
    """Play everything and write the page; return the exit status."""
    try:
        find_sipp()
    except SippMissing as problem:
        print(problem, file=sys.stderr)
        return 2
    model = play_all(cells(), None, workers=os.cpu_count() or 1)
    default = [one for one in model if not one.knobs.changed()]
    sip = {one.cell.id: one.differences for one in over_sip(default, TRANSPORTS[0])}
    path.write_text(page(model, sip), encoding="utf-8")
    failed = any(one.differences for one in model) or any(sip.values())
    print(f"{path.name}: {len(model)} cells in the model, {len(sip)} over SIP")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
