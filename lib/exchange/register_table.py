"""Registers as tables: export, templates, and import, checked whole before anything is written, and written whole or not at all.

Columns: `id` (a row with one changes that record, a row without enters a new one), whom the record is about (`organization`,
`organization_name`, `committee`), `state` where records are approved, then a column for each question. Headers are codes or the labels
of either language, answers codes or labels; several choices are separated by 、 ; or commas. A column that a file lacks stays as it is.
"""

import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import xlsxwriter

from lib.core import forms, phrases
from lib.core.access import Action
from lib.core.forms import Item
from lib.core.model import Actor, Problem, Refused, Role
from lib.core.model import Words as Text
from lib.core.registers import About, Register, Standing
from lib.exchange import safe_csv, tabular
from lib.exchange.cells import Checker, Words
from lib.exchange.tabular import Row, Table
from lib.store import organizations, records, rounds
from lib.store.db import Database, command
from lib.store.records import Entry, Record

PLACE = ("id", "organization", "organization_name", "committee", "state")
HEADERS = {
    "id": ("记录编号", "编号", "record id"),
    "organization": ("组织编码", "编码", "organization code"),
    "organization_name": ("组织名称", "党组织名称", "组织", "organization name"),
    "committee": ("党（工）委", "隶属党委", "所属党委", "党委", "committee"),
    "state": ("状态", "state"),
}
"""Code of each column beside the questions' → other headers that are understood; the first is the one written in Chinese."""
WRITTEN = {"id": "id", "organization": "organization code", "organization_name": "organization name", "committee": "committee", "state": "state"}
"""The header of those columns in English."""
SEPARATORS = re.compile(r"[、;；,，]")
JOINED = {"zh": "、", "en": "; "}
LONGEST_LIST = 300
"""Choices that a template offers; beyond it nobody scrolls, and the file grows."""
TEMPLATE_ROWS = 2000


def columns(kept: Register, *, private: bool) -> tuple[str, ...]:
    """Columns of a register's table. Private ones only when they are asked for."""
    places = ["id"]
    if kept.about in (About.ORGANIZATION, About.EITHER):
        places += ["organization", "organization_name"]
    if kept.about != About.COUNTY:
        places.append("committee")
    if kept.approve:
        places.append("state")
    return (*places, *(item.name for item in kept.items if private or not item.private))


def heading(kept: Register, column: str, language: str | None) -> str:
    """A column's header: its code without a language, else its label; the code too where two columns have the same label."""
    if language is None:
        return column
    labels = {item.name: item.label[language] for item in kept.items}
    label = labels[column] if column in labels else HEADERS[column][0] if language == "zh" else WRITTEN[column]
    meanings = [name for name, headers in _known(kept).items() if tabular.key(label) in map(tabular.key, (name, *headers))]
    return label if meanings == [column] else column


def _known(kept: Register) -> dict[str, tuple[str, ...]]:
    """Every column that may be handed in → its other headers."""
    places = {column: HEADERS[column] for column in PLACE if column in columns(kept, private=True)}
    return {**places, **{item.name: tuple(item.label.values()) for item in kept.items}}


# ---- words of a column


class _Names(Words):
    """The words of a column, and which of them stand for several things."""

    def __init__(self, spellings: Iterable[tuple[str, str]], shown: Mapping[str, str]):
        pairs = list(spellings)
        super().__init__(pairs, shown)
        first: dict[str, str] = {}
        self._several = {tabular.key(word) for word, code in pairs if first.setdefault(tabular.key(word), code) != code}
        self.shown = shown

    def several(self, text: str) -> bool:
        return tabular.key(text) in self._several

    def written(self, code: str) -> str:
        """The word for a code that is understood again, else the code."""
        word = self.shown.get(code, code)
        return word if self.find(word) == code else code


def _of_choices(item: Item, language: str) -> _Names:
    spellings = [(word, choice.name) for choice in item.choices for word in (choice.name, *choice.label.values())]
    return _Names(spellings, {choice.name: choice.label[language] for choice in item.choices})


def _of_names(names: Mapping[str, str]) -> _Names:
    """Things by code, by name, and by the first part of a name that says where they belong (王某某　冯原镇党委)."""
    return _Names(((word, code) for code, name in names.items() for word in dict.fromkeys((code, name, name.partition("　")[0]))), names)


