"""A build as it is deployed: one zip for each content, and parameters as defaults."""

import json
import zipfile
from pathlib import Path

import pytest
import yaml

from rehearsal.nested import transform_all, transformed
from rehearsal.packaging import Package, pack, with_defaults

PARAMETERS = """\
Parameters:
  Text:
    Type: String
    Default: Sorry.
    MinLength: 1
  Limit:
    Type: Number
    Default: 3
Resources: {}
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What `sam build` leaves: two equal functions in the root, one of them in a nested stack."""
    for name, content in (("First", "a"), ("Second", "a"), ("Third", "b"), ("Nested/Fourth", "a")):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "code.py").write_text(content)
    functions = "".join(
        f"  {name}:\n    CodeUri: {name}\n" for name in ("First", "Second", "Third")
    )
    (tmp_path / "template.yaml").write_text(f"Globals:\n    CodeUri: functions/\n{functions}")
    (tmp_path / "Nested/template.yaml").write_text("  Fourth:\n    CodeUri: Fourth\n")
    return tmp_path


def test_functions_of_one_content_share_a_zip_but_not_with_a_nested_stack(built: Path) -> None:
    first, other, nested = pack(built)
    assert [(one.functions, one.is_nested) for one in (first, other, nested)] == [
        (2, False),
        (1, False),
        (1, True),
    ]
    lines = (built / "template.yaml").read_text().splitlines()
    assert [line.split(": ")[1] for line in lines if "CodeUri" in line] == [
        "functions/",
        str(first.zipped),
        str(first.zipped),
        str(other.zipped),
    ]
    assert (built / "Nested/template.yaml").read_text().endswith(f"CodeUri: {nested.zipped}\n")


def test_a_package_changes_with_the_settings_and_a_broken_one_has_no_code(tmp_path: Path) -> None:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "refer.py").write_text("pass")
    (folder / "settings.cksum").write_text("of the build")
    package = Package(tmp_path / "p.zip", folder, 1, is_nested=False)
    contents = []
    for broken in (False, True):
        package.write("sum", broken=broken)
        with zipfile.ZipFile(package.zipped) as zipped:
            contents.append({name: zipped.read(name) for name in zipped.namelist()})
    assert contents == [
        {"refer.py": b"pass", "settings.cksum": b"sum"},
        {"settings.cksum": b"sum"},
    ]


def test_values_become_the_defaults_of_their_parameters() -> None:
    changed = yaml.safe_load(with_defaults(PARAMETERS, {"Text": 'A "new": one', "Limit": "5"}))
    assert changed["Parameters"] == {
        "Text": {"Type": "String", "Default": 'A "new": one', "MinLength": 1},
        "Limit": {"Type": "Number", "Default": "5"},
    }


def test_a_value_for_no_parameter_is_an_error() -> None:
    with pytest.raises(ValueError, match="no parameter Nothing"):
        with_defaults(PARAMETERS, {"Nothing": "x"})


def test_a_nested_template_is_transformed_and_keeps_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    nested = tmp_path / "Outcomes" / "template.yaml"
    nested.parent.mkdir()
    function = {"CodeUri": "/p.zip", "Handler": "h.handler", "Runtime": "python3.13"}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"One": {"Type": "AWS::Serverless::Function", "Properties": function}},
    }
    nested.write_text(yaml.safe_dump(template))
    assert transform_all(tmp_path) == 1
    made = json.loads(nested.read_text())
    assert made["Resources"]["One"]["Type"] == "AWS::Lambda::Function"
    assert made["Resources"]["One"]["Properties"]["Code"] == "/p.zip"
    assert "Transform" not in made


def test_a_template_without_sam_stays(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text("Resources: {T: {Type: AWS::SNS::Topic}}")
    assert transformed(path) == {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
