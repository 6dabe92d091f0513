"""Who and what the facts are about: unions, contracts, strikes, laws, people (`knowledge/subjects.yaml`)."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from knowledge.errors import InvalidFact
from knowledge.records import IsoDate, Slug, Text, read

SUBJECTS = files("knowledge") / "subjects.yaml"

SubjectKind = Literal["union", "company", "person", "strike", "contract", "law", "case", "term"]


class Subject(BaseModel):
    """One subject, and what people call it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Slug
    name: Text
    kind: SubjectKind
    aliases: tuple[Text, ...] = ()
    fact: Slug | None = None
    """The fact that says who or what it is."""
    begins: IsoDate | None = None
    """The first day of a strike or of a contract's term; the day from which a law holds."""
    ends: IsoDate | None = None
    """The last day."""


def load_subjects(file: Traversable = SUBJECTS) -> tuple[dict[str, Subject], list[InvalidFact]]:
    """Read all subjects by their ids, and what is wrong with each record refused."""
    subjects: dict[str, Subject] = {}
    faults: list[InvalidFact] = []
    for where, subject in read(file, Subject, {}):
        if isinstance(subject, InvalidFact):
            faults.append(subject)
        elif subject.id in subjects:
            faults.append(InvalidFact(f"{where}, field id: {subject.id} is taken; give it another"))
        else:
            subjects[subject.id] = subject
    return subjects, faults
