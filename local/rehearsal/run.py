"""What the steps of a rehearsal share: the emulator, the build, and the stack as it is now."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

import boto3

from gateway.deployment import UNHURRIED
from gateway.stack import ROOT, Stack
from pivot.webhooks import Account
from refer_cli.outputs import stack_name
from rehearsal import routes
from rehearsal.deployed import FUNCTION, Deployed
from rehearsal.deploying import Sam
from rehearsal.emulator import Emulator
from rehearsal.nested import transform_all
from rehearsal.packaging import Package, pack, with_defaults
from rehearsal.workplace import REGION, Workplace, architecture

_API = "AWS::ApiGatewayV2::Api"


@dataclass
class Run:
    """One rehearsal. `template` is the root as it was built, `deployed` the stack as it is now."""

    place: Workplace
    emulator: Emulator
    account: Account = field(default_factory=lambda: Account(f"AC{token_hex(16)}", token_hex(16)))
    packages: Sequence[Package] = ()
    template: str = ""
    deployed: Deployed | None = None

    @property
    def sam(self) -> Sam:
        """SAM CLI against this emulator."""
        return Sam(self.place, self.emulator.url)

    @property
    def built(self) -> Path:
        """Where `sam build` puts the stack."""
        return self.place.folder / "build"

    @property
    def _root(self) -> Path:
        return self.built / "template.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a program that works on this stack."""
        return self.place.environment(self.emulator.url)

    @property
    def name(self) -> str:
        """The name of the stack: that of samconfig.toml."""
        return stack_name(ROOT / "samconfig.toml", "default")

    @property
    def stack(self) -> Deployed:
        """The deployed stack; there is one from the first deployment on."""
        if self.deployed is None:
            raise RuntimeError("nothing is deployed yet")
        return self.deployed

    def build(self) -> int:
        """Build the stack; return how many nested templates had to be transformed."""
        self.sam.build(ROOT / "template.yaml", self.built, parameters())
        self.packages = pack(self.built)
        self.template = self._root.read_text()
        return transform_all(self.built)

    def deploy(
        self, changed: Mapping[str, str], *, template: str = "", broken: bool = False
    ) -> int:
        """Create the stack or update it; return how many routes were made. Raises SamFailed."""
        given = parameters() | dict(changed)
        self._root.write_text(with_defaults(template or self.template, given))
        settings = sha256(json.dumps(given).encode()).hexdigest()
        for package in self.packages:
            # A nested stack that is updated would fail: ministack forgets what is there of it.
            if not package.is_nested or not package.zipped.exists():
                package.write(settings, broken=broken)
        self.sam.deploy(self.built, given)
        self.deployed = Deployed.read(self.name)
        return self._route()

    def _route(self) -> int:
        """Make the routes of every API of the stack; return how many were not there yet."""
        client: Any = boto3.client("apigatewayv2")
        made = 0
        for api in self.stack.of(_API).values():
            found = routes.routes(api.properties["Body"], self._values(api.stack))
            made += routes.create(client, api.physical, {one.key: one for one in found})
        return made

    def _values(self, stack: str) -> dict[str, str]:
        """Return what `${…}` stands for in a template of the stack."""
        known = {"AWS::Partition": "aws", "AWS::Region": REGION}
        client: Any = boto3.client("lambda")
        for one in self.stack.resources:
            if one.stack == stack:
                known[one.logical] = one.physical
            if one.stack == stack and one.kind == FUNCTION:
                told = client.get_function_configuration(FunctionName=one.physical)
                known[f"{one.logical}.Arn"] = told["FunctionArn"]
        return known


def parameters() -> dict[str, str]:
    """Return what the stack is deployed with: rates without a limit, and what LACKING says."""
    wanted = {
        "Architecture": architecture(),
        **{_parameter(variable): value for variable, value in UNHURRIED.items()},
        **LACKING,
    }
    known = Stack().template["Parameters"]
    return {name: value for name, value in wanted.items() if name in known}


# Parameters that switch off what ministack has no service for (docs/rehearsal.md, "Not rehearsed").
LACKING: Mapping[str, str] = {
    "DeploymentPreference": "None",
    "MathAlarms": "off",
    "SavedQueries": "off",
}


def _parameter(variable: str) -> str:
    return "".join(word.title() for word in variable.split("_"))
