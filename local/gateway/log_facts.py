"""What the handlers' log lines say, in few words for a terminal."""

from collections.abc import Mapping
from typing import Any

_FIRST = {"webhook": "webhook", "transfer": "outcome", "initial_call": "outcome"}
_FACTS = (
    "rejected",
    "bug",
    "record_problem",
    "tokens_problem",
    "code",
    "refused_by",
    "mode",
    "hop",
    "stage",
    "dialled_by",
    "asked",
    "dial_status",
    "leg_status",
    "cause",
    "sip_code",
    "ring_seconds",
    "talk_seconds",
    "repeated",
)


def facts(line: Mapping[str, Any]) -> str:
    """Return one line of the log as `transfer: answered hop=1 …`; numbers stay masked."""
    kind = str(line["message"])
    known = [f"{name}={_text(line[name])}" for name in _FACTS if line.get(name, "") not in ("", [])]
    return " ".join([f"{kind}: {line.get(_FIRST.get(kind, ''), '')}", *known])


def _text(value: object) -> str:
    texts = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{texts}'" if " " in texts else texts
