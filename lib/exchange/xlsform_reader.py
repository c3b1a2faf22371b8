"""A questionnaire from an XLSForm workbook: tolerant of what WPS and Excel make of it, and every mistake named by sheet, row and column.

Passed over: rows and lists that are generated (xlsform.GENERATED), metadata rows of ODK, columns that a form does not have (told to the
reader). The body that is read is the one that was written, where nothing was edited.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lib.core import expressions, forms, grading, lint
from lib.core.forms import Form
from lib.core.model import Kind, Problem, Refused
from lib.core.phrases import listed
from lib.exchange import tabular, xlsform
from lib.exchange.xlsform import GENERATED, ORGANIZATION, SYSTEM, TODAY

SHEETS = ("survey", "choices", "settings")
COLUMNS = {sheet: frozenset(xlsform.columns(names))
           for sheet, names in zip(SHEETS, (xlsform.SURVEY, xlsform.CHOICES, xlsform.SETTINGS), strict=True)}
NEEDED = {"survey": ("type", "name", "label::zh", "label::en"), "choices": ("list_name", "name", "label::zh", "label::en"), "settings": ()}
ALIASES = {"relevance": "relevant", "list name": "list_name", "constraint message": "constraint_message", "title": "form_title", "id": "form_id"}
HEADER = re.compile(r"(.+?)\s*::?\s*(.*)")
EXPRESSIONS = ("relevant", "constraint", "calculation", "problem_when", "concern_when", *xlsform.LEVELS_WHEN)
TEXTS = (*xlsform.TRANSLATED, "form_title", "form_title_en", "feeds")
METADATA = ("start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit", "start-geopoint", "background-audio")
"""Rows by which ODK notes circumstances; the answers are not asked of anybody."""
YES, NO = frozenset({"yes", "true", "1", "是", "y", "required"}), frozenset({"no", "false", "0", "否", "n"})
QUOTES = str.maketrans("‘’“”＇＂", "''\"\"'\"")
QUOTED = re.compile(r"('[^']*'|\"[^\"]*\")")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?d?")
PREFILLS = ("registry", "last", "system")
POINTS = re.compile(r"\d{1,2}(\.\d{1,2})?")
LANGUAGE_NAMES = {"zh": "zh", "en": "en", "中文": "zh", "chinese": "zh", "英文": "en", "english": "en"}


@dataclass(frozen=True)
class Line:
    """A row of a sheet: its number in the file, and the text under each column that is known."""

    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Sheet:
    name: str
    letters: Mapping[str, str]
    lines: tuple[Line, ...]
    ignored: tuple[str, ...] = ()

    def place(self, line: Line, column: str) -> dict[str, object]:
        return {"sheet": self.name, "row": line.number, "letter": self.letters.get(column, "?"),
                "header": xlsform.header(column)}


@dataclass(frozen=True)
class Workbook:
    """A questionnaire that may be published, and the columns of its sheets that were not understood (`survey: parameters`)."""

    body: dict
    form: Form
    ignored: tuple[str, ...]


# ---- cells


def _text(cell: str) -> str:
    """Words as typed, without what surrounds them unseen; lines stay lines."""
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
    shown = ("".join(c for c in line if c.isprintable() or c == "\u3000").strip(" \u3000\u200b\ufeff\t") for line in lines)
    return "\n".join(shown).strip("\n")


def _code(cell: str) -> str:
    """A code or a number: half-width, without the `.0` that a spreadsheet adds."""
    plain = tabular.clean(unicodedata.normalize("NFKC", cell))
    return tabular.digits(plain) if NUMBER.fullmatch(tabular.digits(plain)) else plain


def _expression(cell: str) -> str:
    """An expression, with the full-width signs of a Chinese keyboard made plain; what stands in quotes is left as it is."""
    straight = _outside_quotes(_text(cell), lambda part: part.translate(QUOTES))
    return _outside_quotes(straight, lambda part: unicodedata.normalize("NFKC", part).replace("。", ".").replace("、", ","))


def _outside_quotes(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if place % 2 else change(part) for place, part in enumerate(QUOTED.split(text)))


def _cell(column: str, cell: str) -> str:
    base = column.partition("::")[0]
    if base in ("caps", "required", *EXPRESSIONS):
        return _expression(cell)
    return _text(cell) if base in TEXTS else _code(cell)


def _column(title: str) -> str:
    """A header as a body's column: `Label :: 中文 (zh)`, `label:zh`, `label_zh` are `label::zh`; a label without a language is Chinese."""
    plain = tabular.clean(unicodedata.normalize("NFKC", title)).casefold()
    found = HEADER.fullmatch(plain)
    base, suffix = (found[1].strip(), found[2].strip()) if found else (plain, "")
    base = ALIASES.get(base, base).replace(" ", "_")
    if not suffix and base.rpartition("_")[2] in ("zh", "en") and base.rpartition("_")[0] in xlsform.TRANSLATED:
        base, _, suffix = base.rpartition("_")
    if base not in xlsform.TRANSLATED:
        return base
    code = re.search(r"\((\w+)\)$", suffix)
    language = LANGUAGE_NAMES.get(code[1] if code else suffix) if suffix else "zh"
    return f"{base}::{language}" if language else f"{base}::{suffix}"


