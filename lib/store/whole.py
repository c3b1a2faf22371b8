"""Whole tables, for a download of everything: each a query over a frozen copy, in an order that stays the same.

SQLite itself writes a row as a line of CSV (`lines`), since a row taken apart and put together again in Python costs three times as much.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from lib.store import cases, rounds
from lib.store.db import Database
from lib.store.migrations import migrations

HOURS = 10_000
"""Hours remembered: a year's."""
BATCH = 500
"""Rows fetched at a time."""
PRIVATE = ("session", "account", "link")
"""Kinds of events that stay out of a download."""


@dataclass(frozen=True)
class Query:
    """A select by its parts: columns, what comes from `from` on, and what comes before."""

    columns: str
    rest: str
    before: str = ""

    @property
    def sql(self) -> str:
        return f"{self.before} select {self.columns} {self.rest}"

    @property
    def each(self) -> list[str]:
        """The columns one by one, each to be put into any expression."""
        found, depth = [""], 0
        for character in self.columns:
            depth += (character == "(") - (character == ")")
            if character == "," and not depth:
                found.append("")
            else:
                found[-1] += character
        return [f"({column.strip()})" for column in found]


QUERIES = {
    "cases": Query(
        """code, name, kind, committee, committee_name, township, township_name, members, state, submitted_at, version, late, self_score,
           issued, returned, satisfied, basically_satisfied,
           coalesce(satisfaction, case when returned > 0 then (20000 * (satisfied + basically_satisfied) + returned) / (2 * returned) end),
           review_score, final_score, proposed_grade, grade, notice_from, notice_until, approved_at, decided_on, class_start, class_target,
           class_now,
           cast(coalesce((select a.value from submissions s join submitted_answers a on a.submission = s.id and a.name = 'windows'
                          where s.round = :round and s.organization = every.code and s.version = every.version),
                         (select f.value from registry_facts f where f.organization = every.code and f.name = 'windows')) as integer)""",
        "from every order by code",
        f"with every as ({cases.SQL})"),
    "organizations": Query(
        "o.code, o.name, o.kind, o.committee, c.name, o.township, t.name, o.members, o.secretary, o.closed_on",
        "from organizations o join committees c on c.code = o.committee left join townships t on t.code = o.township order by o.code"),
    "submissions": Query(
        """id, round, organization, version, form_version, receipt, submitted_at, submitted_by, late, score, team, members, mechanism,
           results, masses""",
        "from submissions order by round, organization, version"),
    "last_submissions": Query(
        "s.id, s.organization, s.form_version",
        """from submissions s
           where s.version = (select max(l.version) from submissions l where l.round = s.round and l.organization = s.organization)
           order by s.round, s.organization"""),
    "findings": Query(
        "f.submission, s.organization, s.form_version, f.name, f.hard, f.what, f.why",
        "from findings f join submissions s on s.id = f.submission order by s.round, s.organization, s.version, f.name"),
    "appraisals": Query(
        """round, organization, i, r, s, b, d, oi, orr, os, ob, od, i + oi, r + orr, s + os, b + ob, d + od,
           case when r + orr > 0 then (20000 * (s + os + b + ob) + r + orr) / (2 * (r + orr)) end, at, author""",
        "from both_ways order by round, organization",
        """with pairs as (select round, organization from tallies union select round, organization from ballots
           union select round, organization from ballot_codes),
           online as (select round, organization, sum(count) returned,
           sum(case when opinion = 'satisfied' then count else 0 end) satisfied,
           sum(case when opinion = 'basically_satisfied' then count else 0 end) basically_satisfied,
           sum(case when opinion = 'dissatisfied' then count else 0 end) dissatisfied
           from ballots group by round, organization),
           codes as (select round, organization, count(*) issued from ballot_codes where withdrawn = 0 group by round, organization),
           both_ways as (
           select p.round, p.organization, coalesce(y.issued, 0) i, coalesce(y.returned, 0) r, coalesce(y.satisfied, 0) s,
           coalesce(y.basically_satisfied, 0) b, coalesce(y.dissatisfied, 0) d, coalesce(c.issued, 0) oi, coalesce(n.returned, 0) orr,
           coalesce(n.satisfied, 0) os, coalesce(n.basically_satisfied, 0) ob, coalesce(n.dissatisfied, 0) od, y.at, y.author
           from pairs p left join tallies y on y.round = p.round and y.organization = p.organization
           left join online n on n.round = p.round and n.organization = p.organization
           left join codes c on c.round = p.round and c.organization = p.organization)"""),
    "reviews": Query(
        """round, organization, team + members + mechanism + results + masses, team, members, mechanism, results, masses, found, comment,
           at, author""",
        "from reviews order by round, organization"),
    "gradings": Query(
        """round, organization, source, self_score, satisfaction, review_score, final_score, grade, reasons, comment, proposed_at,
           proposed_by, notice_from, notice_until, approved_at, approved_by, decided_on""",
        "from gradings order by round, organization"),
    "objections": Query(
        "id, round, organization, text, raised_at, raised_by, upheld, outcome, handled_at, handled_by",
        "from objections order by raised_at, id"),
    "class_changes": Query(
        "id, round, organization, moment, value, decided_on, reason, seq, at, author",
        "from class_changes order by seq"),
    "events": Query(
        "seq, at, actor, role, kind, subject, body, quiet, hash",
        f"from events where substr(kind, 1, instr(kind, '.') - 1) not in {PRIVATE} order by seq"),
    "forms": Query(
        "version, name, published_at",
        "from form_versions order by name, published_at, version"),
    "rounds": Query(
        "code, year, opened_at, closed_at",
        "from rounds order by code"),
    "townships": Query(
        "code, name, name_en, position",
        "from townships order by position"),
    "committees": Query(
        "c.code, c.name, c.township, t.name",
        "from committees c left join townships t on t.code = c.township order by c.township is null, c.code"),
    "records": Query(
        """id, register, version, round, organization, committee, state, created_at, created_by, changed_at, changed_by, decided_at,
           decided_by, decision, removed_at""",
        "from records order by id"),
    "record_bodies": Query(
        "id, register, version, organization, committee, body",
        "from records order by id"),
    "ledger": Query(
        """i.id, i.number, i.round, i.organization, i.source, i.source_id, i.name, m.problem, m.measure, m.responsible, m.post,
           nullif(m.leader, ''), m.due_on, m.progress, m.state, i.raised_at, i.raised_by,
           case when m.state in ('applied', 'checked', 'signed_off') then a.on_day end,
           case when m.state in ('checked', 'signed_off') then k.on_day end, case when m.state = 'signed_off' then s.on_day end""",
        """from ledger_items i join last l on l.item = i.id join ledger_moves m on m.item = i.id and m.seq = l.seq
           left join ledger_moves a on a.item = i.id and a.seq = l.applied left join ledger_moves k on k.item = i.id and k.seq = l.checked
           left join ledger_moves s on s.item = i.id and s.seq = l.signed order by i.id""",
        """with last as (select item, max(seq) seq,
           max(case when action = 'apply_sign_off' then seq end) applied, max(case when action = 'check_item' then seq end) checked,
           max(case when action = 'sign_off' then seq end) signed from ledger_moves group by item)"""),
    "ledger_moves": Query(
        """item, seq, action, state, problem, measure, responsible, post, nullif(leader, ''), due_on, progress, note, on_day, at, author,
           role""",
        "from ledger_moves order by item, seq"),
    "evidence": Query(
        "id, organization, subject, name, type, size, sha256, at, author, removed_at",
        "from evidence order by id"),
    "remarks": Query(
        "id, round, organization, item, text, version, at, author, reply, replied_at, replied_by, settled_at, settled_by",
        "from remarks order by at, id"),
    "attachments": Query(
        "id, round, organization, item, name, type, size, sha256, at, author, removed_at",
        "from attachments order by organization, at, id"),
}
"""Table → query. No telephone numbers, contacts, accounts, logins, links or ballot codes."""


