"""Forms as data: composing, reading, and asking one what is visible, missing or a problem (vocabulary: docs/forms.md).

A form is composed from YAML documents into plain data, which is what a store keeps as an immutable version, and parsed
from there into a `Form`. Answers are a mapping of item name to stored text: codes, ISO dates, digits; never labels.
"""

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

import yaml

from lib.core import expressions
from lib.core.expressions import Value
from lib.core.model import Problem
from lib.core.phrases import Unreadable, listed

LANGUAGES = ("zh", "en")
ASKED = ("integer", "decimal", "text", "date", "select_one", "select_multiple", "file")
TYPES = (*ASKED, "calculate", "hidden")
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the one in C, where it was built: ten times as fast at start-up
LEVELS = ("5", "3", "1", "0")
NOT_APPLICABLE = "na"
UNSURE = "unsure"
DYNAMIC = "@"
"""Begins the name of a choice list whose rows are in the store: organizations, committees, or a register's records."""
TEXT_LIMIT = 2000
NUMBER_LIMIT = 10**15
"""Beyond it a number is no answer to anything, and a float no longer counts by ones."""
# what the loader adds under a question: name suffix -> (type, list)
WHAT, WHY, UNSURE_TICK, NOTE, FILE = "what", "why", "unsure", "note", "file"

Text = Mapping[str, str]
Answers = Mapping[str, str | None]


class FormError(Unreadable):
    """A form that cannot be read at all; what is merely wrong in it is the linter's business."""


@dataclass(frozen=True)
class Choice:
    name: str
    label: Text


@dataclass(frozen=True)
class Cap:
    """An answer elsewhere that keeps a scored item at or below a level."""

    when: str
    level: int


@dataclass(frozen=True)
class Item:
    """One row of a form. `part` names what a generated row is for its `parent` (what, why, unsure, note, file)."""

    name: str
    type: str
    group: str
    label: Text
    hint: Text = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    list_name: str = ""
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    message: Text = field(default_factory=dict)
    appearance: str = ""
    calculation: str = ""
    unsure: bool = False
    prefill: str = ""
    feeds: str = ""
    good: str = ""
    bad: str = ""
    problem_when: str = ""
    concern_when: str = ""
    problem: Text = field(default_factory=dict)
    private: bool = False  # a telephone number and the like: never shown by a view link, never in a default download
    dimension: str = ""
    points: int = 0  # hundredths of a point
    levels: Mapping[str, Text] = field(default_factory=dict)
    level_when: Mapping[str, str] = field(default_factory=dict)
    evidence: Text = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    na: bool = False
    parent: str = ""
    part: str = ""

    @property
    def asked(self) -> bool:
        return self.type in ASKED

    @property
    def scored(self) -> bool:
        return bool(self.dimension)

    @property
    def dynamic(self) -> bool:
        """Whether the choices are what the store holds (`@organizations`, `@leaders`): the store checks the code, not the form."""
        return self.list_name.startswith(DYNAMIC)


@dataclass(frozen=True)
class Group:
    name: str
    label: Text
    items: tuple[Item, ...]

    @property
    def questions(self) -> tuple[Item, ...]:
        """The questions themselves, without what the loader adds under them and without what nobody is asked."""
        return tuple(item for item in self.items if item.asked and not item.parent)


@dataclass(frozen=True)
class Finding:
    """An answer that reveals a problem: hard ones draft a ledger item, the others are for the reviewer to decide."""

    item: Item
    hard: bool


@dataclass(frozen=True)
class Gap:
    """What keeps a form from being submitted: `code` is `required`, `constraint` or `type`."""

    item: Item
    code: str


@dataclass(frozen=True)
class Reading:
    """One evaluation of a form: typed values (`[]` where unanswered or not asked) and the names that are visible."""

    values: Mapping[str, Value]
    visible: frozenset[str]


