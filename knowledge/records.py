"""Lists of records in YAML files that people edit: what breaks the format is refused, the rest is read."""

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError

from knowledge.errors import InvalidFact

Text = Annotated[str, Field(min_length=1)]
ISO_DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"
IsoDate = Annotated[str, Field(pattern=ISO_DATE)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
"""Lower-case words joined by hyphens; short enough for the name of a button that bears it."""

Record = TypeVar("Record", bound=BaseModel)


def read(
    file: Traversable, model: type[Record], given: dict[str, str], known: object = None
) -> Iterator[tuple[str, Record | InvalidFact]]:
    """Read a file's records, each with its place; what is refused tells file, line, field and reason.

    Args:
        file: a YAML file.
        model: what a record must be.
        given: fields that follow from the file, which a record may repeat and not contradict.
        known: what the model's validators get as their context.
    """
    try:
        records = list(_parsed(file))
    except InvalidFact as fault:
        yield file.name, fault
        return
    for line, record in records:
        where = f"{file.name}, line {line}"
        yield where, _checked(record, model, given, known, where)


def _parsed(file: Traversable) -> Iterator[tuple[int, Any]]:
    """Parse a file: the line of each record, and its values, all of them strings.

    Raises:
        InvalidFact: it is no list in YAML.
    """
    try:
        loader = yaml.CBaseLoader(file.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            raise InvalidFact(f"{file.name}: must be a list of records, each beginning with `- id:`")
        for record in node.value:
            yield record.start_mark.line + 1, loader.construct_document(record)
    except UnicodeDecodeError as error:
        raise InvalidFact(f"{file.name}: is not UTF-8; save it as that") from error
    except yaml.YAMLError as error:
        raise InvalidFact(f"{file.name}: is not YAML: {' '.join(str(error).split())}") from error


def _checked(
    record: Any, model: type[Record], given: dict[str, str], known: object, where: str
) -> Record | InvalidFact:
    if not isinstance(record, dict):
        return InvalidFact(f"{where}: must be a record of fields, beginning with `- id:`")
    for field, value in given.items():
        if record.get(field, value) != value:
            return InvalidFact(f"{where}, field {field}: must be {value} in this file; leave it out")
    try:
        return model.model_validate({**record, **given}, context=known)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "record"
        return InvalidFact(f"{where}, field {field}: {first['msg'].removeprefix('Value error, ')}")
