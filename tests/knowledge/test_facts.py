import pytest

from knowledge import facts

GOOD = """\
- id: {id}
  title: The strike's length
  kind: number
  statement: The strike lasted 148 days.
  short_answer: 148 days
  confidence: high
  sources:
  - publisher: The Gazette
    title: How long it was
    url: https://example.org/strike
    published: 2023-09
"""


def record(id="strike-length", **changes):
    """A good record, with fields changed; None leaves a field out."""
    lines = {line.strip("- ").partition(":")[0]: line for line in GOOD.format(id=id).splitlines()[:6]}
    for name, value in changes.items():
        lines[name] = f"  {name}: {value}"
    kept = [line for name, line in lines.items() if changes.get(name, line) is not None]
    return "\n".join([*kept, *GOOD.splitlines()[6:]]) + "\n"


@pytest.fixture
def load(tmp_path):
    def load(**files):
        for name, content in files.items():
            (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
        return facts.load(tmp_path)

    return load


@pytest.fixture(scope="module")
def shipped():
    return facts.load()


def test_every_shipped_fact_loads(shipped):
    assert not shipped.faults
    assert len(shipped.facts) > 800


def test_every_link_between_shipped_facts_leads_to_one(shipped):
    ids = {fact.id for fact in shipped.facts}

    assert {id for fact in shipped.facts for id in (*fact.supersedes, *fact.superseded_by)} <= ids


def test_every_shipped_fact_can_be_cited(shipped):
    for document in (fact.to_document() for fact in shipped.facts):
        assert document.text
        assert document.source.provenance.publisher
        assert document.source.provenance.url.startswith("http")


def test_a_fact_becomes_a_document_with_its_first_source(load):
    [fact] = load(people=record()).facts

    document = fact.to_document()

    assert fact.topic == "people"
    assert document.text == "The strike lasted 148 days."
    assert document.source.provenance.publisher == "The Gazette"
    assert document.source.provenance.published == "2023-09"
    assert document.source.details["short_answer"] == "148 days"


@pytest.mark.parametrize(
    ("bad", "line", "field"),
    [
        (record("bad", date="2023-13"), 13, "date"),
        (record("bad", date="last May"), 13, "date"),
        (record("bad", kind="rumour"), 13, "kind"),
        (record("bad", colour="red"), 13, "colour"),
        (record("bad", statement=None), 13, "statement"),
        (record("Not an id"), 13, "id"),
        (record("bad").partition("  sources:")[0], 13, "sources"),
        (
            record("bad").partition("  - publisher")[0].replace("sources:", "sources: []"),
            13,
            "sources",
        ),
        (record("bad").replace("https://example.org/strike", "ask me"), 13, "sources.0"),
        (record("bad").replace("    url: https://example.org/strike\n", ""), 13, "sources.0.url"),
        (record("bad").replace("2023-09", "autumn"), 13, "sources.0.published"),
        (record("bad", topic="abroad"), 13, "topic"),
        (record("bad", tags="[[no-such-strike, wages]]"), 13, "tags.0.0"),
        (record("bad", tags="[[wga-strike-2023, wages], [wga-strike-2023, colour]]"), 13, "tags.1.1"),
        (record("bad", tags="[[wga-strike-2023]]"), 13, "tags.0.1"),
    ],
)
def test_a_bad_record_is_refused_with_its_place_and_the_rest_loads(load, bad, line, field):
    corpus = load(people=record("first") + "\n" + bad + "\n" + record("last"))

    [fault] = map(str, corpus.faults)
    assert fault.startswith(f"people.yaml, line {line}, field {field}: ")
    assert fault.partition(": ")[2]
    assert [fact.id for fact in corpus.facts] == ["first", "last"]


def test_an_id_is_taken_by_the_first_who_bears_it(load):
    corpus = load(abroad=record("same"), background=record("other") + record("same", statement="Another."))

    [fault] = map(str, corpus.faults)
    assert fault.startswith("background.yaml, line 12, field id: ")
    assert "same" in fault
    assert [fact.topic for fact in corpus.facts] == ["abroad", "background"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("- id: [unclosed", "is not YAML"),
        ("id: alone", "must be a list of records"),
        ("", "must be a list of records"),
        ("- id: a\n---\n- id: b", "is not YAML"),
        ("- id: \x07", "is not YAML"),
        ("just words", "must be a list of records"),
        ("- just words", "must be a record of fields"),
        ("- ? [1, 2]\n  : 3", "is not YAML"),
        ("- {[1]: 2}", "is not YAML"),
    ],
)
def test_a_file_that_holds_no_records_is_refused_and_the_others_load(load, content, reason):
    corpus = load(bad=content, people=record())

    [fault] = map(str, corpus.faults)
    assert fault.startswith("bad.yaml")
    assert reason in fault
    assert len(corpus.facts) == 1


def test_a_file_that_is_not_utf_8_is_refused_and_the_others_load(load, tmp_path):
    (tmp_path / "bad.yaml").write_bytes(b"- id: caf\xe9")

    corpus = load(people=record())

    assert [str(fault) for fault in corpus.faults] == ["bad.yaml: is not UTF-8; save it as that"]
    assert len(corpus.facts) == 1


def test_a_file_that_is_named_after_no_topic_is_refused_and_the_others_load(load):
    corpus = load(pepole=record("first"), people=record("second", topic="people"))

    assert [str(fault) for fault in corpus.faults] == [
        "pepole.yaml, line 1, field topic: no topic is called 'pepole'; knowledge/vocabulary.py lists them"
    ]
    assert [fact.id for fact in corpus.facts] == ["second"]


SUBJECT = "- id: {id}\n  name: The lamplighters\n  kind: {kind}\n"


def test_a_bad_subject_is_refused_with_its_place_and_the_rest_loads(tmp_path):
    file = tmp_path / "subjects.yaml"
    records = [("guild", "union"), ("moon", "planet"), ("guild", "person"), ("last", "term")]
    file.write_text("".join(SUBJECT.format(id=id, kind=kind) for id, kind in records))

    no_facts = tmp_path / "corpus"
    no_facts.mkdir()

    corpus = facts.load(no_facts, file)

    assert [subject.id for subject in corpus.subjects] == ["guild", "last"]
    assert [str(fault).partition(": ")[0] for fault in corpus.faults] == [
        "subjects.yaml, line 4, field kind",
        "subjects.yaml, line 7, field id",
    ]


def test_another_tag_costs_no_new_vector(load):
    [plain] = load(people=record()).facts
    [tagged] = load(people=record(tags="[[wga-strike-2023, duration]]")).facts

    assert tagged.tags == (("wga-strike-2023", "duration"),)
    assert tagged.to_document() == plain.to_document()


def test_dates_need_no_quotes(load):
    unquoted = record(date="2023", short_answer="148").replace("2023-09", "2023-09-26")

    [fact] = load(people=unquoted).facts

    assert (fact.date, fact.short_answer, fact.sources[0].published) == (
        "2023",
        "148",
        "2023-09-26",
    )


def test_the_fingerprint_changes_with_an_edit_or_a_new_file_and_only_then(tmp_path, load):
    load(people=record())
    before = facts.fingerprint(tmp_path)
    assert facts.fingerprint(tmp_path) == before

    load(people=record(short_answer="about 148 days"))
    edited = facts.fingerprint(tmp_path)
    load(dga=record("another"))

    assert len({before, edited, facts.fingerprint(tmp_path)}) == 3
