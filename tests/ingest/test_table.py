import pytest

from ingest.table import Cell, lines


def table(*rows):
    return [[Cell(text.strip(), column) for column, text in enumerate(row.split("|"))] for row in rows]


def test_a_row_below_a_marked_head_says_what_stands_in_it():
    rows = table("Membership | Fee | Guests", "Family | £330 | two a year")

    assert lines(rows, marked=1) == ["Membership | Fee | Guests", "Family | Fee: £330 | Guests: two a year"]


@pytest.mark.parametrize(
    "rows",
    [
        ("Day | Opens", "Monday | 9:00", "Sunday | 10:00"),
        ("Grade | Dues", "Full | £1,330", "Junior | £90"),
        ("Week | Open | Share", "first | on all days | 40%", "second | never | 8%"),
    ],
)
def test_a_head_is_known_by_figures_of_one_form_below_it(rows):
    head = rows[0].split(" | ")[1]

    assert [f"| {head}: " in line for line in lines(table(*rows))] == [False, True, True]


@pytest.mark.parametrize("marked", [0, 1])
@pytest.mark.parametrize(
    "rows",
    [
        ("Chair | Ann Oakes", "Secretary | Bob Pryce", "Treasurer | Cy Dunn"),
        ("Venue | Town Hall", "Date | 3 May 2026", "Start | 9:00"),
        ("Adult | £5", "Child | £2", "Dog | £1"),
        ("Day | Opens", "Monday | 9:00"),
        ("2025 | 9 of 12", "2026 | 7 of 12", "2027 | 8 of 12"),
    ],
)
def test_two_columns_of_which_the_first_row_may_be_no_head_are_read_as_they_stand(rows, marked):
    assert lines(table(*rows), marked) == list(rows)


def test_an_empty_cell_is_passed_over_where_another_says_what_it_is():
    rows = table("Day | Opens | Closes", "Sunday | | noon", "Monday | |")

    assert lines(rows, marked=1)[1:] == ["Sunday | Closes: noon", "Monday |  | "]


def test_a_cell_below_no_head_stands_alone():
    assert lines(table("Day | | Closes", "Sunday | 9:00 | noon"), 1)[1] == "Sunday | 9:00 | Closes: noon"


def test_heads_as_long_as_sentences_are_not_repeated():
    head = "Day | Lanes | " + "the time at which the gates are opened, weather permitting " * 3

    assert lines(table(head, "Sunday | 4 | 9:00"), 1)[1] == "Sunday | 4 | 9:00"


def test_a_caption_in_the_first_row_heads_no_column():
    rows = [[Cell("Opening hours", 0, 3)], *table("Day | Opens | Closes", "Sunday | 9:00 | noon")]

    assert lines(rows, marked=2)[2] == "Sunday | Opens: 9:00 | Closes: noon"


def test_heads_of_two_rows_are_told_together_and_what_fills_two_columns_stands_alone():
    rows = [
        [Cell("Year", 0), Cell("Raise", 1, 2)],
        [Cell("", 0), Cell("men", 1), Cell("women", 2)],
        [Cell("2023", 0), Cell("5%", 1), Cell("4%", 2)],
        [Cell("2024", 0), Cell("none", 1, 2)],
    ]

    assert lines(rows, marked=2)[2:] == ["2023 | Raise, men: 5% | Raise, women: 4%", "2024 | none"]


@pytest.mark.parametrize("rows", [[], [[]], [[], []]])
def test_a_table_without_cells_says_nothing(rows):
    assert lines(rows, marked=1) == [""] * len(rows)
    assert lines(rows) == [""] * len(rows)
