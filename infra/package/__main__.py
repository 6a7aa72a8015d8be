"""Make the package of one function: `python -m infra.package FOLDER`, called by functions/Makefile.

sam asks for one package for each function, and they are all the same.  Fetching and compiling the
libraries is done once and kept in .aws-sam/package, until what they are made from changes.
"""

import contextlib
import fcntl
import hashlib
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.package.files import NotPackaged, add_byte_code, write
from infra.package.libraries import add_libraries

ROOT = Path(__file__).resolve().parents[2]
_LOCK = ROOT / "functions" / "requirements.txt"
# A version of a function is published when its package has changed, and keeps the environment that
# it was published with. So a sum of these is in the package: a setting alone is a change, too.
SETTINGS = "settings.cksum"
_SETTINGS_FILES = ("template.yaml", "samconfig.toml")


def main(arguments: list[str]) -> int:
    """Make a package in a folder; return the exit status."""
    [folder] = arguments
    try:
        check_interpreter((ROOT / "template.yaml").read_text())
        with _kept_libraries() as libraries:
            shutil.copytree(libraries, folder, dirs_exist_ok=True)
        add_functions(Path(folder))
    except NotPackaged as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def check_interpreter(template: str) -> None:
    """Refuse to write byte code that Lambda would not read. Raises NotPackaged."""
    wanted = set(re.findall(r"Runtime: (\S+)", template))
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if wanted != {here}:
        raise NotPackaged(
            f"template.yaml wants {', '.join(wanted)}, and this is {here} ({sys.executable}):"
            " its byte code would be of no use. Put the right one first on PATH, as `make build`"
            " does."
        )


def add_functions(package: Path) -> None:
    """Put our own code into a package, and the sum of the settings."""
    functions = ROOT / "functions"
    files = [path.relative_to(functions) for path in sorted(functions.rglob("*")) if _ships(path)]
    for file in files:
        write(package / file, (functions / file).read_bytes())
    add_byte_code(package, [package / file for file in files if file.suffix == ".py"])
    settings = b"".join((ROOT / name).read_bytes() for name in _SETTINGS_FILES)
    write(package / SETTINGS, f"{hashlib.sha256(settings).hexdigest()}\n".encode())


def _ships(path: Path) -> bool:
    """Whether a file of functions/ is for Lambda, and not for those who build."""
    # What else lies there, an editor's copy or an .env, is nobody's to deploy.
    return path.is_file() and path.suffix in {".py", ".pem"}


def make_libraries(package: Path) -> None:
    """Put the libraries into a package, with their byte code. Raises NotPackaged."""
    add_libraries(_LOCK.read_text(), package)
    add_byte_code(package, sorted(package.rglob("*.py")))


@contextlib.contextmanager
def _kept_libraries() -> Iterator[Path]:
    """Give the folder of the libraries, made by whoever comes first. sam builds in parallel."""
    kept = ROOT / ".aws-sam" / "package"
    kept.mkdir(parents=True, exist_ok=True)
    folder = kept / _sum_of_what_libraries_are_made_from()
    with (kept / "lock").open("w") as lock:
        while True:
            fcntl.flock(lock, fcntl.LOCK_SH)
            if folder.is_dir():
                yield folder
                return
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():
                _make_in_place_of_others(folder)


def _make_in_place_of_others(folder: Path) -> None:
    for old in folder.parent.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    print("fetching and compiling the libraries (some seconds)", flush=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    # `sam local` shows it to another user, in a container.
    unfinished.chmod(0o755)
    make_libraries(unfinished)
    unfinished.rename(folder)


def _sum_of_what_libraries_are_made_from() -> str:
    made_from = hashlib.sha256(sys.version.encode())
    for path in (_LOCK, *sorted(Path(__file__).parent.glob("*.py"))):
        made_from.update(path.read_bytes())
    return made_from.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
