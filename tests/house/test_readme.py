"""The README's code runs, its commands are commands, its links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests_invoking import ORDERS, SECOND_FAILED

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
PYTHON = [code for language, code in BLOCKS if language == "python"]
COMMANDS = [
    line.removeprefix("$ ")
    for language, code in BLOCKS
    if language == "console"
    for line in code.splitlines()
    if line.startswith("$ ")
]


def test_every_block_is_run_by_a_test_here():
    assert {language for language, _ in BLOCKS} == {"python", "console"}
    assert len(PYTHON) == 4


@pytest.mark.parametrize("code", PYTHON, ids=range(len(PYTHON)))
def test_the_python_of_the_readme_runs(code):
    import sltrace

    namespace = {}
    exec(compile(code, "README.md", "exec"), namespace)
    with sltrace.testing.strict(), sltrace.testing.capture() as spans:
        if "test_the_order_is_priced" in namespace:
            namespace["test_the_order_is_priced"]()
            return
        if "records(event)" in code:
            assert namespace["handler"](ORDERS, None) == SECOND_FAILED
        elif "handler" in namespace:
            assert namespace["handler"]({}, None) == {"statusCode": 200}
        if "price_all" in namespace:
            assert namespace["price_all"]([[{"price": 2}], [{"price": 3}]]) == [2, 3]
    assert spans


def test_the_commands_of_the_readme_run(tmp_path):
    install, invoke = (shlex.split(command) for command in COMMANDS)
    # The test runs where it is installed already; what it names must be what the project offers.
    assert install == ["pip", "install", "sltrace[local]"]
    assert re.search(r"^local = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    (tmp_path / "app.py").write_text(PYTHON[0])
    done = subprocess.run(
        [sys.executable, "-m", *invoke],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.count('"statusCode": 200') == 2
    assert done.stdout.count("cold start") == 1
    assert done.stdout.count("price") == 2


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_the_links_of_the_readme_lead_somewhere(link):
    assert (ROOT / link).exists()


def test_every_variable_that_the_settings_read_is_told_of():
    source = "".join(path.read_text() for path in (ROOT / "sltrace").glob("_*.py"))
    read = set(re.findall(r'"((?:OTEL|SLTRACE)_[A-Z_]+)"', source))
    family = {name for name in read if name.endswith("_LIMIT")}
    assert {name for name in read - family if name not in README} == set()
