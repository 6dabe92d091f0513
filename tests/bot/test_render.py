"""What Discord shows, within its limits whatever the sources hold."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import render
from knowledge.errors import InvalidDocument
from knowledge.types import Answer, Citation, Provenance, Source

texts = st.text(max_size=3_000)


def answer(text="It was lit in 1872. [1]", title="The lighthouse", url="https://example.org/l", citations=1):
    source = Source("corvo", "starter", "document", Provenance(title, "Harbour Office", url, "1999-04"))
    cited = tuple(Citation(n, source, "It was lit in 1872.") for n in range(1, citations + 1))
    return Answer("When was it lit?", text, cited, 0.95, "quoting")


def test_a_source_is_named_with_publisher_date_and_link():
    field = render.answer_embeds(answer())[0].fields[0]

    assert field.name == "[1] Quoted from “The lighthouse”"
    assert field.value == "Harbour Office · 1999-04\n<https://example.org/l>"


def within_limits(embeds):
    """Discord's, as its documentation gives them, in UTF-16 units."""
    assert len(embeds) <= 10
    assert sum(map(render.len_of, embeds)) <= 6_000
    for embed in embeds:
        assert render.length(embed.title or "") <= 256
        assert render.length(embed.description or "") <= 4_096
        assert len(embed.fields) <= 25
        assert all(0 < render.length(field.name) <= 256 for field in embed.fields)
        assert all(0 < render.length(field.value) <= 1_024 for field in embed.fields)
    return True


@given(text=texts, title=texts, url=texts, citations=st.integers(0, 60), words=st.integers(1, 3_000))
def test_no_answer_goes_over_discords_limits(text, title, url, citations, words):
    said = answer(text, title, f"https://{url}", citations)
    long = replace(said.citations[0], passage="*a " * words) if said.citations else None
    said = replace(said, citations=(long, *said.citations[1:])) if long else said

    assert within_limits(render.answer_embeds(said, language="de"))
    assert within_limits(render.passage_embeds(said))


@given(text=texts, title=texts, terms=st.lists(texts))
def test_no_abstention_goes_over_discords_limits(text, title, terms):
    near = Source("corvo", "starter", "document", Provenance(title * 3, title, f"https://{title}"))

    assert within_limits(render.answer_embeds(Answer("?", text, (), 0.1, None, tuple(terms), (near,) * 3)))


def test_an_abstention_names_what_it_looked_for_and_what_is_near():
    near = Source("corvo", "starter", "document", Provenance("The lighthouse", "Harbour Office"))
    abstention = Answer("Who?", "My sources do not answer that.", (), 0.1, None, ("lamp", "oil"), (near,))

    fields = render.answer_embeds(abstention)[0].fields

    assert [(field.name, field.value) for field in fields] == [
        ("Looked for", "lamp, oil"),
        ("Near: The lighthouse", "Harbour Office · undated"),
    ]


def test_a_state_of_affairs_is_told_with_the_date_of_the_newest_source():
    said = replace(answer(), as_of="2026-07-05")

    assert render.answer_embeds(said)[0].footer.text == "Confidence: high. Sources up to 2026-07-05."


def test_a_question_in_another_language_is_told_of_the_sources_in_both():
    field = render.answer_embeds(answer(), language="es")[0].fields[0]

    assert field.value.startswith("Mis fuentes están en inglés")
    assert field.value.endswith(render.IN_ENGLISH)


def test_the_words_that_carry_the_answer_are_bold():
    said = answer("It was lit in 1872. [1]")

    assert render.passage_embeds(said)[0].description == "It was lit in **1872**."


@given(text=st.text(st.sampled_from("ab [1]\\\n🎬 *"), min_size=1, max_size=500), limit=st.integers(8, 40))
def test_a_text_is_split_into_parts_that_are_whole_together(text, limit):
    parts = render.split(render.escape(text), limit)

    assert "".join(parts) == render.escape(text)
    assert all(render.length(part) <= limit for part in parts)


