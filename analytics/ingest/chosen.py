"""How somebody wants an uploaded file read, kept with its record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..models import ImportFile
from . import importing, rejected_rows
from .cells import Reading
from .importing import Request
from .uploads import Uploaded
from .ways_out import Door


@dataclass(frozen=True, slots=True)
class Chosen:
    """How somebody wants a file read; as JSON it is the record's `options`, but for kind and source."""

    kind: str
    source: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    header_line: int = 1
    header: tuple[str, ...] = ()
    reading: Reading = field(default_factory=Reading)

    def request(self, record: ImportFile) -> Request:
        return Request(
            Uploaded(record),
            importing.BY_NAME[self.kind],
            self.source,
            self.mapping,
            self.encoding,
            self.delimiter,
            self.header_line,
            self.reading,
            Door.FORM,
        )

    @property
    def names(self) -> dict[str, str]:
        """What each column of the file is called here, as the import has it: of costs those alone that are mapped."""
        kind = importing.BY_NAME[self.kind]
        only = kind.reader(self.reading) is not None and bool(self.mapping)
        plain = {} if only else dict(zip(self.header, rejected_rows.plain(self.header), strict=True))
        return {theirs: kind.aliases.get(name, name) for theirs, name in plain.items()} | dict(self.mapping)

    @property
    def options(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in ("kind", "source")}


def chosen(record: ImportFile) -> Chosen:
    """What was chosen for a file that was started."""
    options = record.options | {"reading": Reading(**record.options.get("reading", {}))}
    options["header"] = tuple(options.get("header", ()))
    return Chosen(record.kind, record.source, **options)
