from datetime import date

import pytest

from knowledge.dates import first_day, in_words, last_day
from knowledge.errors import InvalidDate


def test_a_date_stands_for_all_its_days():
    assert (first_day("2024"), last_day("2024")) == (date(2024, 1, 1), date(2024, 12, 31))
    assert (first_day("2024-02"), last_day("2024-02")) == (date(2024, 2, 1), date(2024, 2, 29))
    assert first_day("2024-02-03") == last_day("2024-02-03") == date(2024, 2, 3)


def test_a_date_is_written_out_as_far_as_it_is_known():
    assert [in_words(iso) for iso in ("2023", "2023-09", "2023-09-02")] == [
        "2023",
        "September 2023",
        "2 September 2023",
    ]
    assert in_words("2023-09-02", letters=3) == "2 Sep 2023"


@pytest.mark.parametrize("wrong", ["", "May", "2023-13", "2023-02-30", "0000", "23-05-02", "2023-05-02\n"])
def test_what_is_no_date_is_refused(wrong):
    with pytest.raises(InvalidDate, match="YYYY"):
        first_day(wrong)