def test_no_mark_is_torn_by_a_split():
    parts = render.split("It is so [1] and so [2]. " * 20, 30)

    assert all(part.count("[") == part.count("]") for part in parts)


def test_a_title_cannot_become_a_link_or_a_ping():
    shown = render.answer_embeds(answer(title="[free](https://evil.example) <@1> **now**"))[0].fields[0].name

    assert "](" not in shown
    assert "<@" not in shown
    assert "**" not in shown


NASTY = [
    "LA Times](https://evil.example) [x",
    "[WGA](https://evil.example)",
    "[WGA](<https://evil.example>)",
    "[WGA]\u200b(https://evil.example)",
    "[WGA]\\(https://evil.example)",
    "@everyone strike now, @here too",
    "@\u200beveryone",
    "<@1> <@!1> <@&2> <#3> </ask:4> <:smile:5> <t:6:R>",
    "Read https://evil.example and http://evil.example now",
    "<https://evil.example>",
    "`code` ```block```",
    "**bold** __under__ *it* _it_ ~~gone~~ ||hidden||",
    "# Heading\n## Heading\n-# small\n> quote\n>>> quotes\n- item\n* item",
    "\\`back\\`slash\\",
    "terms \u202egpj.elpmaxe\u202c.live \u2067x\u2069 \u200fy\u061c",
    "zero\u200bwidth\u2060and\ufeffmore",
    "line\u2028break\u0085and\rreturn",
]
ACTIVE = re.compile(
    r"\]\(|@(?:everyone|here)|<[@#/:t]|(?<!<)https?://|[`*_|~]|(?m:^\s*(?:#|>|-))"
    r"|[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What would ping, link, format or deceive in Discord."""


def inert(text, ours=("**",)):
    """A text with a dot for what is behind a backslash, and without the marks that are ours."""
    for mark in ours:
        text = text.replace(mark, "")
    return re.sub(r"\\.", "·", text)


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_in_a_document_pings_spoofs_or_formats(nasty):
    about = Provenance(nasty, nasty, "https://example.org/l", "1999-04")
    source = Source("corvo", "starter", "document", about)
    cited = Citation(1, source, f"It was lit in 1872, {nasty}")
    said = Answer("When?", f"It was lit in 1872, {nasty} [1]", (cited,), 0.9, "quoting")
    refused = Answer("When?", nasty, (), 0.1, None, (nasty,), (source,))

    shown = render.answer_embeds(said) + render.passage_embeds(said) + render.answer_embeds(refused)

    texts = [text for embed in shown for text in (embed.title, embed.description, embed.footer.text) if text]
    texts += [text for embed in shown for field in embed.fields for text in (field.name, field.value)]
    texts.append(render.complaint(InvalidDocument(f"{nasty} is broken")))
    for text in texts:
        assert not ACTIVE.search(inert(text)), text


def test_an_address_shows_the_host_it_leads_to():
    assert render.safe_link("https://example.org@evil.example/") == "<https://example.org%40evil.example/>"
    assert (
        render.safe_link("https://evil.example/)[x](https://a.b")
        == "<https://evil.example/)%5Bx%5D(https://a.b>"
    )
    assert render.safe_link("https://evil.example/> @everyone") == "<https://evil.example/%3E%20%40everyone>"


def test_bold_type_stays_as_it_is_behind_a_backslash():
    source = Source("corvo", "starter", "document", Provenance("The lighthouse"))
    said = Answer("When?", "Of 2023. [1]", (Citation(1, source, "Of \\2023. So."),), 0.9, "quoting")

    assert render.passage_embeds(said)[0].description == "Of \\\\**2023**. So."


def test_what_is_no_web_address_is_no_link():
    assert render.safe_link("javascript:alert(1)") == ""
    assert render.safe_link(None) == ""
