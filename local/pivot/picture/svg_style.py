"""Looks of the SVG: fonts, colours by day and by night, and how wide a text is about to be.

Blue and purple are SIP and HTTP, vermilion is failure: apart for colour-blind eyes too, and a reply
is dashed.  The classes have a prefix, since an SVG inside a page shares the page's style sheet.
"""

from unicodedata import east_asian_width

SIZES = {"text": 12.0, "code": 11.0, "name": 13.0, "title": 15.0, "small": 10.5}
"""Font sizes in pixels, by class."""

_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_MONO_WIDTH = 0.62
_BOLD = {"name": 1.12, "title": 1.12}
_NARROW = frozenset(" .,:;'|!()[]ijltfrI/-")
_WIDE = frozenset("mwMW@%&")

# Role: colour on white, colour on near-black.
_COLOURS = {
    "paper": ("#ffffff", "#14181f"),
    "ink": ("#1c2330", "#e4e8ef"),
    "faint": ("#667085", "#98a2b3"),
    "rail": ("#c3cad6", "#434c5b"),
    "panel": ("#f5f6f9", "#1d232d"),
    "sip": ("#0067b1", "#6cb6ff"),
    "http": ("#7b3fa0", "#c79bef"),
    "error": ("#c7361b", "#ff8a70"),
    "connected": ("#e3f4e8", "#1c3a28"),
    "heard": ("#eceff4", "#2a313d"),
    "alert": ("#fdeecb", "#45350f"),
    "log": ("#f3ecf8", "#2c2138"),
}


def sheet() -> str:
    """Return the style sheet: fonts, then colours, then those for a dark page."""
    fonts = [f".ladder-{name}{{font-size:{size:g}px}}" for name, size in SIZES.items()]
    return "\n".join(
        (
            "",
            f".ladder-picture{{font-family:{_SANS}}}",
            f".ladder-mono{{font-family:{_MONO}}}",
            *fonts,
            ".ladder-name,.ladder-title{font-weight:600}",
            ".ladder-line{fill:none;stroke-width:1.5px}",
            ".ladder-reply{stroke-dasharray:6 3}",
            # The paper shines through around letters, where a rail runs behind them.
            ".ladder-halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}",
            *_colours(0),
            "@media (prefers-color-scheme:dark){",
            *_colours(1),
            "}",
            "",
        )
    )


def measure(text: str, size: str, *, mono: bool) -> float:
    """Return about how wide a text is, in pixels; rather too much than too little."""
    ems = sum(_em(each, mono=mono) for each in text)
    return SIZES[size] * _BOLD.get(size, 1) * ems


def _em(letter: str, *, mono: bool) -> float:
    if east_asian_width(letter) in {"W", "F"}:
        return 1.1
    if mono:
        return _MONO_WIDTH
    if letter in _NARROW:
        return 0.4
    if letter in _WIDE:
        return 1.0
    return 0.78 if letter.isupper() else 0.64


def _colours(shade: int) -> list[str]:
    by_role = {role: shades[shade] for role, shades in _COLOURS.items()}
    rules = [
        f".ladder-paper{{fill:{by_role['paper']};stroke:{by_role['rail']}}}",
        f".ladder-halo{{stroke:{by_role['paper']}}}",
        f".ladder-rail,.ladder-pill{{stroke:{by_role['rail']}}}",
        f".ladder-panel{{fill:{by_role['panel']};stroke:{by_role['rail']}}}",
        f".ladder-ink{{fill:{by_role['ink']}}}",
        f".ladder-faint{{fill:{by_role['faint']}}}",
    ]
    for role in ("sip", "http", "error"):
        colour = by_role[role]
        rules.append(f".ladder-line.ladder-{role}{{stroke:{colour}}}")
        rules.append(f".ladder-fill.ladder-{role}{{fill:{colour}}}")
    pills = ("connected", "heard", "alert", "log")
    rules += [f".ladder-pill.ladder-{role}{{fill:{by_role[role]}}}" for role in pills]
    return rules
