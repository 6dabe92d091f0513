import pytest

from ingest.table import Cell, labelled


def table(*lines):
    return [[Cell(text.strip()) for text in line.split("|")] for line in lines]


def read(*lines, headed=False):
    return [" | ".join(cells) for cells in labelled(table(*lines), headed=headed)]


def test_a_row_below_a_marked_head_says_what_stands_in_it():
    assert read("Membership | Fee | Guests", "Family | £330 | two a year", headed=True) == [
        "Membership | Fee | Guests",
        "Family | Fee: £330 | Guests: two a year",
    ]


def test_a_head_is_known_by_the_figures_below_it():
    assert read("Day | Opens", "Monday | 9:00", "Sunday | 10:00")[1:] == [
        "Monday | Opens: 9:00",
        "Sunday | Opens: 10:00",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        ("Chair | Ann Oakes", "Secretary | Bob Pryce", "Treasurer | Cy Dunn"),
        ("Adult | £5", "Child | £2", "Dog | £1"),
        ("Day | Opens", "Monday | 9:00"),
        ("2025 | 9 of 12", "2026 | 7 of 12", "2027 | 8 of 12"),
        ("Day |", "Monday | 9:00", "Sunday | 10:00"),
    ],
)
def test_what_may_be_no_head_is_read_as_it_stands(rows):
    assert read(*rows) == [" | ".join(part.strip() for part in row.split("|")) for row in rows]


def test_an_empty_cell_is_passed_over_where_the_others_say_what_they_are():
    assert read("Day | Opens | Closes", "Sunday | | noon", headed=True)[1] == "Sunday | Closes: noon"


def test_a_cell_below_no_head_stands_alone():
    assert read("Day | | Closes", "Sunday | 9:00 | noon", headed=True)[1] == "Sunday | 9:00 | Closes: noon"


def test_heads_as_long_as_sentences_are_not_repeated():
    head = "Day | " + "the time at which the gates are opened, weather permitting " * 3
    assert read(head, "Sunday | 9:00", headed=True)[1] == "Sunday | 9:00"


def test_a_head_over_two_columns_is_told_in_both_and_what_fills_two_in_neither():
    rows = [
        [Cell("Year"), Cell("Raise", 2)],
        [Cell("2023"), Cell("5%"), Cell("4%")],
        [Cell("2024"), Cell("none", 2)],
    ]

    assert labelled(rows, headed=True)[1:] == [["2023", "Raise: 5%", "Raise: 4%"], ["2024", "none"]]


def test_a_table_without_rows_says_nothing():
    assert labelled([], headed=True) == []
    assert labelled([[]]) == [[]]
