"""What Discord shows, within its limits whatever the sources hold."""

from hypothesis import given
from hypothesis import strategies as st

from bot import render
from knowledge.types import Answer, Citation, Provenance, Source

texts = st.text(max_size=3_000)


def answer(text="It was lit in 1872. [1]", title="The lighthouse", url="https://example.org/l", citations=1):
    source = Source("corvo", "starter", "document", Provenance(title, "Harbour Office", url, "1999-04"))
    cited = tuple(Citation(n, source, "It was lit in 1872.") for n in range(1, citations + 1))
    return Answer("When was it lit?", text, cited, 0.95, "quoting")


def test_a_source_is_named_with_publisher_date_and_link():
    field = render.answer_embed(answer()).fields[0]

    assert field.name == "[1] Quoted from “The lighthouse”"
    assert field.value == "Harbour Office · 1999-04\n<https://example.org/l>"


@given(text=texts, title=texts, url=texts, citations=st.integers(0, 60))
def test_no_answer_goes_over_discords_limits(text, title, url, citations):
    embed = render.answer_embed(answer(text, title, f"https://{url}", citations))

    assert render.length(embed.description) <= render.LONGEST_DESCRIPTION
    assert len(embed.fields) <= render.MOST_FIELDS
    assert all(render.length(field.name) <= render.LONGEST_NAME for field in embed.fields)
    assert all(render.length(field.value) <= render.LONGEST_VALUE for field in embed.fields)
    texts = [embed.description, embed.footer.text or "", *(f.name + f.value for f in embed.fields)]
    assert sum(map(render.length, texts)) <= render.LONGEST_EMBED


def test_a_title_cannot_become_a_link_or_a_ping():
    shown = render.answer_embed(answer(title="[free](https://evil.example) <@1> **now**")).fields[0].name

    assert "](" not in shown
    assert "<@" not in shown
    assert "**" not in shown


def test_what_is_no_web_address_is_no_link():
    assert render.safe_link("javascript:alert(1)") == ""
    assert render.safe_link(None) == ""
