"""The tables of the CSV bundle: what stands in each column, and which column points to which table.

Codes stand beside their Chinese labels. No table holds telephone numbers, whom to call back about an objection, accounts, logins,
view links or ballot codes; the events leave out those of accounts, logins and links.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from lib.core import phrases
from lib.core.forms import Form, Item
from lib.core.grading import half_up
from lib.core.registers import Register
from lib.exchange.safe_csv import Cell
from lib.store import assessments, cases, records, rounds, whole
from lib.store.db import Database

NEVER = frozenset({"phone", "contact"})
"""Keys of an event's body that stay out of a download."""
PRIVATE_EVENTS = ("session.", "account.", "link.")
DIMENSIONS = ("team", "members", "mechanism", "results", "masses")
MANY = "; "


@dataclass(frozen=True)
class Field:
    """A column. `type` is a Table Schema type; `score` is a number kept as hundredths; `moment` a stored time, written local."""

    name: str
    type: str = "string"
    to: str = ""  # "table" or "table.column" that it points to


@dataclass(frozen=True)
class Sheet:
    """One file of the bundle: its columns, primary key, further keys of several columns, and its rows."""

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    rows: Callable[["Source"], Iterable[Iterable]]
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

    def rule_names(self, codes: str) -> str:
        return MANY.join(self.rules.get(code, code) for code in codes.split())


def label(table: str, code: str | None) -> str:
    """Chinese label of a code; a code that the catalogue lacks stands for itself."""
    if not code:
        return ""
    return phrases.catalogue().get(f"{table}.{code}", {}).get("zh", code)


def points(hundredths: int | None) -> Decimal | None:
    """A score or a rate with its two decimals."""
    return None if hundredths is None else Decimal(int(hundredths)).scaleb(-2)


def _fields(*columns: str) -> tuple[Field, ...]:
    """Columns written `name`, `name:type` or `name:type>table`."""
    fields = []
    for column in columns:
        rest, _, to = column.partition(">")
        name, _, kind = rest.partition(":")
        fields.append(Field(name, kind or "string", to))
    return tuple(fields)


# ---- rows that need more than a query


def _organizations(source: Source) -> Iterator[tuple]:
    for code, name, kind, committee, committee_name, township, township_name, members, secretary, closed_on in source.select("organizations"):
        yield code, name, kind, label("kind", kind), committee, committee_name, township, township_name, members, secretary, closed_on


def _cases(source: Source) -> Iterator[tuple]:
    table = cases.table(source.db, source.round).sort_values("code")
    for row in table.astype(object).where(table.notna(), None).to_dict("records"):
        classes = [part for moment in ("class_start", "class_target", "class_now") for part in (row[moment], label("class", row[moment]))]
        yield (row["code"], row["name"], row["kind"], label("kind", row["kind"]), row["committee"], row["committee_name"], row["township"],
               row["township_name"], row["members"], row["state"], label("state", row["state"]), row["submitted_at"], row["version"], row["late"],
               points(row["self_score"]), row["issued"], row["returned"], row["satisfied"], row["basically_satisfied"],
               points(row["satisfaction"]), points(row["review_score"]), points(row["final_score"]), row["proposed_grade"],
               label("grade", row["proposed_grade"]), row["grade"], label("grade", row["grade"]), row["notice_from"], row["notice_until"],
               row["approved_at"], row["decided_on"], *classes)


def _submissions(source: Source) -> Iterator[tuple]:
    for *head, late, score, team, members, mechanism, results, masses in source.select("submissions"):
        yield *head, bool(late), *map(points, (score, team, members, mechanism, results, masses))


def value_label(item: Item, value: str) -> str:
    """What a stored answer says in Chinese: the labels of its choices, else empty."""
    labels = {choice.name: choice.label.get("zh", choice.name) for choice in item.choices}
    return MANY.join(labels.get(code, code) for code in value.split()) if labels else ""


