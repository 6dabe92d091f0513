import os
import re
import subprocess
import sys
from pathlib import Path

ROUNDS = int(os.environ.get("TORTURE_ROUNDS") or 15)
SEED = int(os.environ.get("TORTURE_SEED") or 1)


def test_killed_at_any_moment_a_document_is_wholly_answerable_or_not_at_all(model_dir):
    command = [
        sys.executable,
        Path(__file__).with_name("kill9.py"),
        f"--rounds={ROUNDS}",
        f"--seed={SEED}",
    ]

    ended = subprocess.run(
        command,
        env=os.environ | {"MODEL_DIR": str(model_dir)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f" of {ROUNDS} kills came amid the work" in ended.stdout
    assert re.search(rf"[1-9]\d* of {ROUNDS} kills came amid a compaction", ended.stdout)
