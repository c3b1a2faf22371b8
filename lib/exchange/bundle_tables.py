"""The tables of the CSV bundle: what stands in each column, and which column points to which table.

Codes stand beside their Chinese labels. No table holds telephone numbers, whom to call back about an objection, accounts, logins,
view links or ballot codes; the events leave out those of accounts, logins and links.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial

from lib.core import phrases
from lib.core.forms import Form, Item
from lib.core.registers import Register
from lib.exchange import safe_csv
from lib.store import assessments, records, rounds, whole
from lib.store.db import Database

NEVER = ("phone", "contact")
"""Keys of an event's body that stay out of a download."""
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
MANY = "; "
CHUNK = 2**18
KNOWN, KNOWN_CHOICES = 64, 256
"""Finished answers remembered for each item, and for each with choices: not more, so that memory does not grow with the answers."""
Local = Callable[[str], str]


@dataclass(frozen=True)
class Field:
    """A column. `type` is a Table Schema type; `score` is a number kept as hundredths; `moment` a stored time, written local;
    `code` a text that the program itself made of letters and digits.

    `says` is how a label is found from the columns `of`: a table of the catalogue of phrases, or one of SAYS. Other columns are the query's.
    """

    name: str
    type: str = "string"
    to: str = ""  # "table" or "table.column" that it points to
    says: str = ""
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One file of the bundle: its columns, primary key, further keys of several columns; `lines` where its rows are more than a query."""

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    lines: Callable[["Source", Local], Iterator[bytes]] | None = None
    keys: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()


class Source:
    """One frozen store, with what the rows of several tables look up."""

    def __init__(self, db: Database):
        self.db = db
        self.round = rounds.current(db)
        self.rules = {rule.code: rule.name["zh"] for rule in self.round.program.rules}

    def select(self, name: str) -> Iterator[tuple]:
        return whole.rows(self.db, name)

    def form(self, version: str) -> Form:
        return rounds.form(self.db, version)

    def register(self, version: str) -> Register:
        return records.published(self.db, version)

    # ---- what labels are found by (SAYS); all but the first are of an item of a form

    def rule(self, codes: str) -> str:
        return MANY.join(self.rules.get(code, code) for code in codes.split())

    def register_title(self, version: str) -> str:
        return self.register(version).form.label.get("zh", "")

    def number(self, version: str, name: str) -> str:
        return self.form(version).number_of(name)

    def problem(self, version: str, name: str) -> str:
        return self.form(version).items[name].problem.get("zh", "")

    def cause(self, version: str, name: str, why: str) -> str:
        item = self.form(version).items.get(f"{name}__why")
        return value_label(item, why) if item else ""


def label(table: str, code: str | None) -> str:
    """Chinese label of a code; a code that the catalogue lacks stands for itself."""
    if not code:
        return ""
    return phrases.catalogue().get(f"{table}.{code}", {}).get("zh", code)


def points(hundredths: int | None) -> Decimal | None:
    """A score or a rate with its two decimals."""
    return None if hundredths is None else Decimal(int(hundredths)).scaleb(-2)


def value_label(item: Item, value: str) -> str:
    """What a stored answer says in Chinese: the labels of its choices, else empty."""
    labels = {choice.name: choice.label.get("zh", choice.name) for choice in item.choices}
    return MANY.join(labels.get(code, code) for code in value.split()) if labels else ""


def _fields(*columns: str) -> tuple[Field, ...]:
    """Columns written `name`, `name:type`, `name:type>table`; `name=says` labels the column before it, `name=says@column,column` others."""
    fields: list[Field] = []
    for column in columns:
        rest, _, says = column.partition("=")
        rest, _, to = rest.partition(">")
        name, _, kind = rest.partition(":")
        says, _, of = says.partition("@")
        fields.append(Field(name, kind or "string", to, says, tuple(of.split(",")) if of else (fields[-1].name,) if says else ()))
    return tuple(fields)


# ---- rows that are more than a query, as lines of CSV


class _Answers(dict):
    """Answers to one item → all of a line of CSV but its head; those that are given often are remembered."""

    def __init__(self, middle: Iterable[str], said: Callable[[str], str], known: int):
        self.middle, self.said, self.known = ",".join(map(safe_csv.cell, middle)), said, known

    def __missing__(self, value: str) -> bytes:
        line = f",{self.middle},{safe_csv.cell(value)},{safe_csv.cell(self.said(value))}\r\n".encode()
        if len(self) < self.known:
            self[value] = line
        return line


def _lines(head: Iterable[str], items: Mapping[str, _Answers], answers: Mapping[str, str]) -> bytes:
    """Lines of what was answered, in the order of the items; `head` is what all of them begin with."""
    ends = [written[answers[name]] for name, written in items.items() if name in answers]
    begin = ",".join(map(safe_csv.cell, head)).encode()
    return begin + begin.join(ends) if ends else b""


def _answers(source: Source, local: Local) -> Iterator[bytes]:
    """Answers of each organization's last submission, in the form's order."""

    @cache
    def items(version: str) -> dict[str, _Answers]:
        form = source.form(version)
        return {name: _Answers((version, name, form.number_of(name), item.label.get("zh", "")), lambda value, item=item: value_label(item, value),
                               KNOWN_CHOICES if item.choices else KNOWN) for name, item in form.items.items()}

    for submission, organization, version in source.select("last_submissions"):
        yield _lines((submission, organization), items(version), assessments.submitted_answers(source.db, submission))


def _record_answers(source: Source, local: Local) -> Iterator[bytes]:
    """Answers of every record, in the register's order, without telephone numbers and the like."""

    @cache
    def items(version: str) -> dict[str, _Answers]:
        def said(item: Item, value: str) -> str:
            return records.spoken(source.db, item, value) if item.dynamic else value_label(item, value)

        return {item.name: _Answers((item.name, item.label.get("zh", "")), partial(said, item),
                                    KNOWN_CHOICES if item.choices or item.dynamic else KNOWN)
                for item in source.register(version).items if not item.private}

    for *head, body in source.select("record_bodies"):
        yield _lines([each or "" for each in head], items(head[2]), json.loads(body))