def _answers(source: Source) -> Iterator[tuple]:
    """Answers of each organization's last submission, in the form's order."""
    rank: dict[str, dict[str, int]] = {}
    submissions = source.select("last_submissions")
    for submission, organization, version in submissions:
        form = source.form(version)
        order = rank.setdefault(version, {name: place for place, name in enumerate(form.items)})
        answers = assessments.submitted_answers(source.db, submission)
        for name, value in sorted(answers.items(), key=lambda answer: order[answer[0]]):
            item = form.items[name]
            yield submission, organization, version, name, form.number_of(name), item.label.get("zh", ""), value, value_label(item, value)


def _findings(source: Source) -> Iterator[tuple]:
    for submission, organization, version, name, hard, what, why in source.select("findings"):
        form = source.form(version)
        item, cause = form.items[name], form.items.get(f"{name}__why")
        yield (submission, organization, version, name, form.number_of(name), item.problem.get("zh", ""), bool(hard), what, why,
               value_label(cause, why) if cause else "")


def _appraisals(source: Source) -> Iterator[tuple]:
    """The paper tally and the online ballots of each organization, and both together."""
    for round_, organization, *counts, at, author in source.select("appraisals"):
        paper, online = counts[:5], counts[5:]
        issued, returned, satisfied, basically, dissatisfied = (a + b for a, b in zip(paper, online, strict=True))
        rate = points(half_up(10000 * (satisfied + basically), returned)) if returned else None
        yield round_, organization, *paper, *online, issued, returned, satisfied, basically, dissatisfied, rate, at, author


def _reviews(source: Source) -> Iterator[tuple]:
    for round_, organization, *scores, found, comment, at, author in source.select("reviews"):
        yield round_, organization, points(sum(scores)), *map(points, scores), found, source.rule_names(found), comment, at, author


def _gradings(source: Source) -> Iterator[tuple]:
    for round_, organization, origin, own, satisfaction, review, final, grade, reasons, *rest in source.select("gradings"):
        yield (round_, organization, origin, label("grading_source", origin), points(own), points(satisfaction), points(review), points(final), grade,
               label("grade", grade), reasons, source.rule_names(reasons), *rest)


def _objections(source: Source) -> Iterator[tuple]:
    for *head, upheld, outcome, handled_at, handled_by in source.select("objections"):
        yield *head, None if upheld is None else bool(upheld), outcome, handled_at, handled_by


def _class_changes(source: Source) -> Iterator[tuple]:
    for id_, round_, organization, moment, value, *rest in source.select("class_changes"):
        yield id_, round_, organization, moment, label("class_moment", moment), value, label("class", value), *rest


def _without(body: object) -> object:
    """An event's body without the keys that stay out of a download."""
    if isinstance(body, dict):
        return {name: _without(value) for name, value in body.items() if name not in NEVER}
    return [_without(value) for value in body] if isinstance(body, list) else body


def _events(source: Source) -> Iterator[tuple]:
    for seq, at, actor, role, kind, subject, body, quiet, digest in source.select("events"):
        if kind.startswith(PRIVATE_EVENTS):
            continue
        shown = json.dumps(_without(json.loads(body)), ensure_ascii=False, sort_keys=True)
        yield seq, at, actor, role, label("role", role), kind, subject, shown, bool(quiet), digest


def _records(source: Source) -> Iterator[tuple]:
    """Records of the registers, struck out ones too; what they say stands in `record_answers`."""
    for head, register, version, round_, organization, committee, state, _, *rest in source.select("records"):
        title = source.register(version).form.label.get("zh", "")
        yield head, register, title, version, round_, organization, committee, state, label("standing_of", state), *rest


def _record_answers(source: Source) -> Iterator[tuple]:
    """Answers of every record, in the register's order, without telephone numbers and the like."""
    for head, register, version, _, organization, committee, _, body, *_ in source.select("records"):
        values = json.loads(body)
        for item in source.register(version).items:
            if item.name in values and not item.private:
                said = records.spoken(source.db, item, values[item.name]) if item.dynamic else value_label(item, values[item.name])
                yield head, register, version, organization, committee, item.name, item.label.get("zh", ""), values[item.name], said


def _ledger(source: Source) -> Iterator[tuple]:
    """Every item of the rectification ledger as it stands."""
    for *head, origin, origin_id, name, problem, measure, responsible, post, leader, due, progress, state, at, author, applied, checked, signed in (
            source.select("ledger")):
        yield (*head, origin, label("source", origin), origin_id, name, problem, measure, responsible, post, leader, due, progress, state,
               label("item_state", state), at, author, applied, checked, signed)