# ---- sheets


def _sheet(name: str, lines: Sequence[Sequence[str]], problems: list[Problem]) -> Sheet:
    numbered = [(number, line) for number, line in enumerate(lines, 1) if any(tabular.clean(cell) for cell in line)]
    if not numbered:
        problems.append(Problem.of("xlsform.sheet_empty", sheet=name))
        return Sheet(name, {}, ())
    letters, ignored, positions = {}, [], {}
    first, titles = numbered[0]
    for position, title in enumerate(titles):
        column = _column(title)
        if column not in COLUMNS[name]:
            ignored += [tabular.clean(title)] if tabular.clean(title) else []
        elif column in letters:
            problems.append(Problem.of("xlsform.column_twice", sheet=name, row=first, letter=tabular.letter(position),
                                       header=xlsform.header(column), first=letters[column]))
        else:
            letters[column], positions[column] = tabular.letter(position), position
    problems += [Problem.of("xlsform.column_missing", sheet=name, row=first, header=xlsform.header(column))
                 for column in NEEDED[name] if column not in letters]
    found = [Line(number, {column: text for column, position in positions.items()
                           if position < len(line) and (text := _cell(column, line[position]))}) for number, line in numbered[1:]]
    return Sheet(name, letters, tuple(line for line in found if line.cells), tuple(ignored))


def _yes(text: str) -> bool | None:
    """Whether a cell says yes; None when it says neither."""
    word = text.casefold()
    return True if word in YES else False if not word or word in NO else None


