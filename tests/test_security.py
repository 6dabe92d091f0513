"""docs/security.md names tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROWS = [
    line
    for line in (ROOT / "docs/security.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| threat ")
]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def defined_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_threat_has_a_guard_and_a_test():
    for row in ROWS:
        threat, guard, tests = (cell.strip() for cell in row.strip("|").split(" | "))
        assert threat, row
        assert guard, row
        assert TEST.search(tests), row


def test_every_test_that_is_named_is_there():
    named = {pair for row in ROWS for pair in TEST.findall(row)}

    assert {(path, name) for path, name in named if name not in defined_in(path)} == set()
