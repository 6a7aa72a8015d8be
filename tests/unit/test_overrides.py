"""`make deploy` refuses a setting that no parameter has: sam would pass over it in silence."""

from pathlib import Path

import pytest

from gateway.overrides import main, unknown
from gateway.stack import ROOT

LIST = '["HopLimit=2", "RefusedText=Sorry, no.", "Hoplimit=3"]'
TEXT = "\"HopLimit=2 RefusedText='Sorry, no.' Hoplimit=3\""


@pytest.mark.parametrize("overrides", [LIST, TEXT])
def test_a_misspelt_setting_is_named(overrides: str, tmp_path: Path) -> None:
    file = tmp_path / "samconfig.toml"
    file.write_text(f"[prod.deploy.parameters]\nparameter_overrides = {overrides}\n")
    assert unknown(file, "prod") == ["Hoplimit"]
    assert unknown(file, "staging") == []


@pytest.mark.parametrize("config_env", ["default", "staging", "prod", "fallback"])
def test_samconfig_sets_only_what_there_is(
    config_env: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["overrides", config_env])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0


def test_the_error_says_where_and_what_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (ROOT / "docs" / "settings.md").exists()
    (tmp_path / "samconfig.toml").write_text(
        f"[prod.deploy.parameters]\nparameter_overrides = {LIST}\n"
    )
    monkeypatch.setattr("gateway.overrides.ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["overrides", "prod"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        "samconfig.toml, [prod.deploy.parameters]: parameter_overrides has Hoplimit, which is no"
        " parameter of template.yaml. docs/settings.md lists them.\n"
    )
