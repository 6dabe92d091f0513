"""What time a whole spends on each of its parts."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

Watched = Mapping[str, tuple[Any, str]]
"""By what it is called: where a function is, and its name there. None of them may call another."""


@contextmanager
def watching(parts: Watched, clock: Callable[[], float] = time.process_time) -> Iterator[dict[str, float]]:
    """Add up the time that functions take, in seconds, for as long as the context lasts.

    Processor time is nearly the same on a busy machine, unlike that by the clock. But threads that work
    beside count, too: it tells nothing of parts that go on at once.
    """
    spent = dict.fromkeys(parts, 0.0)
    with ExitStack() as stack:
        for part, (owner, name) in parts.items():
            stack.enter_context(patch.object(owner, name, _timed(getattr(owner, name), part, spent, clock)))
        yield spent


def _timed(function: Any, part: str, spent: dict[str, float], clock: Callable[[], float]) -> Any:
    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = clock()
        try:
            return function(*args, **kwargs)
        finally:
            spent[part] += clock() - began

    return timed


def table(spent: Mapping[str, float], whole: float, times: int = 1) -> None:
    """Print the parts, dearest first, in milliseconds, with their share of the whole.

    There is no rest where parts that went on at once add up to more than the whole.
    """
    named = dict(spent) | {"the rest": max(whole - sum(spent.values()), 0.0)}
    for part, seconds in sorted(named.items(), key=lambda pair: -pair[1]):
        print(f"    {part:44}{1000 * seconds / times:10.2f} ms {seconds / whole:6.1%}")