@dataclass(frozen=True)
class Form:
    name: str
    version: str
    label: Text
    groups: tuple[Group, ...]

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {item.name: item for group in self.groups for item in group.items}

    @cached_property
    def children(self) -> Mapping[str, tuple[Item, ...]]:
        """Generated rows by the question they belong to."""
        found: dict[str, list[Item]] = {}
        for item in self.items.values():
            if item.parent:
                found.setdefault(item.parent, []).append(item)
        return {parent: tuple(rows) for parent, rows in found.items()}

    @cached_property
    def scored(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items.values() if item.scored)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Names so that everything an item's relevance or value depends on comes before it. Raises FormError."""
        graph = {}
        for item in self.items.values():
            sources = (item.relevant, item.calculation, *item.level_when.values())
            read = frozenset().union(*(expressions.references(source) for source in sources))
            graph[item.name] = [name for name in self.items if name in read]
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = error.args[1]
            raise FormError(Problem.of("form.circle", item=circle[0], names=" → ".join(circle))) from error

    def number_of(self, name: str) -> str:
        """Printed number of a question ("3.2"), the same on screen, on paper and in remarks; empty for others."""
        return self._numbers.get(self.items[name].parent or name, "")

    @cached_property
    def _numbers(self) -> Mapping[str, str]:
        numbers = {}
        for position, group in enumerate(self.groups, 1):
            shown = [item for item in group.items if not item.parent and (item.asked or item.scored)]
            numbers.update({item.name: f"{position}.{place}" for place, item in enumerate(shown, 1)})
        return numbers


# ---- composing: documents -> plain data


def read_document(text: str) -> dict:
    """One YAML document with every scalar as text (YAML's yes and 5 stay the words that were typed). Raises FormError."""
    try:
        document = yaml.load(text, Loader=LOADER)  # noqa: S506 (a BaseLoader builds only text, lists and mappings)
    except yaml.YAMLError as error:
        raise FormError(Problem.of("form.yaml", detail=" ".join(str(error).split()))) from error
    if not isinstance(document, dict):
        raise FormError(Problem.of("form.mapping"))
    return document


def compose(documents: Mapping[str, dict], name: str, settings: Mapping[str, str], year: int) -> dict:
    """Plain data of one form: what it includes merged in, `${set_…}` resolved to constants, years written out.

    `documents` maps file stems to documents; `settings` the form's own values of the pack's settings. Raises FormError.
    """
    document = documents[name]
    if unknown := [other for other in document.get("include", ()) if other not in documents]:
        raise FormError(Problem.of("form.include", name=name, names=listed(unknown)))
    included = [documents[other] for other in document.get("include", ())]
    library = {row["name"]: row for other in included for row in other.get("items", ())}
    choices = {key: rows for other in (*included, document) for key, rows in (other.get("choices") or {}).items()}
    labels = {group["name"]: group for other in included for group in other.get("groups", ())}
    groups = []
    for group in document.get("groups", ()):
        rows = []
        for row in group.get("items", ()):
            if "use" in row:
                if row["use"] not in library:
                    raise FormError(Problem.of("form.use", name=name, item=row["use"], names=listed(document.get("include", ()))))
                row = {**library[row["use"]], **{key: value for key, value in row.items() if key != "use"}}
            rows.append({key: value for key, value in row.items() if value not in ("", None)})
        groups.append({**{key: value for key, value in labels.get(group["name"], {}).items() if key != "items"},
                       **{key: value for key, value in group.items() if key != "items"}, "items": rows})
    used = {row.get("list_name") for group in groups for row in group["items"]} | {"cause"}
    body = {"name": name, "label::zh": document.get("label::zh", ""), "label::en": document.get("label::en", ""),
            "groups": groups, "choices": {key: rows for key, rows in choices.items() if key in used}}
    if "register" in document:  # core/registers.py reads it
        body["register"] = document["register"]
    text = json.dumps(body, ensure_ascii=False)
    for setting in set(re.findall(r"\$\{set_(\w+)\}", text)):
        if setting not in settings:
            raise FormError(Problem.of("form.setting", name=name, setting=setting))
        text = text.replace(f"${{set_{setting}}}", str(settings[setting]))
    return json.loads(text.replace("{year}", str(year)).replace("{last_year}", str(year - 1)))


def version_of(body: dict) -> str:
    """Name of a published form's version: the same content always has the same one."""
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


# ---- parsing: plain data -> Form


def texts(row: Mapping, column: str) -> dict[str, str]:
    """A row's text of a column by language: `label::zh`, `label::en`."""
    return {language: row[f"{column}::{language}"] for language in LANGUAGES if f"{column}::{language}" in row}


