"""The schema, as a list of steps that only grows. Portable SQL: text keys, no JSON functions, no rowid tricks."""

from sqlite_utils import Migrations

from lib.store.db import Database

migrations = Migrations("chengping")

OPINIONS = "('satisfied', 'basically_satisfied', 'dissatisfied')"
STATES = "('not_submitted', 'returned', 'submitted', 'proposed', 'noticed', 'approved')"
GRADES = "('good', 'fairly_good', 'average', 'poor')"
KINDS = ("('village', 'community', 'agency', 'public_institution', 'state_enterprise', 'private_enterprise', "
         "'social_organization', 'township_committee')")
SCORE = "integer check({0} between 0 and 10000)"

FIRST = f"""
create table meta(key text primary key, value text not null) strict, without rowid;

create table events(
  seq integer primary key, at text not null, actor text not null, role text not null, kind text not null,
  subject text not null, body text not null, quiet integer not null check(quiet in (0, 1)), hash text not null) strict;
create index events_subject on events(subject, seq);
create index events_loud on events(seq) where quiet = 0;
create trigger events_never_change before update on events begin select raise(abort, 'events are append-only'); end;
create trigger events_never_go before delete on events begin select raise(abort, 'events are append-only'); end;

create table townships(
  code text primary key, name text not null unique, name_en text not null, position integer not null) strict, without rowid;
create table committees(
  code text primary key, name text not null unique, township text references townships) strict, without rowid;
create table organizations(
  code text primary key check(length(code) between 1 and 40), name text not null, kind text not null check(kind in {KINDS}),
  committee text not null references committees, township text references townships,
  members integer check(members >= 0), secretary text not null default '', phone text not null default '',
  closed_on text) strict, without rowid;
create index organizations_committee on organizations(committee);
create index organizations_township on organizations(township);
create table registry_facts(
  organization text not null references organizations, name text not null, value text not null,
  primary key(organization, name)) strict, without rowid;

create table form_versions(
  version text primary key, name text not null, body text not null, published_at text not null) strict, without rowid;
create table rounds(
  code text primary key, year integer not null, program text not null, opened_at text not null, closed_at text) strict, without rowid;
create table round_forms(
  round text not null references rounds, kind text not null, version text not null references form_versions,
  primary key(round, kind)) strict, without rowid;

create table assessments(
  round text not null references rounds, organization text not null references organizations,
  form_version text references form_versions, state text not null check(state in {STATES}), opened_at text not null,
  returned_at text, returned_by text, return_reason text not null default '',
  primary key(round, organization)) strict, without rowid;
create table draft_answers(
  round text not null, organization text not null, name text not null, value text,
  origin text not null check(origin in ('person', 'registry', 'last', 'system')),
  seq integer not null, at text not null, author text not null,
  primary key(round, organization, name),
  foreign key(round, organization) references assessments) strict, without rowid;
create table submissions(
  id text primary key, round text not null, organization text not null, version integer not null,
  form_version text not null references form_versions, draft_seq integer not null, receipt text not null unique,
  submitted_at text not null, submitted_by text not null, late integer not null check(late in (0, 1)),
  score {SCORE.format("score")}, team integer not null, members integer not null, mechanism integer not null,
  results integer not null, masses integer not null,
  unique(round, organization, version), foreign key(round, organization) references assessments) strict, without rowid;
create table submitted_answers(
  submission text not null references submissions, name text not null, value text not null,
  primary key(submission, name)) strict, without rowid;
create table findings(
  submission text not null references submissions, name text not null, hard integer not null check(hard in (0, 1)),
  what text not null, why text not null, primary key(submission, name)) strict, without rowid;
create table attachments(
  id text primary key, round text not null, organization text not null, item text not null, name text not null,
  type text not null, size integer not null check(size > 0), sha256 text not null, at text not null, author text not null,
  removed_at text, foreign key(round, organization) references assessments) strict, without rowid;
create index attachments_organization on attachments(organization, round);

create table remarks(
  id text primary key, round text not null, organization text not null, item text not null, text text not null,
  version integer not null, at text not null, author text not null, reply text, replied_at text, replied_by text,
  settled_at text, settled_by text, foreign key(round, organization) references assessments) strict, without rowid;
create index remarks_organization on remarks(organization, round);
create table reviews(
  round text not null, organization text not null, team integer not null check(team between 0 and 2000),
  members integer not null check(members between 0 and 2000), mechanism integer not null check(mechanism between 0 and 2000),
  results integer not null check(results between 0 and 2000), masses integer not null check(masses between 0 and 2000),
  found text not null default '', comment text not null default '', at text not null, author text not null,
  primary key(round, organization), foreign key(round, organization) references assessments) strict, without rowid;

create table tallies(
  round text not null references rounds, organization text not null references organizations,
  issued integer not null check(issued >= 0), returned integer not null check(returned between 0 and issued),
  satisfied integer not null check(satisfied >= 0), basically_satisfied integer not null check(basically_satisfied >= 0),
  dissatisfied integer not null check(dissatisfied >= 0), at text not null, author text not null,
  check(satisfied + basically_satisfied + dissatisfied = returned), primary key(round, organization)) strict, without rowid;
create table ballot_codes(
  code_hash text primary key, round text not null references rounds, organization text not null references organizations,
  used integer not null default 0 check(used in (0, 1)), withdrawn integer not null default 0 check(withdrawn in (0, 1))) strict, without rowid;
create index ballot_codes_organization on ballot_codes(round, organization, withdrawn);
create table ballots(
  round text not null references rounds, organization text not null references organizations,
  opinion text not null check(opinion in {OPINIONS}), count integer not null check(count >= 0),
  primary key(round, organization, opinion)) strict, without rowid;

create table gradings(
  round text not null, organization text not null, source text not null check(source in ('review', 'paper')),
  self_score {SCORE.format("self_score")}, satisfaction {SCORE.format("satisfaction")}, review_score {SCORE.format("review_score")},
  final_score {SCORE.format("final_score")}, grade text not null check(grade in {GRADES}), reasons text not null default '',
  comment text not null default '', proposed_at text not null, proposed_by text not null,
  notice_from text, notice_until text, approved_at text, approved_by text, decided_on text,
  primary key(round, organization), foreign key(round, organization) references assessments) strict, without rowid;
create table objections(
  id text primary key, round text not null, organization text not null, text text not null, contact text not null default '',
  raised_at text not null, raised_by text not null, upheld integer check(upheld in (0, 1)), outcome text,
  handled_at text, handled_by text, foreign key(round, organization) references assessments) strict, without rowid;
create index objections_organization on objections(organization, round);
create table class_changes(
  id text primary key, round text not null references rounds, organization text not null references organizations,
  moment text not null check(moment in ('start', 'target', 'now')), value text not null, decided_on text not null,
  reason text not null, seq integer not null, at text not null, author text not null) strict, without rowid;
create index class_changes_organization on class_changes(organization, round, moment, seq);

create table accounts(
  username text primary key check(username = lower(username)), name text not null,
  role text not null check(role in ('organization', 'committee', 'county')),
  organization text references organizations, committee text references committees,
  administrator integer not null default 0 check(administrator in (0, 1)), password text not null,
  must_change integer not null default 0 check(must_change in (0, 1)), disabled integer not null default 0 check(disabled in (0, 1)),
  created_at text not null,
  check((role = 'organization') = (organization is not null)), check((role = 'committee') = (committee is not null))) strict, without rowid;
create table sessions(
  sid_hash text primary key, username text not null references accounts, opened_at text not null, expires_at text not null) strict, without rowid;
create index sessions_username on sessions(username);
create table tickets(ticket_hash text primary key, sid_hash text not null, expires_at text not null) strict, without rowid;
create table login_failures(username text not null, address text not null, at text not null) strict;
create index login_failures_username on login_failures(username, at);
create index login_failures_address on login_failures(address, at);
create table links(
  id text primary key, token_hash text not null unique, name text not null, townships text not null default '', snapshot text,
  created_at text not null, created_by text not null, expires_at text not null, used_at text, revoked_at text) strict, without rowid;
"""