def _forms(source: Source, local: Local) -> Iterator[bytes]:
    for version, name, at in source.select("forms"):
        form = source.form(version)
        yield safe_csv.line((version, name, form.label.get("zh", ""), form.label.get("en", ""), local(at))).encode()


def _form_items(source: Source, local: Local) -> Iterator[bytes]:
    """The data dictionary of the questions: every item of every published form, in the form's order."""
    for version, name, _ in list(source.select("forms")):
        form = source.form(version)
        for group in form.groups:
            for item in group.items:
                choices = [MANY.join(f"{choice.name}={choice.label.get(language, '')}" for choice in item.choices) for language in phrases.LANGUAGES]
                yield safe_csv.line((
                    version, item.name, name, form.number_of(item.name), group.label.get("zh", ""), group.label.get("en", ""), item.parent,
                    item.part, item.type, item.label.get("zh", ""), item.label.get("en", ""), *choices, item.required, item.relevant,
                    item.dimension, points(item.points) if item.scored else None, item.feeds)).encode()


ORGANIZATION = "organization>organizations"
ROUND = "round:code>rounds"
FORM = "form_version:code>forms"
FORM_ITEM = (("form_version", "item"), "form_items", ("form_version", "item"))
SCORES = ("team_score:score", "members_score:score", "mechanism_score:score", "results_score:score", "masses_score:score")


