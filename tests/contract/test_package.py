"""The deployment package: what is in it, that nothing misses the rest, and that it is the same."""

import ast
import re
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import boto3
import pytest
from infra.package import __main__ as package_main
from infra.package import libraries
from infra.package.contents import KEPT, LEFT_OUT, SERVICES
from infra.package.files import NotPackaged, add_byte_code

from gateway.stack import ROOT
from packaged import made_anew, run

LOCKED = (ROOT / "functions/requirements.txt").read_text()
SITE = Path(boto3.__file__).parents[1]
TEMPLATES = ("template.yaml", "infra/outcomes.yaml")

# Imports of what ships that find nothing, and why nothing misses it.
_NATIVE = "AWS's library in C, which is used when somebody has installed it"
_OLD = "what another version of Python has"
_COMPRESSED = "ways to unpack answers that AWS does not send"
_OTHER_PLACE = "another operating system, a browser, a command line"
_PROVIDER = "metrics and traces that go elsewhere than to CloudWatch's log"
NOT_THERE = {
    "StringIO": _OLD,
    "annotationlib": _OLD,
    "aws_lambda_powertools.event_handler.openapi.compat": "to log models of pydantic",
    "aws_xray_sdk.core": _PROVIDER,
    "aws_xray_sdk.ext.aiohttp.client": _PROVIDER,
    "aws_xray_sdk.ext.httplib": _PROVIDER,
    "awscrt": _NATIVE,
    "awscrt.auth": _NATIVE,
    "awscrt.crypto": _NATIVE,
    "awscrt.http": _NATIVE,
    "awscrt.io": _NATIVE,
    "awscrt.s3": _NATIVE,
    "backports": _COMPRESSED,
    "botocore.customizations.useragent": _OTHER_PLACE,
    "brotli": _COMPRESSED,
    "brotlicffi": _COMPRESSED,
    "certifi": "certificates, of which botocore then takes its own",
    "compression": _COMPRESSED,
    "datadog_lambda.metric": _PROVIDER,
    "dateutil.rrule": "to read calendars",
    "dateutil.zoneinfo": "zones by name, for which botocore does not ask dateutil",
    "docutils": "to print the documentation of a client",
    "idna": "to call a host whose name is not ASCII",
    "six.moves": "made by six when it is imported",
    "snapshot_restore_py": "brought by Lambda's runtime",
    "sphinx.locale": "to print the documentation of a client",
    "sphinx.writers.html5": "to print the documentation of a client",
    "urllib3.contrib.emscripten": _OTHER_PLACE,
    "urllib3.contrib.pyopenssl": "TLS by another library, when it is installed",
    "urllib3.http2.connection": "HTTP/2, for those who switch it on",
}
# Modules of what ships that cannot be imported, here as elsewhere: what they wrap is not there.
WRAPPERS = {
    "boto3.crt": "awscrt",
    "botocore.crt.auth": "botocore.compat",
    "botocore.docs.translator": "docutils",
    "dateutil.tz.win": "six.moves",
    "s3transfer.crt": "awscrt",
}


