"""What processor time a whole spends on each of its parts."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

Watched = Mapping[str, tuple[Any, str]]
"""By what it is called: where a function is, and its name there. None of them may call another."""


@contextmanager
def watching(parts: Watched) -> Iterator[dict[str, float]]:
    """Add up the processor time that functions take, in seconds, for as long as the context lasts.

    Unlike time by the clock it is nearly the same on a busy machine. Threads that work beside count, too.
    """
    spent = dict.fromkeys(parts, 0.0)
    with ExitStack() as stack:
        for part, (owner, name) in parts.items():
            stack.enter_context(patch.object(owner, name, _timed(getattr(owner, name), part, spent)))
        yield spent


def _timed(function: Any, part: str, spent: dict[str, float]) -> Any:
    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[part] += time.process_time() - began

    return timed


def table(spent: Mapping[str, float], whole: float, times: int = 1) -> None:
    """Print the parts, dearest first, in milliseconds of processor time, with their share of the whole."""
    named = dict(spent) | {"the rest": whole - sum(spent.values())}
    for part, seconds in sorted(named.items(), key=lambda pair: -pair[1]):
        print(f"    {part:44}{1000 * seconds / times:10.2f} ms {seconds / whole:6.1%}")
