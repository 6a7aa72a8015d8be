"""docs/security.md: each threat says what stops it, which test shows that, and what is left.

The tests that docs/upgrading.md names are looked for too.
"""

import re

import pytest

from gateway.stack import ROOT, Stack
from pages import Page, defined_in

PAGES = [Page("security.md"), Page("upgrading.md")]
PAGE = PAGES[0].text
THREATS = dict(
    re.findall(
        r"^### (.+?)\n\n(.*?)(?=^##)", PAGE.partition("\n## Threats\n")[2], re.MULTILINE | re.DOTALL
    )
)
WANTED = {
    "Forged webhook",
    "Replay",
    "Toll fraud",
    "Prompt-injected agent",
    "Another tenant",
    "Table poisoning",
    "Token leak",
    "Log leakage",
    "XML and TwiML injection",
    "Header injection",
    "Oversized requests",
    "Secret amplification",
    "Denial of wallet",
    "Insider with deploy rights",
    "Supply chain",
}


def test_the_threats_are_all_there() -> None:
    assert set(THREATS) == WANTED


@pytest.mark.parametrize("threat", THREATS)
def test_a_threat_says_what_stops_it_what_shows_it_and_what_is_left(threat: str) -> None:
    leads = re.findall(r"^- \*\*([A-Z][a-z ]+?)[.:]?\*\*", THREATS[threat], re.MULTILINE)
    stops = ["Is not stopped", "What it gets"] if threat == "Replay" else ["Stops it"]
    assert leads == [*stops, "Shown by", "Left"]
    assert THREATS[threat].count("::test_") >= 2


@pytest.mark.parametrize(("path", "test"), sorted({one for page in PAGES for one in page.tests}))
def test_a_test_that_a_page_names_exists(path: str, test: str) -> None:
    assert test in defined_in(path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_no_test_is_named_without_its_file(page: Page) -> None:
    assert re.findall(r"(?<![:/])\btest_\w+", page.text) == []
    assert page.text.count("::") == len(page.tests)


def test_a_file_that_the_page_names_exists() -> None:
    for path in re.findall(r"`((?:tests|infra)/[\w/]+\.\w+|template\.yaml)`", PAGE):
        assert (ROOT / path).exists(), path
    for module in re.findall(r"`(\w+)\.(?:py|\w+)`", PAGE):
        known = (ROOT / "functions" / "call_transfer" / f"{module}.py").exists()
        assert known or module == "template", module


def test_a_setting_that_the_page_names_is_a_parameter() -> None:
    settings = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", PAGE))
    # A parameter of the nested stack alone.
    assert settings - {"EventAddresses"} <= set(Stack().template["Parameters"])
    assert {"RecordDays", "LogRetentionDays", "TimeLimit"} <= settings
