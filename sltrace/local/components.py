"""What the aws-sam-cli package holds that we need: Lambda's emulator and the sample events.

Fetched once into the user's cache folder and never installed: the package's own dependencies are
many, and of its code we use none.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "1.170.0"
_REQUIREMENT = f"aws-sam-cli=={VERSION}"
_FETCH_SECONDS = 300

_EVENTS = "samcli/lib/generated_sample_events"
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_SHA256 = {
    "aws-lambda-rie-x86_64": "6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5",
    "aws-lambda-rie-arm64": "ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21",
}


class ComponentMissing(Exception):  # noqa: N818 - says what is the matter; there is no other kind
    """Something needed, and not part of sltrace, cannot be had; one line says what to do."""


class _NotFetched(ComponentMissing):
    """It is not here and cannot be fetched."""


def emulator() -> Path:
    """Return the AWS Lambda Runtime Interface Emulator's binary, for this machine.

    SLTRACE_RIE names another binary to use; it is taken as it is.

    Raises:
        ComponentMissing: this system cannot run it, it cannot be fetched, or it is not the one
            that is expected.
    """
    chosen = os.environ.get("SLTRACE_RIE")
    if chosen:
        return _chosen(Path(chosen))
    if not sys.platform.startswith("linux"):
        raise ComponentMissing("the Lambda emulator runs on Linux only: leave --rie out")
    name = _binary()
    if name is None:
        machine = platform.machine()
        raise ComponentMissing(f"there is no Lambda emulator for {machine}: leave --rie out")
    try:
        path = _get(name)
    except _NotFetched as error:
        raise ComponentMissing(f"{error}, or set SLTRACE_RIE for the emulator") from error
    _verify(path, _SHA256[name])
    return path


def sample_events() -> Path:
    """Return the folder with ``event-mapping.json`` and the templates of the sample events.

    Raises:
        ComponentMissing: they cannot be fetched.
    """
    return _get("generated_sample_events")


def cache_folder() -> Path:
    """Return where the parts are kept: below XDG_CACHE_HOME, or ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # XDG Base Directory Specification: a relative path in it is invalid and is to be ignored.
    root = Path(base) if os.path.isabs(base) else Path("~/.cache").expanduser()
    return root / "sltrace" / f"aws-sam-cli-{VERSION}"


def _binary() -> str | None:
    machine = _MACHINES.get(platform.machine().lower())
    return machine and f"aws-lambda-rie-{machine}"


def _chosen(path: Path) -> Path:
    if not path.is_file() or not os.access(path, os.X_OK):
        raise ComponentMissing(f"SLTRACE_RIE={path} is not a program that can be run")
    return path.absolute()


def _get(part: str) -> Path:
    path = cache_folder() / part
    if not path.exists():
        try:
            _fill(path.parent)
        except OSError as error:
            raise ComponentMissing(f"cannot keep {_REQUIREMENT} in the cache: {error}") from error
    if not path.exists():
        raise ComponentMissing(f"{_REQUIREMENT} has no {part}")
    return path


def _fill(folder: Path) -> None:
    """Put the parts into the folder, each whole or not at all, whoever else does so meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as temporary:
        new = Path(temporary, "parts")
        new.mkdir()
        _collect(Path(temporary), new)
        for part in new.iterdir():
            _move(part, folder / part.name)


def _move(part: Path, target: Path) -> None:
    try:
        part.replace(target)
    except OSError:
        # A folder does not replace one that is there: another process was quicker.
        if not target.exists():
            raise


def _collect(temporary: Path, new: Path) -> None:
    installed = _installed()
    if installed is not None:
        package = installed
    else:
        package = temporary / "package"
        package.mkdir()
        _download(package)
        for wheel in package.glob("*.whl"):
            _unzip(wheel, package)
    events = package / _EVENTS
    if events.is_dir():
        shutil.copytree(events, new / events.name, ignore=shutil.ignore_patterns("*.py*", "__*"))
    binary = package / "samcli/local/rapid" / (_binary() or "-")
    if binary.is_file():
        shutil.copyfile(binary, new / binary.name)
        (new / binary.name).chmod(0o755)


def _installed() -> Path | None:
    """Return the folder that holds an installed ``samcli`` of the version that is expected."""
    spec = importlib.util.find_spec("samcli")
    for location in (spec and spec.submodule_search_locations) or ():
        root = Path(location).parent
        if any(root.glob(f"aws_sam_cli-{VERSION}.dist-info")):
            return root
    return None


def _download(target: Path) -> None:
    """Fetch the package, and not what it depends on, with the tool this interpreter has."""
    if sys.stderr.isatty():
        print(f"sltrace: fetching {_REQUIREMENT} (8 MB, once)", file=sys.stderr)
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*_fetcher(target), _REQUIREMENT],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _not_fetched(f"no answer in {_FETCH_SECONDS} s") from error
    if done.returncode:
        raise _not_fetched(next(_reasons(done.stdout), f"exit status {done.returncode}"))


def _fetcher(target: Path) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        # Nothing of it is run but a binary: which Pythons it is for does not matter.
        options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python"]
        return [*pip, *options, "--dest", str(target)]
    uv = shutil.which("uv")
    if uv is not None:
        command = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
        return [*command, "--target", str(target)]
    raise _not_fetched("this Python has no pip, and there is no uv")


def _reasons(output: str) -> Iterator[str]:
    """Yield the lines of pip's or uv's output that say why, the last one first."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    yield from (line for line in reversed(lines) if "error" in line.lower())
    yield from reversed(lines)


def _not_fetched(reason: str) -> _NotFetched:
    return _NotFetched(f"cannot fetch {_REQUIREMENT} ({reason}): install it")


def _unzip(wheel: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            wanted = (_EVENTS + "/", "samcli/local/rapid/")
            archive.extractall(target, [n for n in archive.namelist() if n.startswith(wanted)])
    except zipfile.BadZipFile as error:
        raise _not_fetched(f"{wheel.name} is damaged") from error


def _verify(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        found = hashlib.sha256()
        while block := file.read(1 << 20):
            found.update(block)
    if found.hexdigest() != expected:
        raise ComponentMissing(
            f"{path} is not the emulator of {_REQUIREMENT} (SHA-256 differs): "
            "remove it, and it is fetched again"
        )
