"""The part of CloudWatch Logs Insights that our saved queries use, over log lines in memory.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

type Line = Mapping[str, Any]

_WORDS = frozenset(
    {"fields", "filter", "stats", "sort", "limit", "as", "by", "or", "and", "like", "ispresent"}
    | {"count", "max", "asc", "desc"}
)
_TERM = re.compile(r'(?P<field>@?\w+) (?P<how>=|like) "(?P<text>[^"]*)"|ispresent\((?P<is>\w+)\)')
_AGGREGATE = re.compile(r"(?P<what>count|max)\((?P<field>\w+|\*)\) as (?P<name>\w+)")


def run(query: str, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return the rows of a query. Raises ValueError for what is not understood here."""
    rows = [
        {"@timestamp": line.get("timestamp"), "@message": json.dumps(line)} | dict(line)
        for line in lines
    ]
    shown: list[str] = []
    for command in re.split(r"\s*\|\s*", query.strip()):
        verb, _, rest = command.partition(" ")
        match verb:
            case "fields":
                shown = re.split(r", *", rest)
            case "filter":
                rows = [row for row in rows if _holds(rest, row)]
            case "stats":
                rows = _grouped(rest, rows)
                shown = list(rows[0]) if rows else []
            case "sort":
                name, _, order = rest.partition(" ")
                rows.sort(key=lambda row: row.get(name) or 0, reverse=order == "desc")
            case "limit":
                rows = rows[: int(rest)]
            case _:
                raise ValueError(f"not understood: {command}")
    return [{name: row[name] for name in shown if name in row} for row in rows]


def named(query: str) -> set[str]:
    """Return the fields of log lines that a query names."""
    text = re.sub(r'"[^"]*"', "", query)
    made = {found["name"] for found in _AGGREGATE.finditer(text)}
    return {name for name in re.findall(r"(?<![@\w])[a-z]\w*", text) if name not in _WORDS} - made


def _holds(condition: str, row: Line) -> bool:
    return any(
        all(_term(term, row) for term in either.split(" and "))
        for either in condition.split(" or ")
    )


def _term(term: str, row: Line) -> bool:
    found = _TERM.fullmatch(term.strip())
    if found is None:
        raise ValueError(f"not understood: {term}")
    if found["is"]:
        return found["is"] in row
    value = str(row.get(found["field"], ""))
    return value == found["text"] if found["how"] == "=" else found["text"] in value


def _grouped(rest: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    aggregates, _, by = rest.partition(" by ")
    names = re.split(r", *", by)
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(json.dumps(row.get(name)) for name in names), []).append(row)
    return [
        {found["name"]: _aggregate(found, group) for found in _AGGREGATE.finditer(aggregates)}
        | {name: group[0][name] for name in names if name in group[0]}
        for group in groups.values()
    ]


def _aggregate(found: re.Match[str], group: list[dict[str, Any]]) -> float:
    if found["field"] == "*":
        return len(group)
    values = [float(row[found["field"]]) for row in group if found["field"] in row]
    return len(values) if found["what"] == "count" else max(values)
