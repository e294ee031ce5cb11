"""The parts of aws-sam-cli: fetched once, whole, and only when they are what is expected."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from sltrace.local import components
from sltrace.local.components import ComponentMissing

BINARY = "aws-lambda-rie-x86_64"
CONTENT = b"#!/bin/sh\nexit 0\n"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Use an empty cache, and a fetcher that copies a small wheel from a folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(components, "_installed", lambda: None)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setitem(components._SHA256, BINARY, hashlib.sha256(CONTENT).hexdigest())
    return tmp_path / "cache" / "sltrace" / f"aws-sam-cli-{components.VERSION}"


@pytest.fixture
def fetches(cache, tmp_path, monkeypatch):
    """Fetch a wheel of our own; the list grows with each fetch."""
    made, wheel = [], tmp_path / "aws_sam_cli-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"samcli/local/rapid/{BINARY}", CONTENT)
        archive.writestr("samcli/local/rapid/aws-lambda-rie-arm64", b"")
        archive.writestr("samcli/lib/generated_sample_events/event-mapping.json", "{}")
        archive.writestr("samcli/lib/generated_sample_events/events.py", "")
        archive.writestr("samcli/lib/generated_sample_events/events/s3/Put.json", "{}")
        archive.writestr("samcli/commands/none_of_ours.py", "")

    def fetcher(target):
        made.append(target)
        copy = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"
        return [sys.executable, "-c", copy, str(wheel), str(target)]

    monkeypatch.setattr(components, "_fetcher", fetcher)
    return made


def test_the_parts_are_fetched_once_and_nothing_else_is_kept(cache, fetches):
    assert components.emulator() == cache / BINARY
    assert components.emulator().read_bytes() == CONTENT
    assert os.access(components.emulator(), os.X_OK)
    events = components.sample_events()
    files = {path.relative_to(cache).as_posix() for path in cache.rglob("*") if path.is_file()}
    assert files == {
        BINARY,
        f"{events.name}/event-mapping.json",
        f"{events.name}/events/s3/Put.json",
    }
    assert len(fetches) == 1


def test_many_at_once_get_the_same_whole_parts(cache, fetches):
    got, start = [], threading.Barrier(8)

    def get():
        start.wait()
        got.append((components.emulator().read_bytes(), components.sample_events()))

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [(CONTENT, cache / "generated_sample_events")] * 8
    assert sorted(path.name for path in cache.iterdir()) == [BINARY, "generated_sample_events"]


def test_a_binary_that_is_not_the_expected_one_is_refused(cache, fetches, monkeypatch):
    monkeypatch.setitem(components._SHA256, BINARY, "0" * 64)
    with pytest.raises(ComponentMissing, match="SHA-256 differs"):
        components.emulator()


def test_a_binary_that_was_changed_in_the_cache_is_refused(cache, fetches):
    components.emulator().write_bytes(b"something else")
    with pytest.raises(ComponentMissing, match="remove it, and it is fetched again"):
        components.emulator()


def test_what_an_installed_package_has_is_not_fetched(cache, fetches, tmp_path, monkeypatch):
    package = tmp_path / "site-packages"
    (package / "samcli/local/rapid").mkdir(parents=True)
    (package / "samcli/local/rapid" / BINARY).write_bytes(CONTENT)
    (package / "samcli/lib/generated_sample_events").mkdir(parents=True)
    monkeypatch.setattr(components, "_installed", lambda: package)
    assert components.emulator().read_bytes() == CONTENT
    assert fetches == []


def test_a_failed_fetch_is_told_in_one_line_and_leaves_nothing(cache, monkeypatch):
    failing = [sys.executable, "-c", "print('reading'); print('ERROR: no route'); exit(1)"]
    monkeypatch.setattr(components, "_fetcher", lambda target: failing)
    with pytest.raises(ComponentMissing, match=r"ERROR: no route.*SLTRACE_RIE") as raised:
        components.emulator()
    assert "\n" not in str(raised.value)
    assert list(cache.iterdir()) == []


def test_without_the_sample_events_nothing_is_said_of_the_emulator(cache, monkeypatch):
    failing = [sys.executable, "-c", "print('ERROR: no route'); exit(1)"]
    monkeypatch.setattr(components, "_fetcher", lambda target: failing)
    with pytest.raises(ComponentMissing, match=r"no route.*install it$"):
        components.sample_events()


@pytest.mark.parametrize("part", [components.emulator, components.sample_events])
def test_who_waits_for_a_fetch_is_told_so_once(cache, fetches, monkeypatch, capsys, part):
    part()
    assert capsys.readouterr().err == ""
    shutil.rmtree(cache)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    part()
    part()
    told = capsys.readouterr().err
    assert told == f"sltrace: fetching aws-sam-cli=={components.VERSION} (8 MB, once)\n"


def test_a_fetch_without_an_answer_is_given_up(cache, monkeypatch):
    def run(*args, **options):
        raise subprocess.TimeoutExpired(args, options["timeout"])

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ComponentMissing, match="no answer in 300 s"):
        components.emulator()


def test_a_damaged_wheel_is_told_of(cache, monkeypatch):
    spoil = "import sys; open(sys.argv[1] + '/x.whl', 'w').write('PK')"
    monkeypatch.setattr(
        components, "_fetcher", lambda target: [sys.executable, "-c", spoil, str(target)]
    )
    with pytest.raises(ComponentMissing, match="damaged"):
        components.emulator()


def test_a_wheel_without_the_binary_is_told_of(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(components, "_fetcher", lambda target: [sys.executable, "-c", ""])
    with pytest.raises(ComponentMissing, match=f"has no {BINARY}"):
        components.emulator()


def test_a_cache_that_cannot_be_written_is_told_of(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ComponentMissing, match="cannot keep aws-sam-cli"):
        components.sample_events()


def test_a_relative_cache_folder_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert components.cache_folder().is_relative_to(Path.home())


def test_without_pip_uv_fetches_and_without_either_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/uv")
    assert components._fetcher(tmp_path)[:3] == ["/usr/bin/uv", "pip", "install"]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ComponentMissing, match="no pip, and there is no uv"):
        components._fetcher(tmp_path)


def test_a_chosen_emulator_is_taken_as_it_is(tmp_path, monkeypatch):
    chosen = tmp_path / "rie"
    chosen.write_bytes(CONTENT)
    monkeypatch.setenv("SLTRACE_RIE", str(chosen))
    with pytest.raises(ComponentMissing, match="not a program that can be run"):
        components.emulator()
    chosen.chmod(0o755)
    assert components.emulator() == chosen


@pytest.mark.parametrize(
    ("system", "machine", "reason"),
    [
        ("darwin", "arm64", "runs on Linux only"),
        ("win32", "AMD64", "runs on Linux only"),
        ("linux", "riscv64", "no Lambda emulator for riscv64"),
    ],
)
def test_where_it_cannot_run_it_says_what_to_do(monkeypatch, system, machine, reason):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(ComponentMissing, match=f"{reason}.*leave --rie out"):
        components.emulator()


@pytest.mark.parametrize(("version", "found"), [(components.VERSION, True), ("1.0.0", False)])
def test_only_the_expected_version_of_an_installed_package_is_used(
    tmp_path, monkeypatch, version, found
):
    (tmp_path / "samcli").mkdir()
    (tmp_path / "samcli" / "__init__.py").write_text("raise SystemExit('it is not imported')")
    (tmp_path / f"aws_sam_cli-{version}.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert components._installed() == (tmp_path if found else None)
