"""A questionnaire as XLSForm (https://xlsform.org): a workbook that staff edit in WPS or Excel and that ODK and KoboToolbox open as a form.

Sheets `survey`, `choices`, `settings`, with XLSForm's columns and ours (docs/forms.md), which ODK ignores. What the loader adds under a
question, the levels of a scored item, the day and the organization's code are written out too, since ODK has no loader: those rows are
marked in the column `generated`, and reading passes over them. `xlsform_reader.read` gives back the very body that was written.
"""

import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping

import xlsxwriter

from lib.core import forms, grading
from lib.core.forms import Form, Item
from lib.core.model import Kind, Problem
from lib.core.phrases import listed, text

LANGUAGES = {"zh": "中文 (zh)", "en": "English (en)"}
"""What ODK and KoboToolbox call a language; the code in brackets is what they go by."""
ORGANIZATION, TODAY = "organization_code", "today"
"""Rows at the top of every form: whom the answers are of, and the day of filling in, which expressions call ${today}."""
GENERATED, SYSTEM = "generated", "system"
"""Our columns that no body has: rows that reading passes over, and values of the system that ODK asks all the same (a question hangs on them)."""
TRANSLATED = ("label", "hint", "constraint_message", "evidence", "problem", *(f"level_{level}" for level in forms.LEVELS))
LEVELS_WHEN = tuple(f"level_{level}_when" for level in forms.LEVELS[:-1])
SURVEY = ("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "calculation", "appearance",
          "unsure", "prefill", SYSTEM, "dimension", "score", "na", *(f"level_{level}" for level in forms.LEVELS), *LEVELS_WHEN, "caps", "evidence",
          "problem_when", "concern_when", "problem", "feeds", "good", "bad", "private", GENERATED)
CHOICES = ("list_name", "name", "label", GENERATED)
SETTINGS = ("form_title", "form_title_en", "form_id", "kind", "version", "default_language")
EXPLAINED = ("unsure", "prefill", SYSTEM, "dimension", "score", "na", "level_5", "level_5_when", "caps", "evidence", "problem_when", "concern_when",
             "problem", "feeds", "good", "bad", "private", GENERATED)
"""Columns whose head has a comment: those that XLSForm does not have."""
YES_NO = ("unsure", "na", "private", SYSTEM, GENERATED)
NONE = "-"
"""In `caps`: no cap, said expressly (a question of the common file used without its caps)."""
MADE = dt.datetime(2012, 1, 1)  # the same form always has the same bytes
ROWS = 400
"""Rows that offer words to choose from."""
WIDTHS = {"type": 24, "name": 26, "label": 44, "hint": 30, "constraint": 26, "relevant": 26, "problem_when": 26, "concern_when": 26, "caps": 40,
          "form_title": 28, "form_title_en": 40, "list_name": 26}


def columns(names: Iterable[str]) -> tuple[str, ...]:
    """Columns as a body's rows have them: a translated one for each language (`label::zh`)."""
    return tuple(column for name in names
                 for column in ((f"{name}::{language}" for language in LANGUAGES) if name in TRANSLATED else (name,)))


def header(column: str) -> str:
    """A column's header in the sheet: `label::中文 (zh)`."""
    name, _, language = column.partition("::")
    return f"{name}::{LANGUAGES[language]}" if language else column


def levels_list(name: str) -> str:
    """The choice list that a scored question has in ODK."""
    return f"{name}__levels"


def label(form: Form, item: Item, language: str) -> str:
    """What ODK calls a question: generated ones are told apart by the number, or the problem, of the question that they belong to."""
    if not item.parent:
        return item.label[language]
    return f"{form.number_of(item.name) or form.items[item.parent].problem.get(language, '')} {item.label[language]}"


# ---- rows


def _labels(words: Mapping[str, str], column: str = "label") -> dict[str, str]:
    return {f"{column}::{language}": words[language] for language in LANGUAGES if words.get(language)}


def _phrase(code: str, column: str = "label") -> dict[str, str]:
    return _labels({language: text(code, language) for language in LANGUAGES}, column)


def _head() -> list[dict[str, str]]:
    """The day, and whom the answers are of."""
    code = {"type": "text", "name": ORGANIZATION, **_phrase("xlsform.organization_code"), **_phrase("xlsform.organization_hint", "hint"),
            "required": "yes", "constraint": "regex(., '[0-9A-Za-z][0-9A-Za-z_.-]*')",
            **_phrase("xlsform.organization_message", "constraint_message")}
    return [{"type": "today", "name": TODAY, GENERATED: "yes"}, {**code, GENERATED: "yes"}]


def required_unless(name: str) -> str:
    """An answer is required until the tick "not sure" beside it stands."""
    return f"not(selected(${{{name}__{forms.UNSURE_TICK}}}, 'yes'))"


def _computed(row: Mapping[str, str]) -> str:
    """A computed score as one calculation: the first level whose condition holds."""
    source = forms.LEVELS[-1]
    for level in reversed(forms.LEVELS[:-1]):
        if when := row.get(f"level_{level}_when"):
            source = f"if({when}, {level}, {source})"
    return source


def _question(form: Form, item: Item, row: Mapping, decisive: frozenset[str]) -> dict[str, str]:
    """A row of a body as a row of the sheet. `decisive` are the names that other questions hang on."""
    cells = {column: "\n".join(value or (NONE,)) if column == "caps" and not isinstance(value, str) else value
             for column, value in row.items() if column != "list_name"}
    if item.type == "hidden" and (item.list_name or item.name in decisive):
        cells[SYSTEM] = "yes"
        cells["type"] = "select_one" if item.list_name else "integer" if item.good.isdigit() else "text"
    if list_name := item.list_name or (levels_list(item.name) if item.choices else ""):
        cells["type"] = f"{cells['type']} {list_name}"
    if item.required and item.unsure and item.asked:
        cells["required"] = required_unless(item.name)
    if item.level_when:
        cells["calculation"] = _computed(row)
    return cells