def _caps(row: Mapping) -> tuple[Cap, ...]:
    source = row.get("caps", ())
    lines = source.splitlines() if isinstance(source, str) else source
    caps = []
    for line in lines:
        when, arrow, level = line.rpartition("=>")
        if not arrow or level.strip() not in LEVELS:
            raise FormError(Problem.of("form.cap", item=row["name"], header="caps", value=line, levels=listed(LEVELS)))
        caps.append(Cap(when.strip(), int(level)))
    return tuple(caps)


def _points(row: Mapping) -> int:
    """Full points of a row, in hundredths."""
    try:
        points = float(row.get("score", 0))
    except ValueError:
        points = math.nan
    if not math.isfinite(points):
        raise FormError(Problem.of("form.score", item=row["name"], header="score", value=row["score"]))
    return round(100 * points)


LEVEL_NAMES = {"zh": "{level} 分", "en": "{level} points"}
NOT_APPLICABLE_NAMES = {"zh": "不适用", "en": "Not applicable"}


def _item(row: Mapping, group: str, choices: Mapping[str, tuple[Choice, ...]]) -> Item:
    if "name" not in row:
        raise FormError(Problem.of("form.nameless", section=group))
    if row.get("type") not in TYPES:
        raise FormError(Problem.of("form.type", item=row["name"], header="type", value=row.get("type", ""), types=listed(TYPES)))
    levels = {level: texts(row, f"level_{level}") for level in LEVELS if f"level_{level}::zh" in row}
    options = choices.get(row.get("list_name", ""), ())
    if levels and row["type"] == "select_one":
        options = tuple(Choice(level, {language: f"{LEVEL_NAMES[language].format(level=level)}  {text.get(language, '')}"
                                       for language in LANGUAGES}) for level, text in levels.items())
        if row.get("na") == "yes":
            options = (*options, Choice(NOT_APPLICABLE, NOT_APPLICABLE_NAMES))
    return Item(
        name=row["name"], type=row["type"], group=group, label=texts(row, "label"), hint=texts(row, "hint"),
        choices=options, list_name=row.get("list_name", ""), required=row.get("required") == "yes",
        relevant=row.get("relevant", ""), constraint=row.get("constraint", ""), message=texts(row, "constraint_message"),
        appearance=row.get("appearance", ""), calculation=row.get("calculation", ""), unsure=row.get("unsure") == "yes",
        prefill=row.get("prefill", ""), private=row.get("private") == "yes", feeds=row.get("feeds", ""),
        good=row.get("good", ""), bad=row.get("bad", ""),
        problem_when=row.get("problem_when", ""), concern_when=row.get("concern_when", ""), problem=texts(row, "problem"),
        dimension=row.get("dimension", ""), points=_points(row), levels=levels,
        level_when={level: row[f"level_{level}_when"] for level in LEVELS if f"level_{level}_when" in row},
        evidence=texts(row, "evidence"), caps=_caps(row), na=row.get("na") == "yes",
    )


def _both(*conditions: str) -> str:
    parts = [condition for condition in conditions if condition]
    return " and ".join(f"({part})" for part in parts) if len(parts) > 1 else "".join(parts)


def trouble(item: Item) -> str:
    """Condition under which an item's answer is a problem of either sort, written with its name in place of `.`."""
    parts = [expressions.about(part, item.name) for part in (item.problem_when, item.concern_when) if part]
    return " or ".join(f"({part})" for part in parts)


GENERATED_LABELS = {
    WHAT: {"zh": "具体情况（哪个、几个、从什么时候起）", "en": "What exactly (which, how many, since when)"},
    WHY: {"zh": "主要原因", "en": "Main cause"},
    UNSURE_TICK: {"zh": "说不准，请核实", "en": "Not sure, please verify"},
    NOTE: {"zh": "凭据说明", "en": "Evidence note"},
    FILE: {"zh": "附件（可不传）", "en": "Attachment (optional)"},
}


