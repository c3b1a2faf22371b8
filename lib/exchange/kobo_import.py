"""Submissions exported by KoboToolbox (CSV with , or ;, or XLSX) as answers to a questionnaire: all rows, or none.

Understood are exports with "XML values and headers" (`setup/members_full`, codes) and with labels of either language, groups in the headers
or not, several choices in one column, in a column each (`reviews_done/peers`, 1 or 0) or both. What Kobo adds (`_id`, `_submission_time`,
…) is passed over, and so are computed answers, the system's own, and files. An empty cell leaves what stands.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lib.core import access, forms, workflow
from lib.core.access import Action
from lib.core.forms import Form, Item
from lib.core.model import Actor, Problem, Refused
from lib.core.model import Words as Text
from lib.core.phrases import LANGUAGES, listed, text
from lib.exchange import tabular, xlsform
from lib.exchange.cells import Checker, Words
from lib.exchange.tabular import Row, Table
from lib.exchange.xlsform_reader import METADATA, QUOTES
from lib.store import assessments, organizations, questionnaires, rounds
from lib.store.assessments import Answer, Draft
from lib.store.db import Database, command

COLUMN_LIMIT = 1000
"""A form with its notes, files and a column for every choice is wider than any other table."""
CODE_HEADERS = ("编码", "组织编码", "组织代码")
SEPARATORS = ("/", ".", ":")
"""Between a group and its question, as chosen for an export."""
ADDED_BY_KOBO = ("_", "meta/", "formhub/")
CHOSEN, NOT_CHOSEN = frozenset({"1", "true", "yes", "是"}), frozenset({"0", "false", "no", "否", ""})


@dataclass(frozen=True)
class Answers:
    """One organization's answers that differ from its draft, as stored."""

    code: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """What an import would do: answers to keep, how many organizations are begun by it or changed, and whose assessment to hand in."""

    answers: tuple[Answers, ...]
    submits: tuple[str, ...]
    added: int
    changed: int
    unchanged: int
    warnings: tuple[Problem, ...]


# ---- reading


def _forms(db: Database, kind: str) -> list[Form]:
    """The versions that answers may be of: the current one, and those that assessments were begun with."""
    if kind not in questionnaires.versions(db):
        questionnaires.current_body(db, kind)  # refuses it in words
    return [rounds.form(db, each.version) for each in questionnaires.versions(db)[kind] if each.current or each.assessments]


def _spellings(words: Iterable[str]) -> set[str]:
    """Words, and what becomes of their quotation marks in ODK."""
    return {spelling for word in words if word for spelling in (word, word.translate(QUOTES))}


def _headers(form: Form, item: Item) -> set[str]:
    """Every header that an export may give a question."""
    group = next(group for group in form.groups if group.name == item.group)
    found = {item.name, *(f"{group.name}{separator}{item.name}" for separator in SEPARATORS)}
    for language in LANGUAGES:
        words = xlsform.label(form, item, language) if item.label.get(language) else ""
        found |= {words, *(f"{group.label.get(language, '')}{separator}{words}" for separator in SEPARATORS)} if words else set()
    return _spellings(found)


def _columns(listed: Iterable[Form]) -> dict[str, tuple[str, ...]]:
    """Columns of an export → their headers; a header that could be two questions' is nobody's."""
    columns: dict[str, set[str]] = {"code": {xlsform.ORGANIZATION, *CODE_HEADERS, *(text("xlsform.organization_code", each) for each in LANGUAGES)}}
    for form in listed:
        for item in form.items.values():
            headers = columns.setdefault(item.name, set())
            headers |= _headers(form, item)
            if item.type == "select_multiple":
                for choice in item.choices:
                    names = _spellings((choice.name, *choice.label.values()))
                    columns.setdefault(f"{item.name}/{choice.name}", set()).update(
                        f"{header}{separator}{name}" for header in headers for name in names for separator in SEPARATORS)
    meanings: dict[str, set[str]] = {}
    for column, headers in columns.items():
        for header in headers:
            meanings.setdefault(tabular.key(header), set()).add(column)
    return {column: tuple(sorted(header for header in headers if len(meanings[tabular.key(header)]) == 1 or header == column))
            for column, headers in columns.items()}


def read(db: Database, kind: str, content: bytes) -> Table:
    """The table of an export of one questionnaire. Raises Refused."""
    table = tabular.read(content, _columns(_forms(db, kind)), ("code",), COLUMN_LIMIT)
    asked = {column for column in table.letters if column != "code"}
    if not asked:
        raise Refused("kobo.no_questions")
    return replace(table, ignored=tuple(title for title in table.ignored if not title.startswith(ADDED_BY_KOBO) and title not in METADATA))


# ---- answers