def _child(form: Form, child: Item) -> dict[str, str]:
    """A generated row in ODK's words."""
    parent = form.items[child.parent]
    lists = {forms.UNSURE_TICK: levels_list(forms.UNSURE_TICK), forms.WHY: child.list_name}
    type_ = f"{child.type} {lists[child.part]}" if child.part in lists else child.type
    required = "yes" if child.required else f"${{{parent.name}}} = '{forms.NOT_APPLICABLE}'" if child.part == forms.NOTE and parent.na else ""
    cells = {"type": type_, "name": child.name, **_labels({language: label(form, child, language) for language in LANGUAGES}),
             **_labels(child.hint, "hint"), "required": required, "relevant": child.relevant, "appearance": child.appearance, GENERATED: "yes"}
    return {column: value for column, value in cells.items() if value}


def _survey(form: Form, body: Mapping) -> list[dict[str, str]]:
    decisive = frozenset().union(*(forms.expressions.references(item.relevant) for item in form.items.values()))
    rows = _head()
    for group in body["groups"]:
        rows.append({"type": "begin_group", **{column: value for column, value in group.items() if column != "items"}})
        for row in group["items"]:
            rows.append(_question(form, form.items[row["name"]], row, decisive))
            rows += [_child(form, child) for child in form.children.get(row["name"], ())]
        rows.append({"type": "end_group", "name": group["name"]})
    return rows


def _choices(form: Form, body: Mapping) -> list[dict[str, str]]:
    rows = [{"list_name": name, **row} for name, listed in body["choices"].items() for row in listed]
    lists = {levels_list(item.name): item.choices for item in form.items.values() if item.scored and item.asked and not item.list_name}
    ticks = [item for item in form.items.values() if item.part == forms.UNSURE_TICK]
    if ticks:
        lists[levels_list(forms.UNSURE_TICK)] = ticks[0].choices
    return rows + [{"list_name": name, "name": choice.name, **_labels(choice.label), GENERATED: "yes"}
                   for name, listed in lists.items() for choice in listed]


def _settings(form: Form) -> dict[str, str]:
    return {"form_title": form.label["zh"], "form_title_en": form.label["en"], "form_id": form.name, "kind": form.name, "version": form.version,
            "default_language": LANGUAGES["zh"]}


# ---- the workbook


WORDS = {
    "type": (*(type_ for type_ in forms.ASKED if type_ not in ("file", "select_one", "select_multiple")), "select_one yes_no", "calculate", "hidden",
             "begin_group", "end_group"),
    "required": ("yes",), "appearance": ("horizontal", "multiline"), "prefill": ("registry", "last", "system"), "dimension": grading.DIMENSIONS,
    **dict.fromkeys(YES_NO, ("yes",)),
}
"""Words that a column offers; others may be typed."""


def _sheet(book: xlsxwriter.Workbook, name: str, names: tuple[str, ...], rows: list[dict[str, str]], language: str) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bg_color": "#F2EEE6", "border": 1, "num_format": "@"})
    written, generated, group = (book.add_format({"num_format": "@", "valign": "top", **more}) for more in (
        {}, {"font_color": "#767676", "italic": True}, {"bold": True, "bg_color": "#F7F3EA"}))
    for position, column in enumerate(columns(names)):
        base = column.partition("::")[0]
        sheet.write_string(0, position, header(column), head)
        sheet.set_column(position, position, WIDTHS.get(base, 16), written)
        if base in EXPLAINED and not column.endswith("::en"):
            sheet.write_comment(0, position, text(f"xlsform.note.{base}", language), {"author": "", "x_scale": 2})
        if base in WORDS and name == "survey":
            sheet.data_validation(1, position, ROWS, position, {"validate": "list", "source": list(WORDS[base]), "error_type": "information"})
        for number, row in enumerate(rows, 1):
            if value := row.get(column):
                style = generated if row.get(GENERATED) else group if row.get("type") == "begin_group" else written
                sheet.write_string(number, position, value, style)
    sheet.freeze_panes(1, 2)


def write(body: Mapping, language: str = "zh") -> bytes:
    """A questionnaire's plain data as a workbook; comments at the heads of our columns are in `language`. Raises FormError."""
    form = forms.parse(body)
    survey, choices, settings = _survey(form, body), _choices(form, body), [_settings(form)]
    if unknown := {column for row in survey for column in row} - {*columns(SURVEY)}:
        raise forms.FormError(Problem.of("form.columns", name=form.name, names=listed(sorted(unknown))))
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        book.set_properties({"created": MADE, "title": form.label[language]})
        _sheet(book, "survey", SURVEY, survey, language)
        _sheet(book, "choices", CHOICES, choices, language)
        _sheet(book, "settings", SETTINGS, settings, language)
    return file.getvalue()


def file_name(form: Form) -> str:
    """What a download is called: kind and version."""
    return f"{form.name}-{form.version}.xlsx"


def is_kind(name: str) -> bool:
    """Whether a form's name is a kind's: a questionnaire."""
    return name in set(Kind)


GENERATED_NAME = re.compile(rf"([a-z][a-z0-9_]*)__({'|'.join((forms.WHAT, forms.WHY, forms.UNSURE_TICK, forms.NOTE, forms.FILE, 'levels'))})")
