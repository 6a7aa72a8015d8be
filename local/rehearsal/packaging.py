"""One zip for each content: nine functions of one folder are built nine times, and packed once.

sam would zip each of the nine equal folders at each deployment.  What sam is then given is a zip of
what it has built, which it takes for a CodeUri as it takes a folder.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CODE = re.compile(r"^(\s+CodeUri: )(\S+)$", re.MULTILINE)
# The sum of template.yaml and samconfig.toml in a package; here it is of the parameters.
_SETTINGS = "settings.cksum"


@dataclass(frozen=True, slots=True)
class Package:
    """A zip that templates of a build name, the folder that is in it, and its number of functions.

    `is_nested` when they are those of nested stacks.
    """

    zipped: Path
    folder: Path
    functions: int
    is_nested: bool

    def write(self, settings: str, *, broken: bool = False) -> None:
        """Zip the folder, quickly rather than well. A broken package is one without its code."""
        with zipfile.ZipFile(self.zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for path in () if broken else _files(self.folder):
                if path.name != _SETTINGS:
                    target.write(path, path.relative_to(self.folder))
            target.writestr(_SETTINGS, settings)


def pack(built: Path) -> Sequence[Package]:
    """Let the templates of a build name zips, which are not written yet."""
    folders: dict[tuple[bool, str], list[Path]] = {}
    for template in _templates(built):
        text = template.read_text()
        for name in dict.fromkeys(found[2] for found in _CODE.finditer(text)):
            folder = template.parent / name
            # Globals name one as well, where every function has its own.
            if not folder.is_dir():
                continue
            content = template.parent != built, _digest(folder)
            folders.setdefault(content, []).append(folder)
            zipped = _zip_of(built, list(folders).index(content))
            text = text.replace(f"CodeUri: {name}\n", f"CodeUri: {zipped}\n")
        template.write_text(text)
    return [
        Package(_zip_of(built, number), same[0], len(same), is_nested=nested)
        for number, ((nested, _), same) in enumerate(folders.items())
    ]


def with_defaults(template: str, values: Mapping[str, str]) -> str:
    """Make the values that a stack is given the defaults of a built template, as YAML.

    CloudFormation hands the values to SAM's transform, and ministack only the defaults: without
    this, what the transform decides by a parameter would not be what is deployed.
    """
    for name, value in values.items():
        default = re.compile(rf"^  {name}:\n(?:    .*\n)*?    Default: (.*)$", re.MULTILINE)
        found = default.search(template)
        if found is None:
            raise ValueError(f"the template has no parameter {name} with a default")
        template = template[: found.start(1)] + json.dumps(value) + template[found.end(1) :]
    return template


def _zip_of(built: Path, number: int) -> Path:
    return built / f"package-{number}.zip"


def _templates(built: Path) -> Iterator[Path]:
    """Return the template of a build, and those of its nested stacks in the folders below."""
    for pattern in ("template.yaml", "*/template.yaml", "*/*/template.yaml"):
        yield from sorted(built.glob(pattern))


def _digest(folder: Path) -> str:
    content = hashlib.sha256()
    for path in _files(folder):
        data = path.read_bytes()
        content.update(f"{path.relative_to(folder)} {len(data)}\n".encode())
        content.update(data)
    return content.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())