def rows(db: Database, name: str) -> Iterator[tuple]:
    """The rows of one of QUERIES, read as they are asked for."""
    return db.conn.execute(QUERIES[name].sql, _parameters(db, name))


def _parameters(db: Database, name: str) -> dict[str, str]:
    return {"round": rounds.current_code(db)} if name == "cases" else {}


@dataclass(frozen=True)
class Cell:
    """How a column is written. `places` are the query's columns that it is made of, from 0.

    `kind`: `bare` (numbers, dates and codes that the program itself made), `text`, `score` (hundredths), `flag` (0 or 1), `moment`, `json` (an
    object as stored), `label` (what a code means, by `labels`: code → finished cell; a code that it lacks stands for itself), or `call`, a function
    that gives the finished cell.
    """

    kind: str
    places: tuple[int, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    call: Callable[..., str] | None = None


@dataclass(frozen=True)
class Writing:
    """What is asked about single cells while lines are written.

    `minute` gives the local date and minute of a stored one ("2012-04-10T01:30", UTC). `guarded` marks a text that a spreadsheet would take for
    a formula; it is asked only for those that begin like one. `harmless` takes the keys `private` out of a JSON text in which one occurs.
    """

    minute: Callable[[str], str]
    guarded: Callable[[str], str]
    harmless: Callable[[str], str]
    private: Sequence[str]


class _Hours(dict):
    """Local date and hour of a stored one, as asked for; SQLite looks it up without a call into Python.

    None where the clock does not show the same minutes in both: the offset is no whole hour, or changes within it.
    """

    def __init__(self, minute: Callable[[str], str]):
        self.minute = minute

    def __missing__(self, stored: str) -> str | None:
        if len(self) >= HOURS:
            self.clear()
        first, last = self.minute(f"{stored}:00"), self.minute(f"{stored}:59")
        hour = self[stored] = first[:-3] if (first, last) == (f"{first[:-3]}:00", f"{first[:-3]}:59") else None
        return hour


def lines(db: Database, name: str, cells: Sequence[Cell], writing: Writing) -> Iterator[bytes]:
    """The rows of one of QUERIES as lines of CSV in UTF-8, some hundred at a time. Texts stand in quotation marks."""
    functions = {"hour": _Hours(writing.minute).__getitem__, "minute": writing.minute, "harmless": writing.harmless,
                 "guarded": lambda text: writing.guarded(text.decode()).encode()}
    for function, call in functions.items():
        db.conn.create_function(function, 1, call, deterministic=True)
    query, parts = QUERIES[name], []
    each = query.each
    for number, cell in enumerate(cells):
        if number:
            parts.append("','")
        columns = [each[place] for place in cell.places]
        if cell.call:
            db.conn.create_function(f"call{number}", len(columns), cell.call, deterministic=True)
        parts += _written(cell, columns, f"call{number}", writing.private)
    sql = f"{query.before} select cast(concat({', '.join(_merged([*parts, 'char(13, 10)']))}) as blob) {query.rest}"
    # closed by whoever stops half-way too: SQLite does not let functions be made anew under a statement that runs
    with closing(db.conn.execute(sql, _parameters(db, name))) as cursor:
        while batch := cursor.fetchmany(BATCH):
            yield b"".join([row[0] for row in batch])


def _written(cell: Cell, columns: Sequence[str], function: str, private: Sequence[str]) -> list[str]:
    """The parts that a cell is put together from. A null is empty."""
    column = columns[0]
    match cell.kind:
        case "text":
            return ["'\"'", _quoted(column), "'\"'"]
        case "score":
            return [f"case when {column} is not null then format('%d.%02d', {column} / 100, {column} % 100) end"]
        case "flag":
            return [f"case {column} when 1 then 'true' when 0 then 'false' end"]
        case "label":
            known = " ".join(f"when {_literal(code)} then {_literal(written)}" for code, written in cell.labels.items())
            other = f"""'"' || {_quoted(column)} || '"'"""
            return [f"case {column} {known} else {other} end" if known else other]
        case "moment":  # stored in UTC to the millisecond
            return [f"""case when {column} is not null then coalesce(hour(substr({column}, 1, 13)) || substr({column}, 14, 6),
                        minute(substr({column}, 1, 16)) || substr({column}, 17, 3)) end"""]
        case "json":
            found = " or ".join(f"""instr({column}, '"{key}"')""" for key in private)
            return ["'\"'", f"""replace(case when {found} then harmless({column}) else {column} end, '"', '""')""", "'\"'"]
        case "call":
            return [f"{function}({', '.join(columns)})"]
        case _:
            return [column]


def _quoted(column: str) -> str:
    """A text inside quotation marks. Compared by ranges, which costs least: the first character of a formula lies in one of them, and
    whatever else begins there is looked at by `guarded` for nothing. Handed over as bytes, since a text would end at its first NUL."""
    begins = f"{column} < '.' or {column} >= '\ufe00' or {column} >= '=' and {column} < 'A' or {column} >= '\x7f' and {column} < '\u3001'"
    return (f"""case when {begins} then replace(cast(guarded(cast({column} as blob)) as text), '"', '""') """
            f"""when instr({column}, '"') then replace({column}, '"', '""') else {column} end""")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _merged(parts: Sequence[str]) -> list[str]:
    """Parts with constants beside one another made one: fewer arguments, and fewer of them than a function may have."""
    merged: list[str] = []
    for part in parts:
        constant = part[0] == part[-1] == "'" and "'" not in part[1:-1]
        if constant and merged and merged[-1][0] == merged[-1][-1] == "'" and "'" not in merged[-1][1:-1]:
            merged[-1] = merged[-1][:-1] + part[1:]
        else:
            merged.append(part)
    return merged


# ---- which tables a store has

SINCE = dict.fromkeys(("records", "record_answers", "ledger", "ledger_moves", "evidence"), "0002_work_programme")
"""Tables of the bundle that came later than the first schema, with the migration that brought them."""


def schema(db: Database) -> list[str]:
    """Names of the migrations that a store has been through."""
    return [migration.name for migration in migrations.applied(db)]
