"""The workflows of GitHub: what they run exists, what they use is pinned, they may do little."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXTS = {path.name: path.read_text() for path in WORKFLOWS}
# YAML 1.1 reads the key `on` as a boolean.
PARSED: dict[str, dict[str, Any]] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
JOBS = [(name, job) for name, parsed in PARSED.items() for job in parsed["jobs"]]
DEPLOYING = {
    job: PARSED["deploy.yml"]["jobs"][job]
    for job in PARSED["deploy.yml"]["jobs"]
    if "environment" in PARSED["deploy.yml"]["jobs"][job]
}
every_workflow = pytest.mark.parametrize("name", TEXTS)
every_job = pytest.mark.parametrize(("name", "job"), JOBS, ids=[f"{n} {j}" for n, j in JOBS])


def steps(name: str, job: str) -> list[dict[str, Any]]:
    return list(PARSED[name]["jobs"][job]["steps"])


@every_workflow
def test_an_action_is_pinned_to_a_commit_and_says_its_version(name: str) -> None:
    used = re.findall(r"uses: (.*)", TEXTS[name])
    assert used
    for one in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


def test_an_action_has_one_version_everywhere() -> None:
    pins = set(re.findall(r"uses: ([^@]+)@(\S+) # (\S+)", "\n".join(TEXTS.values())))
    assert len(pins) == len({action for action, _, _ in pins})


@every_job
def test_what_a_job_runs_exists(name: str, job: str) -> None:
    for command in [one["run"] for one in steps(name, job) if "run" in one]:
        words = shlex.split(command)
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= TARGETS
        else:
            assert (ROOT / words[0]).is_file()


@every_job
def test_nothing_is_pasted_into_a_shell(name: str, job: str) -> None:
    assert not [one for one in steps(name, job) if "${{" in one.get("run", "")]


@every_job
def test_a_job_ends_and_keeps_no_token_in_its_checkout(name: str, job: str) -> None:
    assert PARSED[name]["jobs"][job]["timeout-minutes"] <= 60
    [checkout] = [one for one in steps(name, job) if "actions/checkout" in one.get("uses", "")]
    assert checkout["with"] == {"persist-credentials": False}


@every_workflow
def test_a_workflow_may_read_the_repository_and_knows_no_secret(name: str) -> None:
    assert PARSED[name]["permissions"] == {"contents": "read"}
    assert "secrets." not in TEXTS[name]
    assert "pull_request_target" not in TEXTS[name]


def test_only_a_job_of_an_environment_gets_a_token_for_aws() -> None:
    for name, job in JOBS:
        one = PARSED[name]["jobs"][job]
        token = {"contents": "read", "id-token": "write"}
        assert one.get("permissions") == (token if job in DEPLOYING else None)


def test_it_is_checked_and_rehearsed_before_it_is_deployed_to_staging_and_then_to_prod() -> None:
    jobs = PARSED["deploy.yml"]["jobs"]
    order = {job: jobs[job].get("needs") for job in jobs}
    assert order == {"check": None, "rehearse": "check", "staging": "rehearse", "prod": "staging"}
    assert PARSED["deploy.yml"][True] == {"workflow_dispatch": None}  # type: ignore[index] # `on`


@pytest.mark.parametrize("job", DEPLOYING)
def test_a_deployment_is_of_the_environment_that_it_names_and_is_never_cut_off(job: str) -> None:
    one = DEPLOYING[job]
    assert one["environment"] == job
    assert one["concurrency"] == {"group": f"deploy-{job}", "cancel-in-progress": False}
    assert job in tomllib.loads((ROOT / "samconfig.toml").read_text())
    deploy = one["steps"][-1]
    assert shlex.split(deploy["run"]) == [
        "make",
        "deploy",
        f"CONFIG_ENV={job}",
        "DEPLOY_ARGS=--no-confirm-changeset --role-arn $SERVICE_ROLE",
    ]
    assert deploy["env"] == {"SERVICE_ROLE": "${{ vars.AWS_SERVICE_ROLE }}"}
