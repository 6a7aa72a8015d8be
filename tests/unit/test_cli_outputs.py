"""`refer outputs` prints what a stack says so that it can be pasted."""

import json
import os
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner

from gateway.stack import ROOT
from refer_cli.main import main
from refer_cli.outputs import stack_name

COMMAND = (
    "read -rp 'Account SID: ' SID; printf x | aws secretsmanager put-secret-value " + "x" * 200
)
TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"Command": {"Description": "Run this once.", "Value": COMMAND}},
}


@pytest.fixture
def stack(aws: None) -> None:
    boto3.client("cloudformation").create_stack(
        StackName="sip-refer-transfer-prod", TemplateBody=json.dumps(TEMPLATE)
    )


def run(*arguments: str) -> tuple[int, str]:
    samconfig = str(ROOT / "samconfig.toml")
    result = CliRunner().invoke(main, ["outputs", "--samconfig", samconfig, *arguments])
    return result.exit_code, result.output


def test_a_long_command_stays_on_one_line(stack: None) -> None:
    code, text = run("--config-env", "prod")
    assert code == 0
    assert text.splitlines()[:2] == ["Command: Run this once.", COMMAND]


def test_json_is_one_object(stack: None) -> None:
    code, text = run("--config-env", "prod", "--json")
    assert (code, json.loads(text)) == (0, {"Command": COMMAND})


def test_a_stack_that_is_not_there_is_an_error_that_says_what_to_do(stack: None) -> None:
    code, text = run()
    assert code == 1
    assert "stack 'sip-refer-transfer' cannot be described" in text
    assert "make deploy" in text


def test_an_unknown_section_is_an_error_that_names_the_known_ones(stack: None) -> None:
    code, text = run("--config-env", "production")
    assert code == 1
    assert "default, staging, prod" in text


def test_a_samconfig_that_is_none_is_an_error_that_says_so(tmp_path: Path) -> None:
    file = tmp_path / "samconfig.toml"
    file.write_text("[default.deploy\n")
    result = CliRunner().invoke(main, ["outputs", "--samconfig", str(file)])
    assert result.exit_code == 2
    assert f"{file} cannot be read: " in result.output


def test_every_environment_of_samconfig_has_a_stack_of_its_own() -> None:
    names = {stack_name(ROOT / "samconfig.toml", one) for one in ("default", "staging", "prod")}
    assert len(names) == 3


def test_the_region_is_read_where_the_aws_cli_reads_it_too(
    stack: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert run("--config-env", "prod")[0] == 1
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    code, text = run("--config-env", "prod")
    assert (code, "'sip-refer-transfer-prod' cannot be described" in text) == (1, True)
    assert os.environ["AWS_DEFAULT_REGION"] == "eu-central-1"