class _Vocabulary:
    """The words of each column of a register, made when they are first needed. `language` is what they are written in."""

    def __init__(self, db: Database, kept: Register, language: str):
        self.db, self.language = db, language
        self.items = {item.name: item for item in kept.items}
        self._words: dict[str, _Names] = {}

    def of(self, name: str) -> _Names:
        item = self.items[name]
        key = item.list_name if item.dynamic else name
        if key not in self._words:
            self._words[key] = _of_names(records.choices(self.db, item.list_name)) if item.dynamic else _of_choices(item, self.language)
        return self._words[key]

    def codes(self, name: str, text: str) -> tuple[list[str], list[str]]:
        """Codes of several choices in one cell, and the parts that are none. A label may have a separator or a blank in itself."""
        words = self.of(name)
        if found := words.find(text):
            return [found], []
        codes, wrong = [], []
        for part in filter(None, (part.strip() for part in SEPARATORS.split(text))):
            if found := words.find(part):
                codes.append(found)
                continue
            pieces = part.split()
            told = [words.find(piece) for piece in pieces]
            if len(pieces) > 1 and all(told):
                codes += told
            else:
                wrong.append(part)
        return list(dict.fromkeys(codes)), wrong

    def written(self, name: str, stored: str) -> str:
        """An answer in words that are understood again; its codes where its words would not be."""
        item = self.items[name]
        if item.type == "select_one":
            return self.of(name).written(stored)
        if item.type == "select_multiple":
            told = JOINED[self.language].join(self.of(name).written(code) for code in stored.split())
            return told if self.codes(name, told) == (stored.split(), []) else stored
        return stored


# ---- export


def cells(db: Database, kept: Register, found: Sequence[Record], language: str | None, *, private: bool = False) -> tuple[list[str], list[list[str]]]:
    """Header and rows of records, every cell a text: codes without a language, else words that an import understands again."""
    names, vocabulary = columns(kept, private=private), _Vocabulary(db, kept, language or "zh")
    committees = _of_names({row["code"]: row["name"] for row in organizations.committees(db)})

    def cell(record: Record, column: str) -> str:
        match column:
            case "id":
                return record.id
            case "organization" | "organization_name":
                return getattr(record, column) or ""
            case "committee":
                return (record.committee or "") if language is None else committees.written(record.committee or "")
            case "state":
                return record.state.value if language is None else phrases.text(f"standing_of.{record.state}", language)
        stored = record.values.get(column, "")
        return vocabulary.written(column, stored) if language and stored else stored

    return [heading(kept, column, language) for column in names], [[cell(record, column) for column in names] for record in found]


def csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A register's table as CSV."""
    return safe_csv.data(header, rows)


def workbook(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A register's table as XLSX: every cell is text, the header stays in sight."""
    file = io.BytesIO()
    with _book(file) as book:
        sheet, head, text = book.add_worksheet(), *_formats(book)
        for position, title in enumerate(header):
            sheet.write_string(0, position, title, head)
            sheet.set_column(position, position, 18, text)
        for number, row in enumerate(rows, 1):
            for position, told in enumerate(row):
                sheet.write_string(number, position, _marked(told), text)
        sheet.freeze_panes(1, 0)
    return file.getvalue()


def _marked(text: str) -> str:
    """A text as a cell of a workbook: nothing there is run, so only what a reader would take for a mark gets one."""
    return text if safe_csv.unguarded(text) == text else safe_csv.guarded(text)


def _book(file: io.BytesIO) -> xlsxwriter.Workbook:
    return xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})


def _formats(book: xlsxwriter.Workbook) -> tuple:
    return book.add_format({"bold": True, "bg_color": "#F2EEE6", "border": 1, "num_format": "@"}), book.add_format({"num_format": "@"})


def template(db: Database, kept: Register, language: str, today: dt.date) -> bytes:
    """A table to fill in: drop-downs, notes at the headers, and an example row that is refused when it is handed back."""
    vocabulary, examples = _Vocabulary(db, kept, language), forms.example(kept.form, "good", today)
    names = [column for column in columns(kept, private=True) if column != "state"]
    items, file = {item.name: item for item in kept.items}, io.BytesIO()
    with _book(file) as book:
        sheet, lists = book.add_worksheet(), book.add_worksheet(phrases.text("register_table.lists", language))
        head, text = _formats(book)
        for position, column in enumerate(names):
            sheet.write_string(0, position, heading(kept, column, language), head)
            sheet.write_comment(0, position, _note(items.get(column), column, language), {"x_scale": 2})
            sheet.set_column(position, position, 18, text)
            sheet.write_string(1, position, _example(column, items, examples, vocabulary, language), text)
            offered = _offered(db, kept, column, items, vocabulary)
            if 0 < len(offered) <= LONGEST_LIST:
                lists.write_column(0, position, offered)
                place = tabular.letter(position)
                # a warning only: several choices in one cell are no choice of the list
                sheet.data_validation(1, position, TEMPLATE_ROWS, position, {
                    "validate": "list", "source": f"='{lists.get_name()}'!${place}$1:${place}${len(offered)}", "error_type": "warning"})
        sheet.freeze_panes(1, 0)
    return file.getvalue()


