from io import BytesIO

import pytest
from PIL import Image

from bot.timeline import MOST_ROWS, WIDTH, draw
from knowledge import facts
from knowledge.quick import QuickFacts
from knowledge.sides import Lane, timeline

CORPUS = facts.load()
QUICK = QuickFacts(CORPUS.facts, CORPUS.subjects)


def picture(lanes, **options):
    return Image.open(BytesIO(draw(lanes, **options))).convert("RGBA")


@pytest.mark.parametrize(("light", "ground"), [(False, (30, 31, 34)), (True, (255, 255, 255))])
def test_a_card_brings_its_own_ground_and_leaves_its_corners_free(light, ground):
    card = picture(timeline(QUICK), light=light)

    assert card.width == WIDTH
    assert card.getpixel((0, 0))[3] == 0
    assert card.getpixel((WIDTH // 2, 10)) == (*ground, 255)


def test_nothing_is_written_over_the_margin():
    lanes = timeline(QUICK, start="1960")  # all strikes: the least room for texts
    card = picture(lanes)

    right = card.crop((WIDTH - 24, 40, WIDTH, card.height - 40))
    assert right.getcolors() == [(right.width * right.height, (30, 31, 34, 255))]


def test_a_card_grows_with_its_entries_to_a_limit():
    [lane] = timeline(QUICK, "sag-aftra-2023")
    heights = [picture([Lane("Actors", lane.facts[:n])]).height for n in (1, 5, MOST_ROWS + 1)]
    whole = picture([lane]).height

    assert heights[0] < heights[1] < heights[2] == whole


def test_a_title_that_looks_like_a_formula_is_drawn_as_it_is():
    fact = CORPUS.facts[0].model_copy(update={"title": r"$\frac{1}{0}$ a year", "date": "2023"})

    assert picture([Lane("$x$", (fact,))]).width == WIDTH