class _Reader:
    """Reads the sheets of one workbook; `problems` fill up in the order of the rows."""

    def __init__(self, sheets: Mapping[str, Sheet], problems: list[Problem]):
        self.survey, self.choices, self.settings = (sheets[name] for name in SHEETS)
        self.problems = problems
        self.rows: dict[str, Line] = {}  # item -> where it stands

    def wrong(self, sheet: Sheet, line: Line, column: str, code: str, **params: object) -> None:
        self.problems.append(Problem.of(f"xlsform.{code}", **sheet.place(line, column), **params))

    def yes(self, sheet: Sheet, line: Line, column: str) -> bool:
        found = _yes(line.get(column))
        if found is None:
            self.wrong(sheet, line, column, "yes_no", value=line.get(column)[:40])
        return bool(found)

    # -- settings

    def head(self) -> dict[str, str]:
        if not self.settings.lines:
            self.problems.append(Problem.of("xlsform.no_kind", kinds=listed(Kind)))
            return {}
        line = self.settings.lines[0]
        name = line.get("kind") or line.get("form_id")
        if not xlsform.is_kind(name):
            self.wrong(self.settings, line, "kind", "kind", value=name[:40], kinds=listed(Kind))
        for column in ("form_title", "form_title_en"):
            if not line.get(column):
                self.wrong(self.settings, line, column, "empty")
        return {"name": name, "label::zh": line.get("form_title"), "label::en": line.get("form_title_en")}

    # -- choices

    def lists(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, dict[str, int]] = {}
        lists: dict[str, list[dict[str, str]]] = {}
        for line in self.choices.lines:
            name, code = line.get("list_name"), line.get("name")
            if name.endswith("__levels") or self.yes(self.choices, line, GENERATED):
                continue
            for column in ("list_name", "name", "label::zh", "label::en"):
                if not line.get(column):
                    self.wrong(self.choices, line, column, "empty")
            if code and not re.fullmatch(r"[a-z0-9][a-z0-9_]*", code):
                self.wrong(self.choices, line, "name", "choice_name", value=code[:40])
            first = found.setdefault(name, {}).setdefault(code, line.number)
            if first != line.number and code:
                self.wrong(self.choices, line, "name", "twice", value=code, first=first)
            lists.setdefault(name, []).append({column: line.get(column) for column in ("name", "label::zh", "label::en") if line.get(column)})
        return lists

    # -- survey

    def groups(self, lists: Mapping[str, object]) -> list[dict]:
        groups: list[dict] = []
        names: dict[str, int] = {}
        begun: Line | None = None
        for line in self.survey.lines:
            type_, list_name = self._type(line)
            if type_ == "begin_group":
                if begun:
                    self.wrong(self.survey, line, "type", "group_in_group", first=begun.number)
                begun = line
                self._named(line, names)
                groups.append({column: line.get(column) for column in ("name", "label::zh", "label::en") if line.get(column)} | {"items": []})
            elif type_ == "end_group":
                if begun is None:
                    self.wrong(self.survey, line, "type", "end_without_begin")
                begun = None
            elif not self._passed_over(line, type_):
                if begun is None:
                    self.wrong(self.survey, line, "type", "outside")
                self._named(line, names)
                row = self._row(line, type_, list_name, lists)
                if groups:
                    groups[-1]["items"].append(row)
        if begun:
            self.wrong(self.survey, begun, "type", "group_open", name=begun.get("name"))
        return groups

    def _type(self, line: Line) -> tuple[str, str]:
        """Type and choice list of a row."""
        words = re.sub(r"^(select|begin|end) (one|multiple|group)\b", r"\1_\2", line.get("type")).split()
        type_ = words[0].casefold() if words else ""
        return ({"int": "integer", "string": "text"}.get(type_, type_), words[1] if len(words) > 1 else "")

    def _passed_over(self, line: Line, type_: str) -> bool:
        return (line.get("name") in (ORGANIZATION, TODAY) or type_ in METADATA or bool(xlsform.GENERATED_NAME.fullmatch(line.get("name")))
                or self.yes(self.survey, line, GENERATED))

    def _named(self, line: Line, names: dict[str, int]) -> None:
        name = line.get("name")
        if not name:
            self.wrong(self.survey, line, "name", "empty")
        elif not lint.NAME.fullmatch(name):
            self.wrong(self.survey, line, "name", "name", value=name[:40])
        elif names.setdefault(name, line.number) != line.number:
            self.wrong(self.survey, line, "name", "twice", value=name, first=names[name])
        else:
            self.rows[name] = line

    def _row(self, line: Line, type_: str, list_name: str, lists: Mapping[str, object]) -> dict:
        """A row of the survey as a row of a body."""
        row = {column: value for column, value in line.cells.items() if column not in (GENERATED, SYSTEM)}
        row["type"] = "hidden" if self.yes(self.survey, line, SYSTEM) else type_
        if type_ not in forms.TYPES or type_ == "file":
            self.wrong(self.survey, line, "type", "type" if type_ else "empty", value=type_[:40],
                        types=listed(name for name in forms.TYPES if name != "file"))
        if type_ in ("select_one", "select_multiple"):
            self._listed(line, list_name, lists, row)
        for column in ("unsure", "na", "private", "required"):
            row.pop(column, None)
            if self._ticked(line, column):
                row[column] = "yes"
        if any(row.get(column) for column in xlsform.LEVELS_WHEN):
            row.pop("calculation", None)  # written for ODK; the levels' conditions are what counts
        if caps := row.pop("caps", ""):
            row["caps"] = [cap.strip() for cap in caps.splitlines() if cap.strip() not in ("", xlsform.NONE)]
        self._words(line, row)
        return row

    def _listed(self, line: Line, list_name: str, lists: Mapping[str, object], row: dict) -> None:
        if list_name == xlsform.levels_list(line.get("name")) or (not list_name and line.get("level_5::zh")):
            return
        if list_name in lists:
            row["list_name"] = list_name
        else:
            self.wrong(self.survey, line, "type", "list" if list_name else "no_list", value=list_name[:40])

    def _ticked(self, line: Line, column: str) -> bool:
        if column == "required" and f"__{forms.UNSURE_TICK}" in line.get(column):  # xlsform.required_unless
            return True
        return self.yes(self.survey, line, column)

    def _words(self, line: Line, row: Mapping) -> None:
        """Columns whose words are known."""
        for column, words in (("dimension", grading.DIMENSIONS), ("prefill", PREFILLS)):
            if row.get(column) and row[column] not in words:
                self.wrong(self.survey, line, column, "word", value=row[column][:40], words=listed(words))
        if row.get("score") and not POINTS.fullmatch(row["score"]):
            self.wrong(self.survey, line, "score", "score", value=row["score"][:40])
        if any(not cap.rpartition("=>")[1] or cap.rpartition("=>")[2].strip() not in forms.LEVELS for cap in row.get("caps", ())):
            self.wrong(self.survey, line, "caps", "caps", levels=listed(forms.LEVELS))
        asked = row["type"] in forms.ASKED or row.get("dimension")
        for language in xlsform.LANGUAGES if asked else ():
            if not row.get(f"label::{language}"):
                self.wrong(self.survey, line, f"label::{language}", "empty")

    # -- expressions

    def expressions(self, groups: Iterable[Mapping]) -> None:
        """What every expression refers to, and whether it can be read at all."""
        known = {TODAY} | {name for group in groups for row in group["items"] for name in (row.get("name", ""), *_children(row.get("name", "")))}
        for group in groups:
            for row in group["items"]:
                line = self.rows.get(row.get("name", ""))
                sources = [(column, row[column]) for column in EXPRESSIONS if row.get(column)]
                sources += [("caps", cap.rpartition("=>")[0].strip()) for cap in row.get("caps", ()) if "=>" in cap]
                for column, source in sources if line else ():
                    self._expression(line, column, source, known)

    def _expression(self, line: Line, column: str, source: str, known: set[str]) -> None:
        if unknown := sorted(expressions.references(source) - known):
            self.wrong(self.survey, line, column, "reference", names=listed(unknown[:8]))
        if "!=" in QUOTED.sub("", source):
            self.wrong(self.survey, line, column, "unequal")
            return
        try:
            expressions.parsed(source)
        except expressions.ExpressionError:
            self.wrong(self.survey, line, column, "expression", value=source[:80])


