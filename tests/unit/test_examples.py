"""The examples that need no component run as their pages say."""

import json
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_a_batch_record_by_record():
    folder = EXAMPLES / "records"
    assert "$ sltrace invoke app.handler --event event.json\n" in (folder / "README.md").read_text()
    done = subprocess.run(
        [sys.executable, "-m", "sltrace", "invoke", "app.handler", "--event", "event.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (failed,) = json.loads(done.stdout.partition("\n\n")[0])["batchItemFailures"]
    assert failed["itemIdentifier"].startswith("2e1424d4")
    shown = done.stdout + done.stderr
    assert "1 of 2 failed" in shown
    assert "ValueError: an order is for one piece at least" in shown


def test_every_example_is_in_the_index():
    index = (EXAMPLES / "README.md").read_text()
    folders = [path.name for path in EXAMPLES.iterdir() if (path / "app.py").is_file()]
    assert [name for name in folders if f"({name}/)" not in index] == []
