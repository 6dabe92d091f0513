import pytest

from knowledge import kept
from knowledge.kept import Kept


@pytest.fixture
def read():
    """Reads the squares of numbers below 100, and notes which it was asked for."""

    def squares(numbers):
        squares.asked.append(list(numbers))
        return {number: number**2 for number in numbers if number < 100}

    squares.asked = []
    return squares


def test_what_is_kept_is_not_read_again(read):
    squares = Kept()
    squares.of(1, [2, 3], read)

    assert squares.of(1, [3, 4], read) == {3: 9, 4: 16}
    assert read.asked == [[2, 3], [4]]


def test_all_is_read_anew_once_something_has_changed(read):
    squares = Kept()
    squares.of(1, [2], read)
    squares.of(2, [2], read)

    assert read.asked == [[2], [2]]


def test_what_is_not_there_is_left_out_and_looked_for_again(read):
    squares = Kept()

    assert squares.of(1, [100, 2], read) == {2: 4}
    assert squares.of(1, [100], read) == {}
    assert read.asked == [[100, 2], [100]]


def test_what_is_kept_does_not_grow_without_end(read, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    squares = Kept()
    for number in range(10):
        assert squares.of(1, [number], read) == {number: number**2}

    assert len(squares._held) <= 3
