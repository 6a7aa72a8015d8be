"""Values of YAML with their places, composed from libyaml's events one item of a list at a time.

Anchors work across items, and so do merge keys (`<<`). What YAML would pass over in silence is a
problem: a key that is there twice, a number that was meant as a text. Syntax errors are libyaml's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from refer_cli.targets import yaml_scalars
from refer_cli.targets.located import Located, Mark, Problem, UnreadableFile

# An entry holds a few hundred values at most. Aliases of aliases could make it any size.
_MOST_VALUES = 20_000
_DEEPEST = 40
_MERGE = "<<"
STAR = "; an address that begins with * stands in quotes"


@dataclass(frozen=True, slots=True)
class _Value:
    """A value, its mark, and how many values it holds when its aliases are written out."""

    value: Any
    mark: Mark
    size: int = 1


@dataclass(slots=True)
class Composer:
    """The events of one file, composed one item of the list at a time."""

    parser: yaml.CSafeLoader
    anchors: dict[str, _Value] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    values: int = 0

    def close(self) -> None:
        """Free what libyaml holds."""
        self.parser.dispose()

    def next(self) -> yaml.Event:
        """Return the next event."""
        return cast("yaml.Event", self.parser.get_event())

    def entries(self) -> Iterator[Located]:
        """Yield the entries; the document must be one list."""
        event = self.next()
        while isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            return
        if not isinstance(event, yaml.SequenceStartEvent):
            raise self._broken(event, 'must be a list of entries, each beginning with "- "')
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            yield self._entry(event)
        self.next()
        after = self.next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._broken(after, "a second document (---); write all entries as one list")

    def _entry(self, event: yaml.Event) -> Located:
        self.problems, self.values = [], 0
        found = self._value(event, 0)
        if isinstance(found.value, dict):
            # A copy: an entry that is an alias of another one is not the same object.
            return Located(dict(found.value), found.mark, tuple(self.problems))
        self._wrong(event, "is no entry; an entry is fields with values: `address: …`")
        return Located({}, found.mark, tuple(self.problems))

    def _value(self, event: yaml.Event, depth: int) -> _Value:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if depth > _DEEPEST:
            raise self._broken(event, f"is nested deeper than {_DEEPEST} levels")
        if isinstance(event, yaml.ScalarEvent):
            found = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            found = self._sequence(event, depth)
        else:
            found = self._mapping(cast("yaml.MappingStartEvent", event), depth)
        if event.anchor:  # type: ignore[attr-defined] # each of the three has one
            self.anchors[event.anchor] = found  # type: ignore[attr-defined] # the same
        return found

    def _alias(self, event: yaml.AliasEvent) -> _Value:
        found = self.anchors.get(event.anchor or "")
        if found is None:
            raise self._broken(
                event,
                f"*{event.anchor} names no anchor (&{event.anchor}) that ends before it{STAR}",
            )
        self._count(event, found.size)
        here = _mark(event)
        return _Value(
            found.value,
            Mark(here.line, here.column, found.mark.inner, found.mark.plain),
            found.size,
        )

    def _scalar(self, event: yaml.ScalarEvent) -> _Value:
        self._count(event)
        mark = _mark(event)
        if event.tag not in yaml_scalars.STR_TAGS:
            self._wrong(event, f"has the tag {event.tag}, which is not read here; leave it out")
        if event.tag or not event.implicit[0]:
            return _Value(event.value, mark)
        value, wrong = yaml_scalars.read(event.value)
        if wrong:
            self._wrong(event, wrong)
        plain = "" if isinstance(value, str) else event.value
        return _Value(value, Mark(mark.line, mark.column, plain=plain))

    def _sequence(self, start: yaml.SequenceStartEvent, depth: int) -> _Value:
        self._container(start)
        before = self.values
        values: list[Any] = []
        inner: dict[str, Mark] = {}
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            found = self._value(event, depth + 1)
            inner[str(len(values))] = found.mark
            values.append(found.value)
        mark = _mark(start)
        return _Value(values, Mark(mark.line, mark.column, inner), self.values - before + 1)

    def _mapping(self, start: yaml.MappingStartEvent, depth: int) -> _Value:
        self._container(start)
        before = self.values
        values: dict[str, Any] = {}
        inner: dict[str, Mark] = {}
        merged: list[_Value] = []
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key = self._key(event)
            found = self._value(self.next(), depth + 1)
            if key == _MERGE and not event.style:  # type: ignore[attr-defined] # a scalar's
                merged += self._merged(event, found)
                continue
            if key in inner:
                self._wrong(event, f"{key} is there twice, first in line {inner[key].line}")
            place = _mark(event)
            values[key] = found.value
            inner[key] = Mark(place.line, place.column, found.mark.inner, found.mark.plain)
        # https://yaml.org/type/merge.html: "Keys in mapping nodes earlier in the sequence override
        # keys specified in later mapping nodes", and the keys of the mapping itself override all.
        for one in merged:
            values = one.value | values
            inner = {**one.mark.inner, **inner}
        mark = _mark(start)
        return _Value(values, Mark(mark.line, mark.column, inner), self.values - before + 1)

    def _key(self, event: yaml.Event) -> str:
        """Return a key as it is written: `1`, `no` and 2026-12-25 are texts there."""
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor:
                self.anchors[event.anchor] = _Value(event.value, _mark(event))
            return event.value
        raise self._broken(event, "a key must be a text")

    def _merged(self, event: yaml.Event, found: _Value) -> list[_Value]:
        if isinstance(found.value, dict):
            return [found]
        if isinstance(found.value, list) and all(isinstance(one, dict) for one in found.value):
            marks = found.mark.inner
            return [_Value(one, marks[str(index)]) for index, one in enumerate(found.value)]
        self._wrong(event, "<< must have an alias of a mapping, or a list of them")
        return []

    def _container(self, event: yaml.CollectionStartEvent) -> None:
        self._count(event)
        if event.tag and event.tag != "!":
            self._wrong(event, f"has the tag {event.tag}, which is not read here; leave it out")

    def _count(self, event: yaml.Event, size: int = 1) -> None:
        self.values += size
        if self.values > _MOST_VALUES:
            raise self._broken(event, f"holds more than {_MOST_VALUES} values, aliases written out")

    def _wrong(self, event: yaml.Event, text: str) -> None:
        mark = _mark(event)
        self.problems.append(Problem(mark.line, mark.column, "", text))

    def _broken(self, event: yaml.Event, text: str) -> UnreadableFile:
        mark = _mark(event)
        return UnreadableFile(Problem(mark.line, mark.column, "", text))


def _mark(event: yaml.Event) -> Mark:
    place = event.start_mark
    return Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
