"""What docs/two-regions.md and docs/deploying.md say of the templates, held against them."""

import json
import re
from textwrap import dedent
from typing import Any

import cfnlint.api
import pytest
import yaml
from click.testing import CliRunner

from gateway.stack import ROOT, load
from refer_cli.main import main

TWO_REGIONS = (ROOT / "docs" / "two-regions.md").read_text()
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text()
STORAGE = ROOT / "infra" / "storage.yaml"
ROLE = load(ROOT / "infra" / "deploy_role.yaml")
FALLBACK = load(ROOT / "infra" / "fallback.yaml")


def block(language: str, holding: str) -> str:
    """Return the one block of code that holds a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", TWO_REGIONS, re.DOTALL)
    [found] = [one for one in blocks if holding in one]
    return dedent(found)


def test_storage_without_a_directory_of_its_own_is_a_clean_template() -> None:
    text = block("yaml", "TargetsTableArn").replace("<TargetsTable of A>", "targets-of-a")
    outputs = yaml.safe_load(text.replace("!Sub ", ""))
    template: dict[str, Any] = load(STORAGE)
    del template["Resources"]["TargetsTable"]
    arn = {"Fn::Sub": outputs["TargetsTableArn"]["Value"]}
    template["Outputs"] |= {
        "TargetsTable": outputs["TargetsTable"],
        "TargetsTableArn": {"Value": arn},
    }
    assert [str(match) for match in cfnlint.api.lint(json.dumps(template))] == []


def test_the_directory_can_have_replicas_and_the_records_have_a_stream() -> None:
    tables = {name: one.get("Properties", {}) for name, one in load(STORAGE)["Resources"].items()}
    assert tables["TargetsTable"]["BillingMode"] == "PAY_PER_REQUEST"
    assert "StreamSpecification" not in tables["TargetsTable"]
    assert tables["CallsTable"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    replicas = re.findall("--replica-updates '(.*)'", TWO_REGIONS)
    assert [json.loads(one) for one in replicas] == [[{"Create": {"RegionName": "eu-west-1"}}]]


@pytest.mark.parametrize("command", re.findall(r"\.venv/bin/refer ([a-z ]+)", TWO_REGIONS))
def test_the_commands_are_commands(command: str) -> None:
    words = [word for word in command.split() if word != "directory"]
    assert CliRunner().invoke(main, [*words, "--help"]).exit_code == 0


def test_the_parameters_of_the_fallback_are_parameters() -> None:
    named = set(re.findall(r"`((?:Fallback|Throttle)[A-Z]\w+)`", TWO_REGIONS))
    assert named - {"FallbackUrl"} <= set(FALLBACK["Parameters"])
    assert "FallbackUrl" in FALLBACK["Outputs"]


def test_what_the_roles_ask_for_and_give_is_what_the_page_says() -> None:
    asked = {name for name, one in ROLE["Parameters"].items() if "Default" not in one}
    assert asked == {"Repository", "Environment"}
    command = re.search(r"--parameter-overrides (.*)", DEPLOYING)
    assert command
    given = set(re.findall(r"(\w+)=", command[1]))
    assert asked <= given <= set(ROLE["Parameters"])
    assert [name for name in ROLE["Outputs"] if f"`{name}`" not in DEPLOYING] == []
    workflow = (ROOT / ".github" / "workflows" / "deploy.yml").read_text()
    variables = set(re.findall(r"vars\.(\w+)", workflow))
    assert variables == set(re.findall(r"^\| `(AWS_\w+)`", DEPLOYING, re.MULTILINE))


def test_the_sections_of_the_page_are_those_of_samconfig() -> None:
    config = (ROOT / "samconfig.toml").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `([\w-]+)` \| (yes|no) \|$", DEPLOYING, re.MULTILINE)
    assert len(rows) == 3
    for section, stack, asks in rows:
        [text] = re.findall(
            rf"\[{section}\.deploy\.parameters\]\n(.*?)(?=\n\[|\Z)", config, re.DOTALL
        )
        assert f'stack_name = "{stack}"' in text
        assert f"confirm_changeset = {'true' if asks == 'yes' else 'false'}" in text