def _ledger_moves(source: Source) -> Iterator[tuple]:
    for item, seq, action, state, *rest, role in source.select("ledger_moves"):
        named = label("ledger_move", action) if action == "raise" else label("action", action)
        yield item, seq, action, named, state, label("item_state", state), *rest, role


def _forms(source: Source) -> Iterator[tuple]:
    for version, name, at in source.select("forms"):
        form = source.form(version)
        yield version, name, form.label.get("zh", ""), form.label.get("en", ""), at


def _form_items(source: Source) -> Iterator[tuple]:
    """The data dictionary of the questions: every item of every published form, in the form's order."""
    for version, name, _ in list(source.select("forms")):
        form = source.form(version)
        for group in form.groups:
            for item in group.items:
                choices = [MANY.join(f"{choice.name}={choice.label.get(language, '')}" for choice in item.choices) for language in phrases.LANGUAGES]
                yield (version, item.name, name, form.number_of(item.name), group.label.get("zh", ""), group.label.get("en", ""), item.parent,
                       item.part, item.type, item.label.get("zh", ""), item.label.get("en", ""), *choices, item.required, item.relevant,
                       item.dimension, points(item.points) if item.scored else None, item.feeds)


ORGANIZATION = "organization>organizations"
ROUND = "round>rounds"
FORM = "form_version>forms"
FORM_ITEM = (("form_version", "item"), "form_items", ("form_version", "item"))
SCORES = ("team_score:score", "members_score:score", "mechanism_score:score", "results_score:score", "masses_score:score")


def _query(name: str) -> Callable[[Source], Iterator[tuple]]:
    return lambda source: source.select(name)


