from hypothesis import given
from hypothesis import strategies as st

from knowledge.find import Entry, Finder, fold, shortened, utf16_units

FINDER = Finder(
    [
        Entry("strike", ("Writers' strike: length in days", "wga-strike"), ("The writers",)),
        Entry("replica", ("Digital replica: definition",), ("AI copy",)),
        Entry("café", ("Émilia's café, 2023",)),
        Entry("bill-1836", ("California AB 1836",)),
        Entry("bill-1837", ("California AB 1837",)),
        Entry("signs", ("???",)),
    ]
)


def test_words_are_found_in_any_order_unfinished_and_misspelt():
    for typed in ("length strike", "writ", "stirke lenght", "WRITERS’ STRIKE", "wga-strike", "  days  "):
        assert FINDER.find(typed, 5)[0] == "strike", typed
    for typed in ("digtal replca", "replica definiton", "ai copy"):
        assert FINDER.find(typed, 5)[0] == "replica", typed


def test_case_accents_and_apostrophes_make_no_difference():
    assert FINDER.find("EMILIAS CAFE", 1) == ["café"]
    assert fold("The Actors’ Union") == fold("actors' union")


def test_another_number_is_another_thing():
    assert FINDER.find("1836", 5) == ["bill-1836"]
    assert FINDER.find("1838", 5) == []


def test_small_words_do_not_count_beside_others():
    assert FINDER.find("what is the definition of a replica", 1) == ["replica"]


def test_a_full_name_comes_first_even_where_another_holds_it():
    finder = Finder([Entry("long", ("Strike strike strike",)), Entry("short", ("Other", "strike"))])

    assert finder.find("strike", 2) == ["short", "long"]


def test_nothing_typed_gives_the_first_and_nonsense_nothing():
    assert FINDER.find("", 2) == FINDER.find("  ", 2) == ["strike", "replica"]
    assert FINDER.find("🦄", 2) == FINDER.find("xyzzyqwk", 2) == []
    assert Finder([]).find("strike", 5) == []


@given(st.text(), st.integers(1, 25))
def test_whatever_is_typed_gives_at_most_so_many_and_none_twice(typed, limit):
    found = FINDER.find(typed, limit)

    assert len(found) <= limit
    assert len(set(found)) == len(found)


@given(st.text(st.characters()), st.integers(1, 100))
def test_a_shortened_line_keeps_within_its_units_and_breaks_no_letter(text, most):
    line = shortened(text, most)

    assert utf16_units(line) <= most
    assert line == text or line.endswith("…")
    assert "�" not in line.replace("�", "", text.count("�"))