SHEETS: tuple[Sheet, ...] = (
    Sheet("rounds", ("code",), _fields("code", "year:integer", "opened_at:moment", "closed_at:moment")),
    Sheet("townships", ("code",), _fields("code", "name", "name_en", "position:integer")),
    Sheet("committees", ("code",), _fields("code", "name", "township>townships", "township_name")),
    Sheet("organizations", ("code",), _fields(
        "code", "name", "kind:code", "kind_label=kind", "committee>committees", "committee_name", "township>townships", "township_name",
        "members:integer", "secretary", "closed_on:date")),
    Sheet("cases", ("code",), _fields(
        "code>organizations", "name", "kind:code", "kind_label=kind", "committee>committees", "committee_name", "township>townships",
        "township_name", "members:integer", "state:code", "state_label=state", "submitted_at:moment", "version:integer", "late:boolean",
        "self_score:score", "issued:integer", "returned:integer", "satisfied:integer", "basically_satisfied:integer", "satisfaction:score",
        "review_score:score", "final_score:score", "proposed_grade:code", "proposed_grade_label=grade", "grade:code", "grade_label=grade",
        "notice_from:date", "notice_until:date", "approved_at:moment", "decided_on:date", "class_start:code", "class_start_label=class",
        "class_target:code", "class_target_label=class", "class_now:code", "class_now_label=class", "windows:integer")),
    Sheet("submissions", ("id",), _fields(
        "id:code", ROUND, ORGANIZATION, "version:integer", FORM, "receipt:code", "submitted_at:moment", "submitted_by", "late:boolean",
        "score:score", *SCORES)),
    Sheet("answers", ("submission", "item"), _fields(
        "submission:code>submissions.id", ORGANIZATION, FORM, "item", "number", "item_label", "value", "value_label"), _answers, (FORM_ITEM,)),
    Sheet("findings", ("submission", "item"), _fields(
        "submission:code>submissions.id", ORGANIZATION, FORM, "item", "number=number@form_version,item", "problem=problem@form_version,item",
        "hard:boolean", "what", "why", "why_label=cause@form_version,item,why"), keys=(FORM_ITEM,)),
    Sheet("remarks", ("id",), _fields(
        "id:code", ROUND, ORGANIZATION, "item", "text", "version:integer", "at:moment", "author", "reply", "replied_at:moment", "replied_by",
        "settled_at:moment", "settled_by")),
    Sheet("appraisals", ("round", "organization"), _fields(
        ROUND, ORGANIZATION,
        *(f"{way}{count}:integer" for way in ("paper_", "online_", "") for count in
          ("issued", "returned", "satisfied", "basically_satisfied", "dissatisfied")),
        "satisfaction:score", "at:moment", "author")),
    Sheet("reviews", ("round", "organization"), _fields(
        ROUND, ORGANIZATION, "review_score:score", *SCORES, "found", "found_label=rule", "comment", "at:moment", "author")),
    Sheet("gradings", ("round", "organization"), _fields(
        ROUND, ORGANIZATION, "source:code", "source_label=grading_source", "self_score:score", "satisfaction:score", "review_score:score",
        "final_score:score", "grade:code", "grade_label=grade", "reasons", "reasons_label=rule", "comment", "proposed_at:moment",
        "proposed_by", "notice_from:date", "notice_until:date", "approved_at:moment", "approved_by", "decided_on:date")),
    Sheet("objections", ("id",), _fields(
        "id:code", ROUND, ORGANIZATION, "text", "raised_at:moment", "raised_by", "upheld:boolean", "outcome", "handled_at:moment",
        "handled_by")),
    Sheet("class_changes", ("id",), _fields(
        "id:code", ROUND, ORGANIZATION, "moment:code", "moment_label=class_moment", "value:code", "value_label=class", "decided_on:date",
        "reason", "seq:integer", "at:moment", "author")),
    Sheet("attachments", ("id",), _fields(
        "id:code", ROUND, ORGANIZATION, "item", "name", "type:code", "size:integer", "sha256:code", "at:moment", "author", "removed_at:moment")),
    Sheet("records", ("id",), _fields(
        "id:code", "register:code", "register_label=register_title@form_version", FORM, ROUND, ORGANIZATION, "committee>committees",
        "state:code", "state_label=standing_of", "created_at:moment", "created_by", "changed_at:moment", "changed_by", "decided_at:moment",
        "decided_by", "decision", "removed_at:moment")),
    Sheet("record_answers", ("record", "item"), _fields(
        "record:code>records.id", "register:code", FORM, ORGANIZATION, "committee>committees", "item", "item_label", "value", "value_label"),
        _record_answers, (FORM_ITEM,)),
    Sheet("ledger", ("id",), _fields(
        "id:code", "ledger_number:integer", ROUND, ORGANIZATION, "source:code", "source_label=source", "source_id", "item", "problem",
        "measure", "responsible", "post", "leader:code>records.id", "due_on:date", "progress:integer", "state:code", "state_label=item_state",
        "raised_at:moment", "raised_by", "applied_on:date", "checked_on:date", "signed_off_on:date")),
    Sheet("ledger_moves", ("ledger", "seq"), _fields(
        "ledger:code>ledger.id", "seq:integer", "move:code", "move_label=moved", "state:code", "state_label=item_state", "problem", "measure",
        "responsible", "post", "leader:code>records.id", "due_on:date", "progress:integer", "note", "on_day:date", "at:moment", "author",
        "role:code")),
    Sheet("evidence", ("id",), _fields(
        "id:code", ORGANIZATION, "subject", "name", "type:code", "size:integer", "sha256:code", "at:moment", "author", "removed_at:moment")),
    Sheet("events", ("seq",), _fields(
        "seq:integer", "at:moment", "actor", "role:code", "role_label=role", "event:code", "subject", "body:json", "quiet:boolean",
        "hash:code")),
    Sheet("forms", ("form_version",), _fields("form_version", "form", "label_zh", "label_en", "published_at:moment"), _forms),
    Sheet("form_items", ("form_version", "item"), _fields(
        FORM, "item", "form", "number", "group_zh", "group_en", "parent", "part", "type:code", "label_zh", "label_en", "choices_zh",
        "choices_en", "required:boolean", "relevant", "dimension", "points:score", "feeds"), _form_items),
)