class _Cells:
    """The cells of one table as answers, with complaints by row and column."""

    def __init__(self, check: Checker):
        self.check = check
        self._words: dict[int, Words] = {}

    def words(self, item: Item) -> Words:
        words = self._words.get(id(item))  # published forms stay in memory: an item is one object
        if words is None:
            spellings = [(word, choice.name) for choice in item.choices for word in _spellings((choice.name, *choice.label.values()))]
            words = self._words[id(item)] = Words(spellings, {choice.name: choice.label["zh"] for choice in item.choices})
        return words

    def answers(self, row: Row, form: Form) -> dict[str, str]:
        found = {}
        for item in form.items.values():
            if item.asked and item.type != "file" and (answer := self._answer(row, item)):
                found[item.name] = answer
        return found

    def _answer(self, row: Row, item: Item) -> str | None:
        """An answer as it is stored; None for an empty cell, and for one that is complained of."""
        given = row.cells.get(item.name, "")
        if item.type == "select_multiple":
            return self._several(row, item, given)
        if not given:
            return None
        if item.type == "select_one":
            return self.check.chosen(row, item.name, self.words(item))
        if item.type == "date":
            day = self.check.date(row, item.name, dt.date.max)  # the form's own constraint judges it
            return day and day.isoformat()
        if item.type in ("integer", "decimal"):
            if tabular.lost_digits(given):
                self.check.refuse(row, item.name, "cell.lost_digits", value=given[:40])
                return None
            given = tabular.digits(given)
        try:
            return forms.encode(item, given)
        except (ValueError, OverflowError):
            if item.type == "text":
                self.check.refuse(row, item.name, "cell.too_long", limit=forms.TEXT_LIMIT)
            else:
                self.check.refuse(row, item.name, "kobo.number", value=given[:40])
            return None

    def _several(self, row: Row, item: Item, given: str) -> str | None:
        """Several choices: from their one column, else from the column of each."""
        if given:
            codes = _split(given, {tabular.key(word): choice.name for choice in item.choices
                                   for word in _spellings((choice.name, *choice.label.values()))})
            if codes is None:
                self.check.refuse(row, item.name, "cell.no_such", value=given[:40])
                return None
            return forms.encode(item, codes)
        codes = []
        for choice in item.choices:
            column = f"{item.name}/{choice.name}"
            tick = tabular.digits(row.cells.get(column, "")).casefold()
            if tick in CHOSEN:
                codes.append(choice.name)
            elif tick not in NOT_CHOSEN:
                self.check.refuse(row, column, "kobo.tick", value=tick[:40])
        return forms.encode(item, codes)


def _split(given: str, words: Mapping[str, str]) -> list[str] | None:
    """Codes of choices written one after the other; labels have blanks in themselves, so that the longest that fits comes first."""
    rest = tabular.key(given).lstrip(",;、，；|")
    if not rest:
        return []
    for word in sorted(words, key=len, reverse=True):
        if rest.startswith(word) and (others := _split(rest[len(word):], words)) is not None:
            return [words[word], *others]
    return None


# ---- the import


def plan(db: Database, actor: Actor, kind: str, table: Table, today: dt.date, *, submit: bool = False) -> Plan:
    """What importing an export would do; nothing is written. What keeps an assessment from being handed in is refused where it is to be
    (`submit`), and else a warning, as on the page. Raises Refused with every problem of every row."""
    access.require(actor, Action.FILL)
    check, seen, found, submits = Checker(table), {}, [], []
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    cells, known = _Cells(check), {row.code.casefold(): row for row in organizations.every(db, actor)}
    for row in table.rows:
        code = check.code(row)
        organization = code and known.get(code.casefold())
        if not code or organization is None:
            if code:
                check.refuse(row, "code", "cell.unknown_code", value=code)
            continue
        if seen.setdefault(organization.code, row.number) != row.number:
            check.refuse(row, "code", "cell.twice", value=code, first=seen[organization.code])
        if organization.kind != kind:
            check.refuse(row, "code", "kobo.other_kind", name=organization.name, kind=organization.kind)
            continue
        draft = _begun(db, assessments.draft(db, organization.code))
        _other_version(check, row, draft.form)
        given = cells.answers(row, draft.form)
        texts = {name: answer for name, answer in given.items() if draft.answers.get(name) != answer}
        filling = workflow.possible(draft.state, Action.FILL)
        if texts and not filling:
            check.refuse(row, "code", "kobo.handed_in", name=organization.name, state=draft.state.value)
            continue
        if filling:
            _gaps(check, row, draft, given, today, submit=submit)
            submits += [organization.code] if submit else []
        if texts:
            found.append(Answers(organization.code, texts))
        counts["unchanged" if not texts else "changed" if draft.saved_at else "added"] += 1
    if check.problems:
        raise Refused(problems=tuple(check.problems))
    return Plan(tuple(found), tuple(submits), **counts, warnings=tuple(check.warnings))


def _begun(db: Database, draft: Draft) -> Draft:
    """A draft as it is once it is begun, with what is known beforehand."""
    if draft.rows:
        return draft
    known = assessments.prefilled(db, draft)
    return replace(draft, rows={name: Answer(answer, origin, 0, "", "") for name, (answer, origin) in known.items()})


def _other_version(check: Checker, row: Row, form: Form) -> None:
    """Questions of the file that the assessment, begun with another version, does not ask."""
    others = [column for column in check.table.letters
              if column != "code" and "/" not in column and column not in form.items and row.cells.get(column)]
    if others:
        check.warn(row, others[0], "kobo.other_version", names=listed(others[:20]), version=form.version)


def _gaps(check: Checker, row: Row, draft: Draft, given: Mapping[str, str], today: dt.date, *, submit: bool) -> None:
    """What the page would complain of on submission."""
    answers = {**draft.answers, **given}
    tell = check.refuse if submit else check.warn
    for gap in forms.gaps(draft.form, answers, forms.read(draft.form, answers, today)):
        item = gap.item
        label = Text(*(xlsform.label(draft.form, item, language) for language in LANGUAGES))
        if gap.code == "constraint":
            tell(row, item.name, "kobo.constraint", label=label, message=Text(*(item.message.get(language, "") for language in LANGUAGES)))
        else:
            tell(row, item.name, "kobo.required", label=label)


def import_table(db: Database, actor: Actor, kind: str, table: Table, at: str, *, submit: bool = False) -> Plan:
    """Keep an export's answers, and with `submit` hand the assessments in: all of it or nothing. Raises Refused with every problem."""
    with command(db):
        today = rounds.local(db, at).date()
        work = plan(db, actor, kind, table, today, submit=submit)
        for each in work.answers:
            assessments.save_answers(db, actor, each.code, each.texts, at)
        for code in work.submits:
            assessments.submit(db, actor, code, assessments.draft(db, code).seq, at, today)
    return work
