"""The few shapes that an SVG ladder is made of, as elements: no shape knows of calls.

Sizes are pixels. Text is given as it stands; ElementTree escapes it.
"""

from xml.etree import ElementTree as ET

from pivot.picture.glossary import middle
from pivot.picture.svg_style import measure

_TIP = 8.0
_HALF_TIP = 4.0


def add(
    parent: ET.Element, tag: str, classes: str = "", text: str = "", **attributes: float
) -> ET.Element:
    """Append an element and return it."""
    element = ET.SubElement(parent, tag)
    if classes:
        element.set("class", " ".join(f"ladder-{each}" for each in classes.split()))
    for name, value in attributes.items():
        element.set(name, f"{round(value, 1):g}")
    element.text = text or None
    return element


def label(
    parent: ET.Element, x: float, y: float, text: str, classes: str, *, anchor: str = "start"
) -> None:
    """Append a line of text; `y` is its baseline, `x` its start, middle or end."""
    add(parent, "text", classes, text, x=x, y=y).set("text-anchor", anchor)


def arrow(
    parent: ET.Element, start: float, end: float, y: float, role: str, *, dashed: bool
) -> None:
    """Append a horizontal line with a tip at its end, short of the rail that it points to."""
    way = 1 if end >= start else -1
    tip = end - way * 1.5
    dash = " reply" * dashed
    add(parent, "line", f"line {role}{dash}", x1=start, x2=tip - way * (_TIP - 1), y1=y, y2=y)
    back = round(tip - way * _TIP, 1)
    points = f"{round(tip, 1):g},{y:g} {back:g},{y - _HALF_TIP:g} {back:g},{y + _HALF_TIP:g}"
    add(parent, "polygon", f"fill {role}").set("points", points)


def fit(text: str, room: float, size: str, *, mono: bool = False) -> str:
    """Return text that is about as wide as there is room, its middle left out."""
    length = max(0, min(len(text), int(room)))
    while length and measure(middle(text, length), size, mono=mono) > room:
        length -= 1
    return middle(text, length)