def _generated(item: Item, choices: Mapping[str, tuple[Choice, ...]]) -> Iterable[Item]:
    def child(part: str, type_: str, **columns) -> Item:
        return Item(name=f"{item.name}__{part}", type=type_, group=item.group, label=GENERATED_LABELS[part],
                    parent=item.name, part=part, **{"relevant": item.relevant, **columns})

    if item.unsure and item.asked:
        yes = (Choice("yes", GENERATED_LABELS[UNSURE_TICK]),)
        yield child(UNSURE_TICK, "select_multiple", choices=yes, list_name="tick")
    if item.problem_when or item.concern_when:
        when = _both(item.relevant, trouble(item))
        yield child(WHAT, "text", required=True, relevant=when)
        yield child(WHY, "select_one", required=True, relevant=when, choices=choices.get("cause", ()), list_name="cause")
    if item.scored and item.asked:
        note_hint = {language: text for language, text in item.evidence.items() if text}
        yield child(NOTE, "text", hint=note_hint, appearance="multiline")
        yield child(FILE, "file")


def parse(body: Mapping) -> Form:
    """A form from its plain data. Raises FormError when its shape is wrong."""
    try:
        choices = {name: tuple(Choice(row["name"], texts(row, "label")) for row in rows)
                   for name, rows in body.get("choices", {}).items()}
        groups = []
        for group in body["groups"]:
            items = []
            for row in group["items"]:
                item = _item(row, group["name"], choices)
                items += [item, *_generated(item, choices)]
            groups.append(Group(group["name"], texts(group, "label"), tuple(items)))
        return Form(body["name"], version_of(body), texts(body, "label"), tuple(groups))
    except FormError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FormError(Problem.of("form.shape", name=body.get("name", "?"), detail=repr(error))) from error


# ---- answers


def decode(item: Item, text: str | None) -> Value | None:
    """Typed value of a stored answer, None when it is missing. Raises ValueError when it is not of the item's type."""
    if text is None or text == "":
        return None
    if item.type in ("integer", "decimal"):
        number = int(text) if item.type == "integer" else float(text)
        if not abs(number) < NUMBER_LIMIT:  # not a number is not below it either
            raise ValueError(text[:40])
        return number
    if item.type == "date":
        return dt.date.fromisoformat(text).isoformat()
    return text


def encode(item: Item, value) -> str | None:
    """Stored text of a widget's or a file's value, None when empty. Raises ValueError when it is not of the item's type.

    The same answer always has the same text, however it was written: １２ is 12, several choices stand once each in their list's order.
    """
    if value is None or value == "" or value == []:
        return None
    if item.type == "select_multiple" and not isinstance(value, str):
        value = " ".join(value)
    if item.type == "date" and isinstance(value, dt.date):
        value = value.isoformat()
    if item.type == "integer" and isinstance(value, float):
        if not value.is_integer():
            raise ValueError(value)
        value = int(value)
    text = "".join(c if c.isprintable() or c in "\n\t" else " " if c.isspace() else "" for c in str(value)).strip()
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"more than {TEXT_LIMIT} characters")
    answer = decode(item, text)
    if answer is None:
        return None
    if item.type == "decimal":
        return f"{answer:.15g}"
    if item.type in ("select_one", "select_multiple"):
        codes = [choice.name for choice in item.choices]
        given = text.split() if item.type == "select_multiple" else [text]
        if item.dynamic:
            return " ".join(given)
        if not set(codes).issuperset(given):
            raise ValueError(text)
        return " ".join(code for code in codes if code in given)
    return str(answer)


def _typed(item: Item, answers: Answers) -> Value:
    try:
        value = decode(item, answers.get(item.name))
    except ValueError:
        value = None
    return [] if value is None else value


def _level(item: Item, values: Mapping[str, Value]) -> Value:
    """Level of a computed scored item: unanswered while nothing that it reads is answered."""
    sources = frozenset().union(*(expressions.references(when) for when in item.level_when.values())) - {"today"}
    if all(values[source] == [] for source in sources):
        return []
    return next((int(level) for level in LEVELS[:-1] if level in item.level_when and expressions.holds(item.level_when[level], values)), 0)