def content(folder: Path) -> dict[str, tuple[int, float, str]]:
    """Return mode, date and bytes of every file, as far as a zip can tell them apart."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime,
            sha256(path.read_bytes()).hexdigest(),
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- the same, byte for byte


def test_whoever_makes_it_and_where_it_is_the_same(package: Path, tmp_path: Path) -> None:
    made_anew(tmp_path / "anew")
    assert content(tmp_path / "anew") == content(package)


def test_it_is_the_same_for_every_processor(package: Path) -> None:
    assert {path.suffix for path in package.rglob("*") if path.suffix in {".so", ".pyd"}} == set()
    assert [path for path in package.rglob("*") if path.is_symlink()] == []
    binaries = [
        path
        for path in package.rglob("*")
        if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"
    ]
    assert binaries == []


def test_every_source_has_byte_code_of_the_runtime_that_is_not_checked(package: Path) -> None:
    sources = set(package.rglob("*.py"))
    compiled = {
        path: path.parents[1] / f"{path.name.split('.')[0]}.py" for path in package.rglob("*.pyc")
    }
    assert set(compiled.values()) == sources
    for path, source in compiled.items():
        # PEP 552: magic number, then flags; 1 is a hash of the source, without 2 it is not checked.
        assert path.read_bytes()[:8] == MAGIC_NUMBER + b"\x01\x00\x00\x00", path
        assert f"/var/task/{source.relative_to(package)}".encode() in path.read_bytes(), path


def test_a_changed_setting_alone_is_another_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "functions").mkdir()
    monkeypatch.setattr(package_main, "ROOT", tmp_path)
    sums = set()
    for template, samconfig in (("a", "b"), ("a", "c"), ("d", "b")):
        (tmp_path / "template.yaml").write_text(template)
        (tmp_path / "samconfig.toml").write_text(samconfig)
        package_main.add_functions(tmp_path / "package")
        sums.add((tmp_path / "package" / package_main.SETTINGS).read_text())
    assert len(sums) == 3


def test_it_is_small(package: Path, tmp_path: Path) -> None:
    sizes = {"boto3": 0, "other": 0}
    of_boto3 = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"}
    with zipfile.ZipFile(tmp_path / "package.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(path for path in package.rglob("*") if path.is_file()):
            zipped.write(path, path.relative_to(package))
        for one in zipped.infolist():
            top = re.split("[/.]", one.filename)[0]
            sizes["boto3" if top in of_boto3 else "other"] += one.compress_size
    assert sizes["other"] < 1_500_000
    assert sum(sizes.values()) < 3_600_000


# --- nothing is missed


def test_every_import_that_is_written_in_it_finds_its_module_in_it(package: Path) -> None:
    missed = {
        module
        for path in package.rglob("*.py")
        for module in imported(path, package)
        if module.split(".")[0] not in sys.stdlib_module_names and not has(package, module)
    }
    assert missed == set(NOT_THERE)


def test_every_module_in_it_can_be_imported(package: Path) -> None:
    names = [
        ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        for path in package.rglob("*.py")
    ]
    failed = run(package, IMPORT, sorted(names), {}).answer
    assert failed == WRAPPERS


def test_what_is_left_out_is_not_there(package: Path) -> None:
    pinned = re.findall("^([a-z0-9-]+)==", LOCKED, re.MULTILINE)
    shipped = {path.name.split("-")[0].replace("_", "-") for path in package.glob("*.dist-info")}
    assert shipped == KEPT.keys() == set(pinned) - LEFT_OUT.keys()
    assert sorted(path.name for path in (package / "twilio").iterdir()) == [
        "__init__.py",
        "__pycache__",
        "request_validator.py",
        "twiml",
    ]
    data = sorted(path.name for path in (package / "botocore/data").iterdir() if path.is_dir())
    assert data == sorted(SERVICES)


def test_every_distribution_ships_with_its_licence_and_its_version(package: Path) -> None:
    for folder in package.glob("*.dist-info"):
        assert (folder / "METADATA").is_file()
        assert list(folder.rglob("LICENSE*")), folder


def test_services_are_those_that_the_functions_call() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    assert set(re.findall(r'client\("(\w+)"\)', code)) == set(SERVICES)


def test_the_models_are_those_of_boto3_without_their_texts(package: Path) -> None:
    told = run(package, DESCRIBE, list(SERVICES), {"AWS_DEFAULT_REGION": "eu-central-1"}).answer
    for service in SERVICES:
        client = boto3.client(service, region_name="eu-central-1")
        names = list(client.meta.service_model.operation_names)
        assert told[service] == [client.meta.endpoint_url, names]


def test_the_certificates_of_aws_are_botocores_own(package: Path) -> None:
    told = run(package, "import botocore.httpsession as b\nanswer = b.get_cert_path(True)", 0, {})
    assert told.answer == str(package / "botocore/cacert.pem")


def test_every_zone_of_iana_is_there(package: Path) -> None:
    names = (SITE / "tzdata/zones").read_text().split()
    assert run(package, ZONES, names, {}).answer == names


# --- what cannot be made into a package


def test_a_distribution_of_which_nothing_is_said_is_refused() -> None:
    with pytest.raises(NotPackaged, match="differ in another, six"):
        libraries.pins(LOCKED.replace("\nsix==", "\nanother=="))


def test_a_python_of_another_version_is_refused() -> None:
    with pytest.raises(NotPackaged, match=r"wants python3\.14, and this is python3\.13"):
        package_main.check_interpreter("    Runtime: python3.14\n")


def test_a_source_that_cannot_be_compiled_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("def")
    with pytest.raises(NotPackaged, match=r"no Python of this version(.|\n)*wrong\.py"):
        add_byte_code(tmp_path, [tmp_path / "wrong.py"])


def test_all_functions_have_the_runtime_of_the_package_and_are_built_as_it() -> None:
    for template in TEMPLATES:
        text = (ROOT / template).read_text()
        package_main.check_interpreter(text)
        built = "Type: AWS::Serverless::Function\n    Metadata: { BuildMethod: makefile }"
        assert text.count(built) == text.count("Type: AWS::Serverless::Function")


IMPORT = """
import importlib, warnings
warnings.simplefilter("ignore")
answer = {}
for name in given:
    try:
        importlib.import_module(name)
    except ImportError as error:
        answer[name] = error.name
"""
ZONES = """
import zoneinfo
assert not zoneinfo.TZPATH
answer = [zoneinfo.ZoneInfo(name).key for name in given]
"""
DESCRIBE = """
import boto3
answer = {}
for name in given:
    client = boto3.client(name)
    answer[name] = [client.meta.endpoint_url, list(client.meta.service_model.operation_names)]
"""


def has(folder: Path, module: str) -> bool:
    path = folder.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imported(path: Path, package: Path) -> Iterator[str]:
    """Return what a source imports anywhere in it, but for what only a type checker reads."""
    parts = path.relative_to(package).parts[:-1]
    for node in executed(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = parts[: len(parts) + 1 - node.level] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            yield module
            # A name of a package may be a module of it, which the whole library tells.
            inner = (f"{module}.{alias.name}" for alias in node.names)
            yield from (name for name in inner if has(SITE, name))


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """Return the statements below a node, but for those that only a type checker reads."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            todo += node.orelse
        elif not isinstance(node, ast.expr):
            todo += ast.iter_child_nodes(node)