def _note(item: Item | None, column: str, language: str) -> str:
    """What a column wants."""
    if item is None:
        return phrases.text(f"register_table.note_{column}", language)
    lines = [phrases.text(f"register_table.type_{item.type}", language), *([item.hint[language]] if item.hint.get(language) else [])]
    if item.required:
        lines.insert(0, phrases.text("register_table.required", language))
    return "\n".join(lines)


def _example(column: str, items: Mapping[str, Item], examples: Mapping[str, str], vocabulary: _Vocabulary, language: str) -> str:
    if column == "id":
        return phrases.text("templates.code", language)
    item = items.get(column)
    if item is None or not examples.get(column) or item.dynamic:
        return ""
    return vocabulary.written(column, examples[column])


def _offered(db: Database, kept: Register, column: str, items: Mapping[str, Item], vocabulary: _Vocabulary) -> list[str]:
    if column == "committee":
        return [row["name"] for row in organizations.committees(db)]
    item = items.get(column)
    if item is None or not (item.choices or item.dynamic):
        return []
    words = vocabulary.of(column)
    return [words.written(code) for code in words.shown]


# ---- import


@dataclass(frozen=True)
class Change:
    """What one row of a file asks for: a new record (`record` None) or new answers of one; `row` is where it stands."""

    row: Row
    record: str | None
    entry: Entry


@dataclass(frozen=True)
class Plan:
    """What an import would do."""

    changes: tuple[Change, ...]
    added: int
    changed: int
    unchanged: int
    warnings: tuple[Problem, ...]


def read(content: bytes, kept: Register) -> Table:
    """The table of a register's file. Raises Refused."""
    try:
        return tabular.read(content, _known(kept), ())
    except Refused as refused:
        raise Refused(problems=_named(kept, refused.problems)) from None