KEYS: Mapping[str, tuple[str, ...]] = {sheet.name: sheet.key for sheet in SHEETS}
SAYS = ("rule", "register_title", "number", "problem", "cause")
"""Labels that Source finds; all others are tables of the catalogue."""


@cache
def _labels(table: str) -> dict[str, str]:
    """Code → finished cell. A move of the ledger is an action, but for the first."""
    if table == "moved":
        return {**_labels("action"), "raise": safe_csv.cell(label("ledger_move", "raise"))}
    start = f"{table}."
    return {code.removeprefix(start): safe_csv.cell(entry["zh"]) for code, entry in phrases.catalogue().items()
            if code.startswith(start) and "." not in code.removeprefix(start)}


def _without(body: object) -> object:
    """An event's body without the keys that stay out of a download."""
    if isinstance(body, dict):
        return {name: _without(value) for name, value in body.items() if name not in NEVER}
    return [_without(value) for value in body] if isinstance(body, list) else body


def _harmless(body: str) -> str:
    return COMPACT.encode(_without(json.loads(body)))


def _layout(sheet: Sheet, source: Source) -> list[whole.Cell]:
    """How each column of a sheet is written from its query."""
    places = {field.name: place for place, field in enumerate(field for field in sheet.fields if not field.says)}

    def said(name: str) -> Callable[..., str]:
        def cell(*of: str | None) -> str:
            return safe_csv.cell(getattr(source, name)(*of)) if of[-1] else ""
        return cache(cell) if name != "cause" else cell

    cells = []
    for field in sheet.fields:
        of = tuple(places[name] for name in field.of or (field.name,))
        if field.says in SAYS:
            cells.append(whole.Cell("call", of, call=said(field.says)))
        elif field.says:
            cells.append(whole.Cell("label", of, _labels(field.says)))
        elif field.type == "moment":
            cells.append(whole.Cell("moment", of))
        else:
            kinds = {"string": "text", "boolean": "flag", "score": "score", "json": "json"}
            cells.append(whole.Cell(kinds.get(field.type, "bare"), of))
    return cells


def lines(sheet: Sheet, source: Source, local: Local) -> Iterator[bytes]:
    """The rows of a sheet as lines of safe CSV in UTF-8, many at a time; moments by `local`."""
    if sheet.lines is None:
        chunks = whole.lines(source.db, sheet.name, _layout(sheet, source), whole.Writing(
            lambda minute: local(f"{minute}:00+00:00")[:-3], safe_csv.guarded, _harmless, NEVER))
    else:
        chunks = sheet.lines(source, local)
    gathered, size = [], 0
    for chunk in chunks:
        gathered.append(chunk)
        size += len(chunk)
        if size >= CHUNK:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def cells(sheet: Sheet, source: Source, local: Local) -> Iterator[list[str]]:
    """Rows of a sheet as texts, as they are read from its file."""
    for chunk in lines(sheet, source, local):  # which ends where a row ends
        for row in csv.reader(io.StringIO(chunk.decode(), newline="")):
            yield [safe_csv.unguarded(cell) if cell[:1] == safe_csv.MARK else cell for cell in row]