ITEM_STATES = "('drafted', 'returned', 'open', 'applied', 'checked', 'signed_off', 'dismissed')"
SOURCES = "('answer', 'score', 'remark', 'visit', 'inspection', 'objection', 'appraisal', 'hand')"

WORK = f"""
create table records(
  id text primary key, register text not null, version text not null references form_versions, round text not null references rounds,
  organization text references organizations, committee text references committees,
  state text not null check(state in ('entered', 'nominated', 'approved', 'refused')), body text not null,
  seq integer not null, created_at text not null, created_by text not null, changed_at text not null, changed_by text not null,
  decided_at text, decided_by text, decision text not null default '', removed_at text) strict, without rowid;
create index records_register on records(register, round, seq);
create index records_organization on records(organization, register);
create index records_committee on records(committee, register);

create table ledger_items(
  id text primary key, number integer not null unique, round text not null references rounds,
  organization text not null references organizations, source text not null check(source in {SOURCES}),
  source_id text not null default '', name text not null default '', raised_at text not null, raised_by text not null) strict, without rowid;
create index ledger_items_organization on ledger_items(organization);
create index ledger_items_source on ledger_items(source, source_id);
create table ledger_moves(
  item text not null references ledger_items, seq integer not null, action text not null, state text not null check(state in {ITEM_STATES}),
  problem text not null, measure text not null, responsible text not null, post text not null, leader text not null, due_on text not null,
  progress integer not null check(progress between 0 and 100), note text not null, on_day text not null, at text not null,
  author text not null, role text not null, primary key(item, seq)) strict, without rowid;
create index ledger_moves_state on ledger_moves(state, item);
create trigger ledger_moves_never_change before update on ledger_moves begin select raise(abort, 'a ledger is append-only'); end;
create trigger ledger_moves_never_go before delete on ledger_moves begin select raise(abort, 'a ledger is append-only'); end;

create table evidence(
  id text primary key, organization text not null references organizations, subject text not null, name text not null, type text not null,
  size integer not null check(size > 0), sha256 text not null, at text not null, author text not null, removed_at text) strict, without rowid;
create index evidence_subject on evidence(subject);
create index evidence_organization on evidence(organization);
"""
MEETINGS = """
create table meetings(
  id text primary key, name text not null, snapshot text not null, opened_at text not null, opened_by text not null,
  closed_at text, closed_by text) strict, without rowid;
create table minutes(
  id text primary key, meeting text not null references meetings, decision text not null, responsible text not null, due_on text not null,
  organization text references organizations, item text references ledger_items, at text not null, author text not null,
  removed_at text) strict, without rowid;
create index minutes_meeting on minutes(meeting);
alter table links add column pin_hash text;
alter table links add column meeting text references meetings;
create table pin_failures(link text not null references links, at text not null) strict;
create index pin_failures_link on pin_failures(link, at);
"""
IMPORTS = """
create table imports(
  id text primary key, kind text not null, at text not null, author text not null, added integer not null, changed integer not null,
  seq integer not null, body text not null, undone_at text, undone_by text) strict, without rowid;
create index imports_kind on imports(kind, seq);
"""


@migrations(name="0001_first")
def first(db: Database) -> None:
    _carry_out(db, FIRST)


@migrations(name="0002_work_programme")
def work_programme(db: Database) -> None:
    """Registers' records, the rectification ledger, evidence outside of questionnaires."""
    _carry_out(db, WORK)


@migrations(name="0003_meetings")
def meetings(db: Database) -> None:
    """Meetings with their frozen figures and minutes; view links that ask for a PIN."""
    _carry_out(db, MEETINGS)


@migrations(name="0004_imports")
def imports(db: Database) -> None:
    """What it takes to undo an import."""
    _carry_out(db, IMPORTS)


def _carry_out(db: Database, script: str) -> None:
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if _complete(statement):
            db.conn.execute(statement)
            statement = ""


def _complete(statement: str) -> bool:
    """Whether a statement ends here; a trigger's body has semicolons of its own."""
    text = statement.rstrip()
    return text.endswith("end;") if "create trigger" in text else text.endswith(";")
