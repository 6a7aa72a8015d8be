"""Compile the sources that standard input names, one a line: `python -I -S compiling.py PACKAGE`.

A program of its own: into byte code goes which strings the process knew before, so other modules in
memory, or a site-packages that imports some, would make other bytes of the same source.
"""

import py_compile
import sys
from pathlib import Path, PurePosixPath

# Where Lambda unpacks a package: what the byte code says in a traceback.
_UNPACKED = PurePosixPath("/var/task")


def main() -> None:
    """Put byte code beside the sources. Raises PyCompileError.

    It is not checked against the sources, whose dates a zip does not keep.
    """
    package = Path(sys.argv[1])
    for source in sys.stdin.read().splitlines():
        py_compile.compile(
            str(package / source),
            dfile=str(_UNPACKED / source),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


if __name__ == "__main__":
    main()
