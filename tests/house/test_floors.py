"""Imports go down only: the walls that pyproject.toml draws, and that they hold."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def lint_imports(folder):
    """Run import-linter on a copy of the project, and return the finished process."""
    paths = os.pathsep.join([str(folder), str(folder / "exporters")])
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the source and its pyproject."""
    for name in ("sltrace", "exporters"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_goes_down(copy):
    done = lint_imports(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "upwards"),
    [
        ("sltrace/_span.py", "from sltrace import _outbox"),
        ("sltrace/events/_http.py", "from sltrace import handler"),
        ("sltrace/handler.py", "import sltrace_xray"),
        ("sltrace/_outbox.py", "def late():\n    from sltrace import testing"),
        ("sltrace/spans.py", "import wrapt"),
    ],
)
def test_an_import_that_goes_up_is_found_also_inside_a_function(copy, module, upwards):
    path = copy / module
    path.write_text(f"{path.read_text()}\n\n{upwards}\n")
    done = lint_imports(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
