"""What botocore reads of AWS: the models of the services that are called, and no other.

Texts for people are taken out, and of the endpoints those of other services: botocore parses all
that there is when the first client is made, and a call waits for it.
"""

import gzip
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from infra.package.contents import MODELS, SERVICES, SHARED

_DATA = "botocore/data"


def models(botocore: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Return the files that ship of the data in botocore's wheel."""
    there = set(botocore.namelist())
    for name in SHARED:
        data = json.loads(botocore.read(f"{_DATA}/{name}.json"))
        yield f"{_DATA}/{name}.json", _written(_of_our_services(data))
    for service in SERVICES:
        newest = max(name.split("/")[3] for name in there if _is_model_of(service, name))
        for name in MODELS:
            file = f"{_DATA}/{service}/{newest}/{name}.json"
            if file in there:
                yield file, _written(_without_texts(json.loads(botocore.read(file))))
            elif f"{file}.gz" in there:
                raw = gzip.decompress(botocore.read(f"{file}.gz"))
                yield file, _written(_without_texts(json.loads(raw)))


def _is_model_of(service: str, name: str) -> bool:
    return name.startswith(f"{_DATA}/{service}/") and "/service-2.json" in name


def _of_our_services(data: Any) -> Any:  # noqa: ANN401 - a document of JSON
    """Leave the endpoints of other services out; data that has no endpoints stays as it is."""
    for partition in data.get("partitions", ()):
        if "services" in partition:
            services = partition["services"]
            partition["services"] = {name: services[name] for name in SERVICES if name in services}
    return data


def _without_texts(data: Any) -> Any:  # noqa: ANN401 - a document of JSON
    """Leave out what explains: nothing is decided by it. A member of this name is no text."""
    if isinstance(data, dict):
        return {
            name: _without_texts(value)
            for name, value in data.items()
            if not (name == "documentation" and isinstance(value, str))
        }
    if isinstance(data, list):
        return [_without_texts(one) for one in data]
    return data


def _written(data: Any) -> bytes:  # noqa: ANN401 - a document of JSON
    """Not compressed: the package is, and Lambda has unpacked it before a function starts."""
    return json.dumps(data, separators=(",", ":")).encode()