SHEETS: tuple[Sheet, ...] = (
    Sheet("rounds", ("code",), _fields("code", "year:integer", "opened_at:moment", "closed_at:moment"), _query("rounds")),
    Sheet("townships", ("code",), _fields("code", "name", "name_en", "position:integer"), _query("townships")),
    Sheet("committees", ("code",), _fields("code", "name", "township>townships", "township_name"), _query("committees")),
    Sheet("organizations", ("code",), _fields(
        "code", "name", "kind", "kind_label", "committee>committees", "committee_name", "township>townships", "township_name",
        "members:integer", "secretary", "closed_on:date"), _organizations),
    Sheet("cases", ("code",), _fields(
        "code>organizations", "name", "kind", "kind_label", "committee>committees", "committee_name", "township>townships", "township_name",
        "members:integer", "state", "state_label", "submitted_at:moment", "version:integer", "late:boolean", "self_score:score",
        "issued:integer", "returned:integer", "satisfied:integer", "basically_satisfied:integer", "satisfaction:score",
        "review_score:score", "final_score:score", "proposed_grade", "proposed_grade_label", "grade", "grade_label", "notice_from:date",
        "notice_until:date", "approved_at:moment", "decided_on:date", "class_start", "class_start_label", "class_target",
        "class_target_label", "class_now", "class_now_label"), _cases),
    Sheet("submissions", ("id",), _fields(
        "id", ROUND, ORGANIZATION, "version:integer", FORM, "receipt", "submitted_at:moment", "submitted_by", "late:boolean", "score:score",
        *SCORES), _submissions),
    Sheet("answers", ("submission", "item"), _fields(
        "submission>submissions.id", ORGANIZATION, FORM, "item", "number", "item_label", "value", "value_label"), _answers, (FORM_ITEM,)),
    Sheet("findings", ("submission", "item"), _fields(
        "submission>submissions.id", ORGANIZATION, FORM, "item", "number", "problem", "hard:boolean", "what", "why", "why_label"),
        _findings, (FORM_ITEM,)),
    Sheet("remarks", ("id",), _fields(
        "id", ROUND, ORGANIZATION, "item", "text", "version:integer", "at:moment", "author", "reply", "replied_at:moment", "replied_by",
        "settled_at:moment", "settled_by"), _query("remarks")),
    Sheet("appraisals", ("round", "organization"), _fields(
        ROUND, ORGANIZATION,
        *(f"{way}{count}:integer" for way in ("paper_", "online_", "") for count in
          ("issued", "returned", "satisfied", "basically_satisfied", "dissatisfied")),
        "satisfaction:score", "at:moment", "author"), _appraisals),
    Sheet("reviews", ("round", "organization"), _fields(
        ROUND, ORGANIZATION, "review_score:score", *SCORES, "found", "found_label", "comment", "at:moment", "author"), _reviews),
    Sheet("gradings", ("round", "organization"), _fields(
        ROUND, ORGANIZATION, "source", "source_label", "self_score:score", "satisfaction:score", "review_score:score", "final_score:score",
        "grade", "grade_label", "reasons", "reasons_label", "comment", "proposed_at:moment", "proposed_by", "notice_from:date",
        "notice_until:date", "approved_at:moment", "approved_by", "decided_on:date"), _gradings),
    Sheet("objections", ("id",), _fields(
        "id", ROUND, ORGANIZATION, "text", "raised_at:moment", "raised_by", "upheld:boolean", "outcome", "handled_at:moment", "handled_by"),
        _objections),
    Sheet("class_changes", ("id",), _fields(
        "id", ROUND, ORGANIZATION, "moment", "moment_label", "value", "value_label", "decided_on:date", "reason", "seq:integer", "at:moment",
        "author"), _class_changes),
    Sheet("attachments", ("id",), _fields(
        "id", ROUND, ORGANIZATION, "item", "name", "type", "size:integer", "sha256", "at:moment", "author", "removed_at:moment"),
        _query("attachments")),
    Sheet("records", ("id",), _fields(
        "id", "register", "register_label", FORM, ROUND, ORGANIZATION, "committee>committees", "state", "state_label", "created_at:moment",
        "created_by", "changed_at:moment", "changed_by", "decided_at:moment", "decided_by", "decision", "removed_at:moment"), _records),
    Sheet("record_answers", ("record", "item"), _fields(
        "record>records.id", "register", FORM, ORGANIZATION, "committee>committees", "item", "item_label", "value", "value_label"),
        _record_answers, (FORM_ITEM,)),
    Sheet("ledger", ("id",), _fields(
        "id", "ledger_number:integer", ROUND, ORGANIZATION, "source", "source_label", "source_id", "item", "problem", "measure", "responsible",
        "post", "leader>records.id", "due_on:date", "progress:integer", "state", "state_label", "raised_at:moment", "raised_by", "applied_on:date",
        "checked_on:date", "signed_off_on:date"), _ledger),
    Sheet("ledger_moves", ("ledger", "seq"), _fields(
        "ledger>ledger.id", "seq:integer", "move", "move_label", "state", "state_label", "problem", "measure", "responsible", "post",
        "leader>records.id", "due_on:date", "progress:integer", "note", "on_day:date", "at:moment", "author", "role"), _ledger_moves),
    Sheet("evidence", ("id",), _fields(
        "id", ORGANIZATION, "subject", "name", "type", "size:integer", "sha256", "at:moment", "author", "removed_at:moment"), _query("evidence")),
    Sheet("events", ("seq",), _fields(
        "seq:integer", "at:moment", "actor", "role", "role_label", "event", "subject", "body", "quiet:boolean", "hash"), _events),
    Sheet("forms", ("form_version",), _fields("form_version", "form", "label_zh", "label_en", "published_at:moment"), _forms),
    Sheet("form_items", ("form_version", "item"), _fields(
        FORM, "item", "form", "number", "group_zh", "group_en", "parent", "part", "type", "label_zh", "label_en", "choices_zh", "choices_en",
        "required:boolean", "relevant", "dimension", "points:score", "feeds"), _form_items),
)

KEYS: Mapping[str, tuple[str, ...]] = {sheet.name: sheet.key for sheet in SHEETS}


def cells(sheet: Sheet, source: Source, local: Callable[[str], str]) -> Iterator[list[Cell]]:
    """Rows of a table as they are written: moments by `local`, everything else as it is."""
    moments = {place for place, field in enumerate(sheet.fields) if field.type == "moment"}
    for row in sheet.rows(source):
        yield [local(cell) if cell is not None and place in moments else cell for place, cell in enumerate(row)]