def read(form: Form, answers: Answers, today: dt.date) -> Reading:
    """Evaluate a form: an answer counts only while its question is asked, as in ODK."""
    values: dict[str, Value] = {"today": today.isoformat(), **{name: [] for name in form.items}}
    visible = set()
    for name in form.order:
        item = form.items[name]
        if not expressions.holds(item.relevant, values):
            continue
        visible.add(name)
        if item.level_when:
            values[name] = _level(item, values)
        elif item.type == "calculate":
            computed = expressions.number(item.calculation, values)
            values[name] = [] if computed is None else computed
        else:
            values[name] = _typed(item, answers)
    return Reading(values, frozenset(visible))


def answered(item: Item, form: Form, answers: Answers) -> bool:
    """Whether a question has its answer; a ticked "not sure" is one."""
    tick = f"{item.name}__{UNSURE_TICK}"
    return bool(answers.get(item.name)) or (item.unsure and bool(answers.get(tick)))


def findings(form: Form, reading: Reading) -> tuple[Finding, ...]:
    """Answers that reveal a problem, in the form's order."""
    found = []
    for item in form.items.values():
        if item.name not in reading.visible or not (item.problem_when or item.concern_when):
            continue
        value = reading.values[item.name]
        if value == []:
            continue
        if item.problem_when and expressions.holds(item.problem_when, reading.values, value):
            found.append(Finding(item, hard=True))
        elif item.concern_when and expressions.holds(item.concern_when, reading.values, value):
            found.append(Finding(item, hard=False))
    return tuple(found)


def unsure(form: Form, reading: Reading) -> tuple[Item, ...]:
    """Questions answered with "not sure": the reviewer's list of what to verify."""
    return tuple(item for item in form.items.values() if item.name in reading.visible and not item.parent and (
        reading.values[item.name] == UNSURE or reading.values.get(f"{item.name}__{UNSURE_TICK}", []) != []))


def gaps(form: Form, answers: Answers, reading: Reading) -> tuple[Gap, ...]:
    """Everything that keeps the form from being submitted, in the form's order."""
    found = []
    for item in form.items.values():
        if item.name not in reading.visible or not item.asked:
            continue
        stored = answers.get(item.name)
        if stored and item.type != "file":
            try:
                encode(item, stored)
            except ValueError:
                found.append(Gap(item, "type"))
                continue
        value = reading.values[item.name]
        if value == []:
            needs_reason = item.part == NOTE and answers.get(item.parent) == NOT_APPLICABLE
            if (item.required or needs_reason) and not answered(item, form, answers):
                found.append(Gap(item, "required"))
        elif item.constraint and not expressions.holds(item.constraint, reading.values, value):
            found.append(Gap(item, "constraint"))
    return tuple(found)


def progress(group: Group, form: Form, answers: Answers, reading: Reading) -> tuple[int, int]:
    """Answered and asked questions of a section at this moment."""
    asked = [item for item in group.questions if item.name in reading.visible]
    return sum(answered(item, form, answers) for item in asked), len(asked)


def relevant_answers(form: Form, answers: Answers, reading: Reading) -> dict[str, str]:
    """What a submission keeps: the answers whose questions are asked, and what was computed."""
    kept = {}
    for item in form.items.values():
        if item.name not in reading.visible:
            continue
        if item.type == "calculate":
            value = reading.values[item.name]
            if value != []:
                kept[item.name] = f"{value:g}"
        elif answers.get(item.name):
            kept[item.name] = answers[item.name]
    return kept


def kept_values(form: Form, kept: Mapping[str, str]) -> dict[str, Value]:
    """Typed values of what a submission keeps, as `read` gave them on its day; what was not answered or not asked is left out."""
    return {name: float(text) if form.items[name].type == "calculate" else decode(form.items[name], text) for name, text in kept.items()}


def example(form: Form, which: str, today: dt.date) -> dict[str, str]:
    """Answers made of every item's `good` or `bad` example; scored items get the highest or the lowest level."""
    answers = {}
    for item in form.items.values():
        if item.part in (WHAT, NOTE):
            answers[item.name] = item.label["zh"]
        elif item.part == WHY and item.choices:
            answers[item.name] = item.choices[0].name
        elif item.scored and item.asked:
            answers[item.name] = LEVELS[0] if which == "good" else LEVELS[-1]
        elif text := getattr(item, which):
            if item.type == "date" and re.fullmatch(r"[+-]?\d+d", text):
                text = (today + dt.timedelta(days=int(text[:-1]))).isoformat()
            answers[item.name] = text
    return answers