def _named(kept: Register, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems that call a column as the register does."""
    labels = {item.name: Text(item.label["zh"], item.label["en"]) for item in kept.items}
    places = {column: Text(HEADERS[column][0], WRITTEN[column]) for column in PLACE}
    known = {**labels, **places}
    return tuple(Problem.of(problem.code, **{name: known.get(given, given) if name == "column" else given for name, given in problem.params})
                 for problem in problems)


class _Import:
    def __init__(self, db: Database, actor: Actor, kept: Register, table: Table, today: dt.date):
        self.db, self.actor, self.kept, self.today = db, actor, kept, today
        self.check, self.vocabulary = Checker(table), _Vocabulary(db, kept, "zh")
        self.items = {item.name: item for item in kept.items}
        self.standing = {record.id: record for record in records.every(db, kept.name)}
        self.units = {row.code: row for row in organizations.every(db, actor)}
        self.organizations = _of_names({code: row.name for code, row in self.units.items()})
        self.committees = _of_names({row["code"]: row["name"] for row in organizations.committees(db)})
        self.labels = {Text(item.label.get("zh", item.name), item.label.get("en", item.name)): item.name for item in kept.items}
        self.told: dict[object, int] = {}
        """Record, or key of a new one → the row that told it first."""
        self.twins: dict[object, Record] = {}
        for record in self.standing.values():
            self.twins.setdefault(self._twin_key(record.organization, record.committee, record.values), record)

    def _twin_key(self, organization: str | None, committee: str | None, texts: Mapping[str, str]) -> tuple:
        """What two records may not share: the register's key, without one everything that they say, as a cell shows it."""
        names = self.kept.key or tuple(self.items)
        return organization, None if organization else committee, *(tabular.clean(texts.get(name) or "") for name in names)

    def row(self, row: Row) -> Change | None:
        """What a row asks for; None when it asks for nothing new, or for something wrong, which is noted.

        What the form says of the answers together is asked once each of them can be read: a wrong cell would make others look missing.
        """
        wrong = len(self.check.problems)
        record = self._record(row)
        organization, committee = self._whom(row, record)
        self._state(row, record)
        given = self._answers(row, record)
        if len(self.check.problems) > wrong:
            return None
        if record is None and (twin := self._twin(row, organization, committee, given)):
            record, given = twin, {name: text for name, text in given.items() if not self._same(name, text, twin)}
        return self._checked(row, record, Entry(given, organization, committee))

    def _record(self, row: Row) -> Record | None:
        text = tabular.digits(row.cells.get("id", ""))
        if not text:
            return None
        found = self.standing.get(text)
        if found is None:
            self.check.refuse(row, "id", "register_table.no_record", value=row.cells["id"][:40])
            return None
        first = self.told.setdefault(text, row.number)
        if first != row.number:
            self.check.refuse(row, "id", "cell.twice", value=text, first=first)
        return found

    def _chosen(self, row: Row, column: str, words: _Names) -> str | None:
        text = row.cells.get(column, "")
        if text and words.several(text):
            self.check.refuse(row, column, "register_table.several", value=text[:40])
            return None
        return self.check.chosen(row, column, words) if text else None

    def _whom(self, row: Row, record: Record | None) -> tuple[str | None, str | None]:
        """Organization and committee that a row is about; those of its record where it says nothing."""
        if self.kept.about == About.COUNTY:
            return None, None
        wrong = len(self.check.problems)
        column = "organization" if row.cells.get("organization") else "organization_name"
        organization = self._chosen(row, column, self.organizations)
        committee = self._chosen(row, "committee", self.committees)
        if len(self.check.problems) > wrong:
            return None, None
        if organization and committee and committee != self.units[organization].committee:
            self.check.refuse(row, "committee", "register_table.other_committee", name=self.units[organization].name,
                              committee=self.units[organization].committee_name)
        if record:
            if (organization and organization != record.organization) or (committee and committee != record.committee):
                self.check.refuse(row, column if organization else "committee", "register_table.moved")
            return record.organization, record.committee
        if organization or self.kept.about == About.ORGANIZATION:
            if not organization:
                self._own(row)
            return organization or self.actor.organization, None
        if not committee and self.actor.committee is None:
            self.check.refuse(row, "committee", "cell.empty")
        return None, committee or self.actor.committee

    def _own(self, row: Row) -> None:
        """A row that names no organization is about the actor's own, where it has one."""
        if self.actor.role != Role.ORGANIZATION:
            self.check.refuse(row, "organization", "cell.empty")

    def _state(self, row: Row, record: Record | None) -> None:
        """The state may be in the file, but no import decides."""
        text = row.cells.get("state", "")
        words = {word for state in Standing if state == (record.state if record else Standing.NOMINATED)
                 for word in (state.value, *(phrases.text(f"standing_of.{state}", language) for language in phrases.LANGUAGES))}
        if text and tabular.key(text) not in map(tabular.key, words):
            self.check.refuse(row, "state", "register_table.state", value=text[:40])

    def _same(self, name: str, text: str | None, record: Record) -> bool:
        """Whether a cell says what the record says already; a cell has no line breaks."""
        stored = record.values.get(name) or ""
        if self.items[name].type == "text":
            return tabular.clean(text or "") == tabular.clean(stored)
        return (text or "") == stored

    def _answers(self, row: Row, record: Record | None) -> dict[str, str | None]:
        """Answers of the columns that the file has, as they are stored; of a record that stands only those that differ."""
        found = {name: self._answer(row, item) for name, item in self.items.items() if self.check.has(name)}
        return {name: text for name, text in found.items() if (text if record is None else not self._same(name, text, record))}

    def _answer(self, row: Row, item: Item) -> str | None:
        text = row.cells.get(item.name, "")
        if not text:
            return None
        if item.type == "date":
            day = self.check.date(row, item.name, dt.date.max)  # a plan's day may be to come; the form's constraints judge it
            return day.isoformat() if day else None
        if item.type == "select_one":
            return self._chosen(row, item.name, self.vocabulary.of(item.name))
        if item.type == "select_multiple":
            codes, wrong = self.vocabulary.codes(item.name, text)
            for part in wrong:
                self._no_choice(row, item, part)
            order = [choice.name for choice in item.choices]
            return " ".join(codes if item.dynamic else sorted(codes, key=order.index)) or None
        if item.type in ("integer", "decimal"):
            if tabular.lost_digits(text):
                self.check.refuse(row, item.name, "cell.lost_digits", value=text[:40])
                return None
            text = tabular.digits(text)
        try:
            return forms.encode(item, text)
        except (ValueError, OverflowError):
            if len(text) > forms.TEXT_LIMIT:
                self.check.refuse(row, item.name, "cell.too_long", limit=forms.TEXT_LIMIT)
            else:
                self.check.refuse(row, item.name, "register_table.number", value=text[:40])
        return None

    def _no_choice(self, row: Row, item: Item, part: str) -> None:
        words = self.vocabulary.of(item.name)
        if words.several(part):
            self.check.refuse(row, item.name, "register_table.several", value=part[:40])
        elif guess := words.guess(part):
            self.check.refuse(row, item.name, "cell.no_such_guess", value=part[:40], guess=guess)
        else:
            self.check.refuse(row, item.name, "cell.no_such", value=part[:40])

    def _twin(self, row: Row, organization: str | None, committee: str | None, given: Mapping[str, str | None]) -> Record | None:
        """The record that a row without an id means: the one with its key, or one that says the same; two rows may not mean one."""
        key = self._twin_key(organization, committee, given)
        first = self.told.setdefault(key, row.number)
        if first != row.number and self.kept.key:
            self.check.refuse(row, self.kept.key[0], "register_table.twin", first=first)
            return None
        if twin := self.twins.get(key):
            first = self.told.setdefault(twin.id, row.number)
            if first != row.number and self.kept.key:
                self.check.refuse(row, self.kept.key[0], "register_table.twin", first=first)
                return None
        return twin

    def _checked(self, row: Row, record: Record | None, entry: Entry) -> Change | None:
        """The row as a change, when its record would be one; what the register's form refuses is noted in its place."""
        try:
            whose = records.whose_of(self.db, self.kept, entry.organization, None if entry.organization else entry.committee)
            if not self.kept.may_write(self.actor, whose):
                raise Refused("register_table.not_yours")
            before = dict(record.values) if record else {}
            texts = records.checked(self.db, self.kept, {**before, **entry.values}, self.today)
        except Refused as refused:
            self._note(row, refused)
            return None
        for name, text in entry.values.items():
            if text and name not in texts:
                self.check.warn(row, name, "register_table.not_asked", value=text[:40])
        if record and texts == before:
            return None
        values = {name: text for name, text in entry.values.items() if texts.get(name) == text or text is None}
        about = Entry(values, entry.organization, None if entry.organization else entry.committee)
        return Change(row, record and record.id, about)

    def _note(self, row: Row, refused: Refused) -> None:
        for problem in refused.problems:
            label = dict(problem.params).get("label")
            column = self.labels.get(label) if isinstance(label, Text) else None
            reason = Text(*(phrases.explain(problem, language) for language in ("zh", "en")))
            if column and self.check.has(column):
                self.check.refuse(row, column, "register_table.cell", reason=reason)
            else:
                self.check.problems.append(Problem.of("register_table.row", row=row.number, reason=reason))


def plan(db: Database, actor: Actor, name: str, table: Table, today: dt.date) -> Plan:
    """What importing a table into a register would do; nothing is written. Raises Refused with every problem of every row."""
    kept = records.register(db, name)
    if not kept.may_write(actor):
        raise Refused("access.refused", action=Action.KEEP_RECORD.value, role=actor.role.value)
    work = _Import(db, actor, kept, table, today)
    changes = [change for row in table.rows if (change := work.row(row))]
    if work.check.problems:
        raise Refused(problems=_named(kept, work.check.problems))
    added = sum(change.record is None for change in changes)
    return Plan(tuple(changes), added, len(changes) - added, len(table.rows) - len(changes), _named(kept, work.check.warnings))


def import_table(db: Database, actor: Actor, name: str, table: Table, at: str) -> Plan:
    """Import a table into a register, all of it or nothing, and return what was done. Raises Refused with every problem of every row."""
    with command(db):
        today = rounds.local(db, at).date()
        work, wrong = plan(db, actor, name, table, today), []
        for change in work.changes:
            try:
                if change.record is None:
                    records.add(db, actor, name, change.entry, at, today)
                else:
                    records.change(db, actor, change.record, change.entry.values, at, today)
            except Refused as refused:  # two rows that come to the same record
                wrong += [Problem.of("register_table.row", row=change.row.number, reason=Text(*(
                    phrases.explain(problem, language) for language in ("zh", "en")))) for problem in refused.problems]
        if wrong:
            raise Refused(problems=tuple(wrong))
    return work
