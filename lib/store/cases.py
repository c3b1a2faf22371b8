"""One row an organization: where it stands in a round. What every figure, map, list and table of ratings is read from."""

import pandas as pd

from lib.store.db import Database
from lib.store.rounds import Round

COLUMNS = {
    "code": "str", "name": "str", "kind": "str", "committee": "str", "committee_name": "str", "township": "str",
    "township_name": "str", "members": "Int64", "state": "str", "submitted_at": "str", "first_submitted_at": "str",
    "version": "Int64", "late": "boolean", "self_score": "Int64", "issued": "Int64", "returned": "Int64", "satisfied": "Int64",
    "basically_satisfied": "Int64", "review_score": "Int64", "final_score": "Int64", "satisfaction": "Int64",
    "proposed_grade": "str", "grade": "str", "approved_at": "str", "decided_on": "str", "notice_from": "str",
    "notice_until": "str", "class_start": "str", "class_target": "str", "class_now": "str",
}
"""Column → dtype. Scores are hundredths of a point, `satisfaction` hundredths of a per cent; `grade` only once approved."""

SQL = """
with firsts as (select organization, submitted_at from submissions where round = :round and version = 1),
latest as (
  select s.* from submissions s where s.round = :round
    and s.version = (select max(v.version) from submissions v where v.round = s.round and v.organization = s.organization)),
online as (
  select organization, sum(count) returned, sum(case when opinion = 'satisfied' then count else 0 end) satisfied,
         sum(case when opinion = 'basically_satisfied' then count else 0 end) basically_satisfied
  from ballots where round = :round group by organization),
codes as (select organization, count(*) issued from ballot_codes where round = :round and withdrawn = 0 group by organization),
classes as (
  select k.organization, k.moment, k.value from class_changes k where k.round = :round
    and k.seq = (select max(l.seq) from class_changes l where l.round = k.round and l.organization = k.organization and l.moment = k.moment))
select o.code, o.name, o.kind, o.committee, c.name committee_name, o.township, t.name township_name, o.members,
       coalesce(a.state, 'not_submitted') state, s.submitted_at, f.submitted_at first_submitted_at, s.version, s.late,
       coalesce(g.self_score, s.score) self_score,
       coalesce(y.issued, 0) + coalesce(codes.issued, 0) issued,
       coalesce(y.returned, 0) + coalesce(n.returned, 0) returned,
       coalesce(y.satisfied, 0) + coalesce(n.satisfied, 0) satisfied,
       coalesce(y.basically_satisfied, 0) + coalesce(n.basically_satisfied, 0) basically_satisfied,
       coalesce(g.review_score, r.team + r.members + r.mechanism + r.results + r.masses) review_score,
       g.final_score, g.satisfaction, g.grade proposed_grade, case when a.state = 'approved' then g.grade end grade,
       g.approved_at, g.decided_on, g.notice_from, g.notice_until,
       k0.value class_start, k1.value class_target, coalesce(k2.value, k0.value) class_now
from organizations o
join committees c on c.code = o.committee
left join townships t on t.code = o.township
left join assessments a on a.round = :round and a.organization = o.code
left join latest s on s.organization = o.code
left join firsts f on f.organization = o.code
left join tallies y on y.round = :round and y.organization = o.code
left join online n on n.organization = o.code
left join codes on codes.organization = o.code
left join reviews r on r.round = :round and r.organization = o.code
left join gradings g on g.round = :round and g.organization = o.code
left join classes k0 on k0.organization = o.code and k0.moment = 'start'
left join classes k1 on k1.organization = o.code and k1.moment = 'target'
left join classes k2 on k2.organization = o.code and k2.moment = 'now'
where o.closed_on is null
order by t.position is null, t.position, o.kind, o.code
"""


def table(db: Database, round_: Round) -> pd.DataFrame:
    """Every organization that is not closed, with COLUMNS; organizations with nothing submitted are rows too (未报)."""
    rows = db.conn.execute(SQL, {"round": round_.code}).fetchall()
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    counted = frame["satisfied"] + frame["basically_satisfied"]
    returned = frame["returned"].where(frame["returned"] > 0)
    frame["satisfaction"] = frame["satisfaction"].fillna((20000 * counted + returned) // (2 * returned))  # rounded half up, like grading.half_up
    return frame
