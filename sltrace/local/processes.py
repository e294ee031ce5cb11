"""Processes, their sessions and their ports, as Linux tells them."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable

_TERM_SECONDS = 5.0
_LISTEN = "0A"


def stop_session(leader: subprocess.Popen[bytes]) -> None:
    """Stop a process that was started in a session of its own, and all that is left of that.

    The leader is asked first (SIGTERM) and given 5 s; whatever is then still there is killed.
    """
    if leader.poll() is None:
        leader.terminate()
        _wait_unreaped(leader.pid, _TERM_SECONDS)
    # An id stays taken until the process is reaped. A process that has the id of a leader that
    # was reaped before is a stranger, and so is its session.
    for pid, (_, session) in table().items():
        if session == leader.pid and not (leader.returncode is not None and _exists(session)):
            _kill(pid)
    leader.wait()


def children(parent: int) -> list[int]:
    """Return the ids of a process's children, in ascending order."""
    return sorted(pid for pid, (its, _) in table().items() if its == parent)


def table() -> dict[int, tuple[int, int]]:
    """Return each process's parent and session: proc(5), /proc/pid/stat, fields 4 and 6."""
    found = {}
    for entry in Path("/proc").iterdir():
        stat = _stat(entry) if entry.name.isdigit() else []
        if stat:
            found[int(entry.name)] = (int(stat[1]), int(stat[3]))
    return found


def free_ports(count: int) -> list[int]:
    """Return so many TCP ports of this machine that nobody listened on just now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def listens(pid: int, ports: Iterable[int]) -> bool:
    """Return whether this very process listens on all of these TCP ports of 127.0.0.1.

    A connection would tell only that somebody does.
    """
    listening = _listening(pid)
    mine = _sockets(pid)
    return all(listening.get(port, "") in mine for port in ports)


def _listening(pid: int) -> dict[int, str]:
    """Return the inode of each listening socket by its port: proc(5), /proc/pid/net/tcp."""
    found = {}
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:  # it has ended meanwhile
        return {}
    for line in lines:
        fields = line.split()
        if fields[3] == _LISTEN:
            found[int(fields[1].rpartition(":")[2], 16)] = fields[9]
    return found


def _sockets(pid: int) -> set[str]:
    """Return the inodes of a process's sockets: what /proc/pid/fd links to as socket:[inode]."""
    try:
        links = [_link(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:  # it has ended meanwhile
        return set()
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def _link(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except OSError:  # it has been closed meanwhile
        return ""


def _stat(process: Path) -> list[bytes]:
    try:
        # The second field, the program's name, may hold spaces and parentheses.
        return (process / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:  # it has ended meanwhile
        return []


def _exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _wait_unreaped(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    options = os.WEXITED | os.WNOWAIT | os.WNOHANG
    while os.waitid(os.P_PID, pid, options) is None and time.monotonic() < deadline:
        time.sleep(0.005)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:  # it has ended meanwhile
        return
