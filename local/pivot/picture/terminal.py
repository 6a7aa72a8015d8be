"""The lines of a picture with their colours, for rich to print; whether there are any is rich's."""

from collections.abc import Iterator, Mapping

from rich.text import Text

from pivot.picture.rows import Picture, Style
from pivot.picture.text import lines

STYLES: Mapping[Style, str] = {
    "heading": "bold",
    "sip": "",
    "request": "cyan",
    "callback": "dim",
    "answer": "green",
    "error": "red",
    "twiml": "yellow",
    "connected": "bold green",
    "heard": "magenta",
    "alert": "bold red",
    "log": "magenta dim",
}


def coloured(picture: Picture) -> Iterator[Text]:
    """Return the lines of a picture, each in the colour of its style."""
    for style, line in lines(picture):
        yield Text(line, style=STYLES[style])
