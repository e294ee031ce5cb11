"""Patches come with the import of the library they are for: before it, after it, or never."""

import importlib
import importlib.resources
import importlib.util
import json
import pkgutil
import subprocess
import sys

import pytest
from tests_components import clean_environ

from sltrace import _importing

DECORATE = """
import sltrace

@sltrace.trace_handler
def handler(event, context):
    return None
"""
IS_PATCHED = """
import botocore.client

client = botocore.client.BaseClient
marks = [getattr(getattr(client, name), "__sltrace_patch__", False)
         for name in ("_make_api_call", "_make_request")]
print(json.dumps(marks))
"""


def run(code):
    """Run the code in a fresh interpreter and return what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import json, sys\n{code}"],
        env={**clean_environ(), "OTEL_TRACES_EXPORTER": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A package ``watched_library`` and a patch for its module ``core``, which appends to log.py.

    Yields the list of the patches made, each the value of ``core.VALUE`` at that time.
    """
    package = tmp_path / "watched_library"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "core.py").write_text("VALUE = 1\n")
    (package / "data.txt").write_text("data")
    (tmp_path / "watched_patch.py").write_text(
        "import sys\nmade = []\n"
        "def patch():\n    made.append(sys.modules['watched_library.core'].VALUE)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(_importing._PATCHES, "watched_library.core", "watched_patch")
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    _importing.watch()
    yield importlib.import_module("watched_patch").made
    for name in ("watched_library", "watched_library.core", "watched_patch"):
        sys.modules.pop(name, None)


def test_a_patch_is_made_when_its_library_has_been_imported(library):
    assert library == []
    importlib.import_module("watched_library")
    assert library == []
    importlib.import_module("watched_library.core")
    assert library == [1]


def test_a_module_imported_before_the_watch_is_patched_at_once(library, monkeypatch):
    sys.meta_path.remove(_importing._FINDER)
    importlib.import_module("watched_library.core")
    assert library == []
    _importing.watch()
    assert library == [1]


def test_watching_twice_is_watching_once(library):
    _importing.watch()
    assert sys.meta_path.count(_importing._FINDER) == 1
    importlib.import_module("watched_library.core")
    assert library == [1]


def test_looking_for_a_module_patches_nothing(library):
    spec = importlib.util.find_spec("watched_library.core")
    assert spec.origin.endswith("core.py")
    assert spec.loader.get_source("watched_library.core") == "VALUE = 1\n"
    assert library == []
    assert "watched_library.core" not in sys.modules


def test_a_reloaded_module_is_patched_again(library):
    core = importlib.import_module("watched_library.core")
    importlib.reload(core)
    assert library == [1, 1]


def test_the_module_keeps_the_loader_of_its_own(library):
    core = importlib.import_module("watched_library.core")
    plain = importlib.import_module("watched_library")
    assert type(core.__loader__) is type(plain.__loader__)
    assert core.__spec__.loader is core.__loader__
    assert pkgutil.get_data("watched_library.core", "data.txt") == b"data"
    assert importlib.resources.files("watched_library").joinpath("data.txt").read_text() == "data"
    assert [module.name for module in pkgutil.iter_modules(plain.__path__)] == ["core"]


def test_a_failing_patch_leaves_the_library_working(library, capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["watched_patch"], "patch", lambda: 1 / 0)
    assert importlib.import_module("watched_library.core").VALUE == 1
    told = capsys.readouterr().err
    assert "could not patch watched_library.core: ZeroDivisionError" in told
    assert told.count("\n") == 1


def test_a_missing_patch_leaves_the_library_working(library, capsys, monkeypatch):
    monkeypatch.setitem(_importing._PATCHES, "watched_library.core", "no_such_patch")
    assert importlib.import_module("watched_library.core").VALUE == 1
    assert "could not patch watched_library.core" in capsys.readouterr().err


def test_a_library_that_fails_to_import_fails_as_it_would_and_can_be_tried_again(library, tmp_path):
    core = tmp_path / "watched_library" / "core.py"
    core.write_text("raise LookupError('broken')\n")
    with pytest.raises(LookupError, match="broken"):
        importlib.import_module("watched_library.core")
    assert library == []
    core.write_text("VALUE = 12345\n")
    importlib.invalidate_caches()
    importlib.import_module("watched_library.core")
    assert library == [12345]


def test_a_library_that_is_missing_is_missing_as_it_would_be(library, tmp_path):
    (tmp_path / "watched_library" / "core.py").unlink()
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("watched_library.core")
    assert caught.value.name == "watched_library.core"


def test_finders_of_the_old_kind_are_passed_over(library):
    package = importlib.import_module("watched_library")
    sys.meta_path.insert(1, object())
    spec = _importing._FINDER.find_spec("watched_library.core", package.__path__)
    assert spec is not None


def test_botocore_is_patched_whichever_is_imported_first():
    assert run(f"{DECORATE}import boto3\n{IS_PATCHED}") == [True, True]
    assert run(f"import boto3\n{DECORATE}{IS_PATCHED}") == [True, True]


def test_botocore_is_left_alone_until_a_handler_is_decorated():
    assert run(f"import sltrace\nimport boto3\n{IS_PATCHED}") == [False, False]


def test_botocore_is_patched_after_a_reload():
    code = f"{DECORATE}import importlib\nimport botocore.client as c\nimportlib.reload(c)\n"
    assert run(code + IS_PATCHED) == [True, True]


def test_botocore_is_usable_when_its_patch_fails():
    code = f"""
import contextlib, io
told = io.StringIO()
sys.modules["sltrace.patches.botocore"] = None
{DECORATE}
with contextlib.redirect_stderr(told):
    import boto3
with contextlib.closing(boto3.client(
    "dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
)) as client:
    print(json.dumps([client.meta.region_name, told.getvalue().count("could not patch botocore")]))
"""
    assert run(code) == ["eu-west-1", 1]


def test_botocores_own_resources_are_found_through_the_patching_loader():
    code = f"""{DECORATE}
import importlib.resources, pkgutil
import botocore.client
print(json.dumps([
    type(botocore.client.__loader__).__name__,
    len(pkgutil.get_data("botocore.client", "cacert.pem")) > 0,
    importlib.resources.files("botocore").joinpath("cacert.pem").is_file(),
]))
"""
    assert run(code) == ["SourceFileLoader", True, True]


def test_a_handler_without_botocore_loads_nothing_of_it():
    code = f"""{DECORATE}
handler({{}}, None)
print(json.dumps([name for name in sys.modules if "boto" in name or "patches" in name]))
"""
    assert run(code) == []


def test_the_patch_loads_nothing_but_itself():
    code = f"""
import boto3.session
before = set(sys.modules)
{DECORATE}
print(json.dumps(sorted(
    name for name in set(sys.modules) - before
    if not name.startswith("sltrace") or "patches" in name
)))
"""
    assert run(code) == ["sltrace.patches", "sltrace.patches.botocore"]


def test_the_patching_loader_can_be_copied():
    import copy

    from sltrace._importing import _PatchingLoader

    loader = _PatchingLoader(json.__loader__, "json")
    assert copy.copy(loader).get_filename("json") == json.__file__
