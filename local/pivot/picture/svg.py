"""A Picture as one SVG that stands alone: no script, no reference to anything outside of it.

The same picture is the same string.  Widths of text are guessed, not measured: nothing here knows
the fonts of whoever looks at it.
"""

from itertools import pairwise
from xml.etree import ElementTree as ET

from pivot.picture.glossary import visible
from pivot.picture.rows import Note, Picture
from pivot.picture.svg_parts import add, fit, label
from pivot.picture.svg_rows import draw
from pivot.picture.svg_style import measure, sheet

TITLE = "A call as a ladder diagram"
_LEFT = 68.0
_NEAR = 122.0
_NEARER = 98.0
_FEW = 5
_FAR = 530.0
_MARGIN = 20.0
_HEADLINE = 25.0
_BOX_TOP = 44.0
_BOX = 26.0
_NAME = 120.0
_LEGEND = (("SIP", "sip"), ("HTTP", "http"), ("failure", "error"))


def svg(picture: Picture, *, title: str = TITLE) -> str:
    """Return a picture as the text of an SVG file."""
    title = visible(title)
    boxes = {lane: _box(lane) for lane in picture.lanes}
    rails = _rails(boxes)
    width = max(rails.values()) + boxes[picture.lanes[-1]] / 2 + _MARGIN
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img"})
    add(root, "title", text=title)
    add(root, "desc", text=_description(picture))
    add(root, "style", text=sheet())
    paper = add(root, "rect", "paper", x=0.5, y=0.5, width=width - 1, rx=8)
    behind = add(root, "g", "rail")
    _headline(root, title, width)
    for lane, x in rails.items():
        box = boxes[lane]
        add(root, "rect", "panel", x=x - box / 2, y=_BOX_TOP, width=box, height=_BOX, rx=5)
        name = fit(lane, box - 12, "name")
        label(root, x, _BOX_TOP + 17.5, name, "name ink", anchor="middle")
    bottom = _BOX_TOP + _BOX + 6
    for row in picture.rows:
        bottom = draw(root, row, rails, bottom)
    bottom += 12
    for x in rails.values():
        add(behind, "line", x1=x, x2=x, y1=_BOX_TOP + _BOX, y2=bottom)
    height = bottom + _MARGIN - 4
    paper.set("height", f"{height - 1:g}")
    root.attrib |= {"width": f"{width:g}", "height": f"{height:g}"}
    root.set("viewBox", f"0 0 {width:g} {height:g}")
    root.set("class", "ladder-picture")
    ET.indent(root)
    return ET.tostring(root, "unicode") + "\n"


def _headline(root: ET.Element, title: str, width: float) -> None:
    """Write the title at the left, and what the colours mean at the right."""
    x = width - _MARGIN
    for words, role in reversed(_LEGEND):
        x -= measure(words, "small", mono=False)
        label(root, x, _HEADLINE, words, "small faint")
        add(root, "line", f"line {role}", x1=x - 26, x2=x - 6, y1=_HEADLINE - 4, y2=_HEADLINE - 4)
        x -= 40
    label(root, _MARGIN, _HEADLINE, fit(title, x - 2 * _MARGIN, "title"), "title ink")


def _description(picture: Picture) -> str:
    """Say what there is to see to those who do not see it."""
    notes = [row.text for row in picture.rows if isinstance(row, Note)]
    messages = len(picture.rows) - len(notes)
    parties = f"{', '.join(picture.lanes[:-1])} and {picture.lanes[-1]}"
    return ". ".join((f"{messages} messages between {parties}", *notes))


def _box(lane: str) -> float:
    return min(_NAME, max(64.0, measure(lane, "name", mono=False) + 20))


def _rails(boxes: dict[str, float]) -> dict[str, float]:
    """Return where the rails stand: close together, the last one far away from the others."""
    lanes = list(boxes)
    near = _NEAR if len(lanes) <= _FEW else _NEARER
    rails = {lanes[0]: _LEFT + boxes[lanes[0]] / 2}
    for before, lane in pairwise(lanes):
        halves = (boxes[before] + boxes[lane]) / 2
        rails[lane] = rails[before] + (_FAR if lane == lanes[-1] else max(near, halves + 10))
    return rails
