"""Whole tables, for a download of everything: each a query over a frozen copy, in an order that stays the same."""

from collections.abc import Iterator

from lib.store.db import Database

QUERIES = {
    "organizations": """
        select o.code, o.name, o.kind, o.committee, c.name, o.township, t.name, o.members, o.secretary, o.closed_on
        from organizations o join committees c on c.code = o.committee left join townships t on t.code = o.township order by o.code""",
    "submissions": """
        select id, round, organization, version, form_version, receipt, submitted_at, submitted_by, late, score, team, members,
        mechanism, results, masses from submissions order by round, organization, version""",
    "last_submissions": """
        select s.id, s.organization, s.form_version from submissions s where s.version =
        (select max(l.version) from submissions l where l.round = s.round and l.organization = s.organization) order by s.round, s.organization""",
    "findings": """
        select f.submission, s.organization, s.form_version, f.name, f.hard, f.what, f.why
        from findings f join submissions s on s.id = f.submission order by s.round, s.organization, s.version, f.name""",
    "appraisals": """
        with pairs as (select round, organization from tallies union select round, organization from ballots
        union select round, organization from ballot_codes),
        online as (select round, organization, sum(count) returned,
        sum(case when opinion = 'satisfied' then count else 0 end) satisfied,
        sum(case when opinion = 'basically_satisfied' then count else 0 end) basically_satisfied,
        sum(case when opinion = 'dissatisfied' then count else 0 end) dissatisfied
        from ballots group by round, organization),
        codes as (select round, organization, count(*) issued from ballot_codes where withdrawn = 0 group by round, organization)
        select p.round, p.organization, coalesce(y.issued, 0), coalesce(y.returned, 0), coalesce(y.satisfied, 0),
        coalesce(y.basically_satisfied, 0), coalesce(y.dissatisfied, 0), coalesce(c.issued, 0), coalesce(n.returned, 0),
        coalesce(n.satisfied, 0), coalesce(n.basically_satisfied, 0), coalesce(n.dissatisfied, 0), y.at, y.author
        from pairs p left join tallies y on y.round = p.round and y.organization = p.organization
        left join online n on n.round = p.round and n.organization = p.organization
        left join codes c on c.round = p.round and c.organization = p.organization order by p.round, p.organization""",
    "reviews": """
        select round, organization, team, members, mechanism, results, masses, found, comment, at, author
        from reviews order by round, organization""",
    "gradings": """
        select round, organization, source, self_score, satisfaction, review_score, final_score, grade, reasons, comment, proposed_at,
        proposed_by, notice_from, notice_until, approved_at, approved_by, decided_on from gradings order by round, organization""",
    "objections": """
        select id, round, organization, text, raised_at, raised_by, upheld, outcome, handled_at, handled_by
        from objections order by raised_at, id""",
    "class_changes": "select id, round, organization, moment, value, decided_on, reason, seq, at, author from class_changes order by seq",
    "events": "select seq, at, actor, role, kind, subject, body, quiet, hash from events order by seq",
    "forms": "select version, name, published_at from form_versions order by name, published_at, version",
    "rounds": "select code, year, opened_at, closed_at from rounds order by code",
    "townships": "select code, name, name_en, position from townships order by position",
    "committees": """
        select c.code, c.name, c.township, t.name from committees c left join townships t on t.code = c.township
        order by c.township is null, c.code""",
    "records": """
        select id, register, version, round, organization, committee, state, body, created_at, created_by, changed_at, changed_by,
        decided_at, decided_by, decision, removed_at from records order by id""",
    "ledger": """
        with last as (select item, max(seq) seq,
        max(case when action = 'apply_sign_off' then seq end) applied, max(case when action = 'check_item' then seq end) checked,
        max(case when action = 'sign_off' then seq end) signed from ledger_moves group by item)
        select i.id, i.number, i.round, i.organization, i.source, i.source_id, i.name, m.problem, m.measure, m.responsible, m.post,
        nullif(m.leader, ''), m.due_on, m.progress, m.state, i.raised_at, i.raised_by,
        case when m.state in ('applied', 'checked', 'signed_off') then a.on_day end, case when m.state in ('checked', 'signed_off') then k.on_day end,
        case when m.state = 'signed_off' then s.on_day end
        from ledger_items i join last l on l.item = i.id join ledger_moves m on m.item = i.id and m.seq = l.seq
        left join ledger_moves a on a.item = i.id and a.seq = l.applied left join ledger_moves k on k.item = i.id and k.seq = l.checked
        left join ledger_moves s on s.item = i.id and s.seq = l.signed order by i.id""",
    "ledger_moves": """
        select item, seq, action, state, problem, measure, responsible, post, nullif(leader, ''), due_on, progress, note, on_day, at, author, role
        from ledger_moves order by item, seq""",
    "evidence": """
        select id, organization, subject, name, type, size, sha256, at, author, removed_at from evidence order by id""",
    "remarks": """
        select id, round, organization, item, text, version, at, author, reply, replied_at, replied_by, settled_at, settled_by
        from remarks order by at, id""",
    "attachments": """
        select id, round, organization, item, name, type, size, sha256, at, author, removed_at
        from attachments order by organization, at, id""",
}
"""Table → query. No telephone numbers, contacts, accounts, logins, links or ballot codes."""


def rows(db: Database, name: str) -> Iterator[tuple]:
    """The rows of one of QUERIES, read as they are asked for."""
    return db.conn.execute(QUERIES[name])