def _children(name: str) -> Iterable[str]:
    return (f"{name}__{part}" for part in (forms.WHAT, forms.WHY, forms.UNSURE_TICK, forms.NOTE, forms.FILE))


# ---- the whole


def read(content: bytes) -> Workbook:
    """A questionnaire from a workbook's bytes, linted. Raises Refused with every mistake; those of the linter come when there is no other."""
    lines = tabular.sheets(content, SHEETS)
    problems = [Problem.of("xlsform.sheet_missing", sheet=name) for name in SHEETS if name not in lines]
    if problems:
        raise Refused(problems=tuple(problems))
    sheets = {name: _sheet(name, lines[name], problems) for name in SHEETS}
    if problems:
        raise Refused(problems=tuple(problems))
    reader = _Reader(sheets, problems)
    head, lists = reader.head(), reader.lists()
    groups = reader.groups(lists)
    reader.expressions(groups)
    if problems:
        raise Refused(problems=tuple(sorted(problems, key=_order)))
    used = {row.get("list_name") for group in groups for row in group["items"]} | {"cause"}
    body = {**head, "groups": groups, "choices": {name: rows for name, rows in lists.items() if name in used}}
    try:
        form = forms.parse(body)
        complaints = lint.complaints(form)
    except forms.FormError as error:
        complaints = error.problems
    if complaints:
        raise Refused(problems=tuple(_told(complaint, reader) for complaint in complaints))
    return Workbook(body, form, tuple(f"{name}: {title}" for name in SHEETS for title in sheets[name].ignored))


def _order(problem: Problem) -> tuple[int, int]:
    place = dict(problem.params)
    return SHEETS.index(place.get("sheet", "settings")), int(place.get("row", 0))


def _told(complaint: Problem, reader: _Reader) -> Problem:
    """The linter's complaint, its column called as in the sheet, with the place of the item or section that it is about."""
    params = dict(complaint.params)
    column = params.get("header", "name")
    if "header" in params:
        complaint = Problem.of(complaint.code, **{**params, "header": xlsform.header(column)})
    if line := reader.rows.get(params.get("item", params.get("section", "")).split("__")[0]):
        place = reader.survey.place(line, column if column in reader.survey.letters else "name")
        return Problem.of("xlsform.lint", **place, detail=complaint)
    return Problem.of("xlsform.lint_whole", detail=complaint)
