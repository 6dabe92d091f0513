import pytest

from knowledge.bounds import LEAST, MOST
from knowledge.figures import Date, Quantity, figures


def told(text):
    return figures(text)


@pytest.mark.parametrize(
    "said",
    ["Sept. 27, 2023", "27 September 2023", "2023-09-27", "September 27th, 2023", "9/27/2023", "27 Sep 2023"],
)
def test_a_day_is_the_same_however_it_is_written(said):
    assert told(f"It ended on {said}.").dates == {Date(2023, 9, 27)}


@pytest.mark.parametrize(
    "said", ["11,500", "11500", "11.5 thousand", "11.5k", "eleven thousand five hundred"]
)
def test_a_number_is_the_same_however_it_is_written(said):
    assert told(f"About {said} writers.").quantities == {Quantity(11_500)}


@pytest.mark.parametrize(
    ("said", "value", "unit"),
    [
        ("148 days", 148, "day"),
        ("a 148-day strike", 148, "day"),
        ("one hundred and forty-eight days", 148, "day"),
        ("one day", 1, "day"),
        ("12.5%", 12.5, "%"),
        ("12.5 per cent", 12.5, "%"),
        ("twelve percent", 12, "%"),
        ("25 percentage points", 25, "point"),
        ("half a point", 0.5, "point"),
        ("half a percentage point", 0.5, "point"),
        ("half a percent", 0.5, "%"),
        ("half an hour", 0.5, "hour"),
        ("$2.5M", 2_500_000, "$"),
        ("2.5 million dollars", 2_500_000, "$"),
        ("£75k", 75_000, "£"),
        ("the sixtieth", 0, None),
        ("the 60th", 60, "th"),
        ("the twenty-second", 22, "th"),
        ("two-thirds", 2 / 3, ""),
        ("¾", 3 / 4, ""),
        ("two dozen", 24, ""),
        ("twice", 2, ""),
        ("tripled", 3, ""),
        ("once a year", 1, ""),
        ("two centuries", 2, "century"),
    ],
)
def test_a_number_keeps_what_it_counts(said, value, unit):
    assert told(said).quantities == ({Quantity(value, unit)} if unit is not None else set())


@pytest.mark.parametrize(
    ("said", "dates"),
    [
        ("from 2 May to 27 September 2023", {Date(None, 5, 2), Date(2023, 9, 27)}),
        ("on 1 and 2 October 2023", {Date(2023, 10, 1), Date(2023, 10, 2)}),
        ("May 2–4, 2023", {Date(2023, 5, 2), Date(2023, 5, 4)}),
        ("in May 2023", {Date(2023, 5)}),
        ("It may, in March, march on.", {Date(None, 3)}),
        ("since 1960", {Date(1960)}),
        ("2,023 members", set()),
    ],
)
def test_dates_are_read_as_far_as_they_are_told(said, dates):
    assert told(said).dates == dates


@pytest.mark.parametrize(
    "said", ["one of the writers", "First, it ended.", "no one", "Second, that.", "Once it ended."]
)
def test_words_that_count_nothing_are_no_numbers(said):
    assert not told(said)


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("on 2 May 2023", "from 2 May to 27 September 2023"),
        ("in 2023", "on 27 September 2023"),
        ("on the 27th", "on 27 September 2023"),
        ("in September", "on 27 September 2023"),
        ("5 to 7 days", "between five and seven days"),
        ("$5-10 million", "5 million to 10 million dollars"),
        ("$2 or 3 million", "$2 million, or $3 million"),
        ("half a million people", "500,000 people"),
        ("half a billion dollars", "$500,000,000"),
        ("half of them", "50% of them"),
        ("0.5 percentage points", "by half a point"),
        ("12:01 a.m.", "at 12:01 a.m. Pacific"),
        ("12:01", "at 12:01 a.m. Pacific"),
        ("118", "118 days"),
        ("118 days", "it took 118 long days"),
        ("dozens of days", "118 days"),
        ("thousands of writers", "11,500 writers"),
        ("hundreds of thousands", "171,500 members"),
    ],
)
def test_figures_are_found_again_in_other_words(said, known):
    assert not told(said).missing_from(told(known))


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("on 26 September 2023", "on 27 September 2023"),
        ("on 27 September 2022", "on 27 September 2023"),
        ("in 2024", "in 2023"),
        ("118 weeks", "118 days"),
        ("118 decades", "118 days"),
        ("118 nights", "118 days"),
        ("millions of writers", "11,500 writers"),
        ("hundreds of writers", "11 writers"),
        ("doubled", "by 5 percent"),
        ("5%", "5 members"),
        ("5%", "by 5 percentage points"),
        ("5 percentage points", "by 5%"),
        ("50%", "by half a point"),
        ("5 members", "5%"),
        ("$118", "118 days"),
        ("the fifth", "five members"),
        ("12:01 p.m.", "12:01 a.m."),
        ("11,000", "11,500"),
    ],
)
def test_other_figures_are_not_taken_for_the_same(said, known):
    assert told(said).missing_from(told(known))


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        ("at least ten years", LEAST),
        ("over $4 billion", LEAST),
        ("350 shots or more", LEAST),
        ("no fewer than six writers", LEAST),
        ("more than half of them", LEAST),
        ("at most ten years", MOST),
        ("no longer than ten years", MOST),
        ("may not last more than ten years", MOST),
        ("up to half a million dollars", MOST),
        ("nearly 350 shots", MOST),
        ("48 hours at most", MOST),
        ("about ten years", ""),
        ("over four years", ""),
        ("within 48 hours", ""),
        ("it went up to 12%", ""),
    ],
)
def test_a_number_keeps_whether_it_is_the_least_or_the_most(said, bound):
    assert {quantity.bound for quantity in told(said).quantities} == {bound}


def test_each_number_has_a_bound_of_its_own():
    assert told("from $3.5 billion to at least $5 billion").quantities == {
        Quantity(3_500_000_000, "$"),
        Quantity(5_000_000_000, "$", LEAST),
    }
