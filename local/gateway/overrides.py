"""`make deploy`: the settings that samconfig.toml gives, held against the template.

sam passes over an override that no parameter has, and says nothing: a misspelt setting would be one
that is not set.
"""

import sys
import tomllib
from pathlib import Path

from gateway.stack import ROOT, Stack


def unknown(samconfig: Path, config_env: str) -> list[str]:
    """Return the overrides of a section that are no parameters of the template."""
    section = tomllib.loads(samconfig.read_text()).get(config_env, {}).get("deploy", {})
    given = section.get("parameters", {}).get("parameter_overrides", [])
    words = given.split() if isinstance(given, str) else given
    # Of a text in one piece, a word without "=" continues the value before it.
    names = [word.partition("=")[0].strip("\"'") for word in words if "=" in word]
    return [name for name in names if name not in Stack().template["Parameters"]]


def main() -> None:
    """Say what is unknown, and exit with 2 then."""
    config_env = sys.argv[1]
    names = unknown(ROOT / "samconfig.toml", config_env)
    for name in names:
        print(
            f"samconfig.toml, [{config_env}.deploy.parameters]: parameter_overrides has {name},"
            " which is no parameter of template.yaml. docs/settings.md lists them.",
            file=sys.stderr,
        )
    sys.exit(2 if names else 0)


if __name__ == "__main__":
    main()
