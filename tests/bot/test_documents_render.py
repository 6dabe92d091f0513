"""What moderators see of documents, within Discord's limits whatever strangers have written."""

from bot.documents_render import acts_embed, door_embed, page_embed, searched_for
from bot.door import Handed, Visitor
from bot.render import LONGEST_DESCRIPTION, LONGEST_EMBED, LONGEST_NAME, LONGEST_VALUE, len_of, length
from ingest.duplicates import NearDuplicate
from ingest.found import Hidden, MisleadingLink
from ingest.inspect import Inspection, Instruction
from ingest.load import Loaded
from ingest.submit import Told
from knowledge.catalogue import Entry, Page
from knowledge.ledger import Entry as Act
from knowledge.schema import now
from knowledge.types import Provenance, Source

LONG = "**@everyone** `𝔽` ](https://evil.example) " * 60


def visitor(**found):
    about = Provenance(LONG, LONG, f"https://example.org/{'a' * 900}", "2020")
    inspection = Inspection(LONG, LONG, None, None, 5, LONG[:300], **found)
    handed = Handed(b"", "a.txt", "key", told=Told())
    near = tuple(NearDuplicate(str(n), LONG, 0.5) for n in range(5))
    return Visitor("1", handed, Loaded("text", about, "digest"), inspection, 3, near, replaces=LONG)


def within_limits(embed):
    assert length(embed.title) <= LONGEST_NAME
    assert length(embed.description or "") <= LONGEST_DESCRIPTION
    assert len_of(embed) <= LONGEST_EMBED
    assert all(0 < length(field.value) <= LONGEST_VALUE for field in embed.fields)
    return embed


def test_however_much_catches_the_eye_the_door_fits_and_says_how_much_is_left_out():
    embed = within_limits(
        door_embed(
            visitor(
                hidden=(Hidden("white text", LONG[:200]),) * 20,
                links=(MisleadingLink(LONG, LONG),) * 20,
                instructions=(Instruction("gives it a role", LONG[:200]),) * 20,
                textless_pages=tuple(range(1, 2_000)),
            )
        )
    )
    (seen,) = [field.value for field in embed.fields if field.name == "Look at this first"]

    assert seen.startswith("⚠️ Words to a bot (gives it a role)")
    assert "And 5" in seen.splitlines()[-1]


def test_what_catches_no_eye_is_not_spoken_of():
    names = [field.name for field in door_embed(visitor()).fields]

    assert names == ["What it adds", "Known already", "How it begins"]


def test_a_page_of_the_list_fits_and_keeps_what_was_searched_for():
    source = Source("a", "guild-1", "document", Provenance(LONG, LONG, f"https://example.org/{'a' * 900}"))
    embed = page_embed(Page([Entry(source, 3, now())] * 8, 100), 2, "lamps · Searched for: x")

    assert searched_for([embed]) == "lamps · Searched for: x"
    assert all(length(field.value) <= LONGEST_VALUE for field in embed.fields)
    assert len_of(embed) <= LONGEST_EMBED


def test_a_page_of_the_log_fits():
    acts = [Act(n, now(), "1" * 20, "replaced", "a", LONG, now()) for n in range(8)]

    assert len(within_limits(acts_embed(acts)).description.splitlines()) == 8
