"""A call as a ladder diagram: parties side by side, time downwards, an arrow for each message.

`rows` makes a Picture of a Trace; `text` and `svg` draw it, and decide nothing but where it goes.
"""
