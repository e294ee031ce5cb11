"""What is installed: both source roots, types, a command, and little else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_BYTES = 1_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (file,) = folder.glob("*.whl")
    return file


def test_the_wheel_holds_the_packages_their_types_and_nothing_of_the_workbench(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "sltrace",
        "sltrace_emf",
        "sltrace_local",
        "sltrace_xray",
    }
    assert "sltrace/py.typed" in names
    assert not [name for name in names if "test_" in name or name.endswith(".pyc")]
    assert wheel.stat().st_size < MAX_BYTES


def test_it_works_from_the_wheel_alone(wheel, tmp_path):
    program = (
        f"import sys; sys.path.insert(0, {str(wheel)!r}); import sltrace, sltrace_xray\n"
        "assert '.whl' in sltrace.__file__ and '.whl' in sltrace_xray.__file__\n"
        "handler = sltrace.trace_handler(lambda event, context: event)\n"
        "with sltrace.testing.capture() as spans: assert handler(1, None) == 1\n"
        "assert len(spans) == 1"
    )
    # -I -S: neither the checkout nor its editable install is in the way.
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd=tmp_path, check=True, timeout=60
    )
