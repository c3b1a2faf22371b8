"""The demo: the same seed gives the same tables, and its year holds every case that a county office meets."""

import datetime as dt
import hashlib
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from lib import demo, manage
from lib.core import expressions, forms, grading, phrases, targets
from lib.core.ledger import ItemState, Light, state_of
from lib.core.model import Kind, Refused, Role
from lib.core.registers import Standing
from lib.core.workflow import State
from lib.demo.places import county, quotas
from lib.store import accounts, assessments, cases, db, events, ledger, links, organizations, pack, programme, records, rounds, setup

pytestmark = pytest.mark.xdist_group("demo")  # the shared county is built once a worker
SIZE = 60
ZONE = ZoneInfo("Asia/Shanghai")
DAY = dt.date(2012, 4, 20)
SECRET_COLUMNS = {"accounts": {"password"}, "ballot_codes": {"code_hash"}, "links": {"token_hash"}}
SECRET_TABLES = {"meta", "sessions", "tickets", "login_failures"}


def fingerprint(store: db.Database) -> dict[str, tuple[int, str]]:
    """Rows and hash of every table, without secrets and without what the wall clock decides."""
    found = {}
    for table in store.tables:
        if table.name in SECRET_TABLES or table.name.startswith(("_", "sqlite_")):
            continue
        columns = ", ".join(column.name for column in table.columns if column.name not in SECRET_COLUMNS.get(table.name, ()))
        rows = store.conn.execute(f"select {columns} from {table.name} order by {columns}").fetchall()
        found[table.name] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
    return found


@pytest.fixture
def built(demo_home):
    with db.session() as store:
        yield store


def empty_store() -> db.Database:
    with setup.locked():
        return setup.migrate()


def test_same_seed_same_tables(demo_county, home, monkeypatch):
    store = empty_store()
    demo.build(store, organizations=SIZE)
    again = fingerprint(store)
    store.close()
    monkeypatch.setenv("CHENGPING_HOME", str(demo_county))
    with db.session() as first:
        assert fingerprint(first) == again
    assert {"events", "submitted_answers", "gradings", "ballot_codes", "records", "ledger_items", "ledger_moves"} <= again.keys()


def test_another_seed_another_year(tmp_path, monkeypatch):
    prints = []
    for seed in (1, 2):
        monkeypatch.setenv("CHENGPING_HOME", str(tmp_path / str(seed)))
        store = empty_store()
        demo.build(store, organizations=20, seed=seed)
        prints.append(fingerprint(store))
        store.close()
    differing = ("submissions", "gradings", "tallies", "organizations", "records", "ledger_moves")
    assert not {table for table in differing if prints[0][table] == prints[1][table]}


# ---- the size and who there is


@pytest.mark.parametrize("size", [20, 60, 100, 500, 533, 2000])
def test_as_many_as_asked_for(size):
    people = county(size, 2012, pack.demo(), pack.townships())
    codes = [place.code for place in people.places]
    names = {(place.township, place.name) for place in people.places}  # two townships may each have a village of one name, and do
    assert (len(codes), len(set(codes)), len(names)) == (size, size, size)
    assert {place.kind for place in people.places} == set(Kind)
    assert set(people.shown.values()) <= set(codes)
    assert len(set(people.shown.values())) == len(people.shown)


def test_default_size_has_the_whole_registry():
    people = county(500, 2012, pack.demo(), pack.townships())
    listed = {row["code"] for row in pack.villages()}
    assert {place.code for place in people.places if place.kind in (Kind.VILLAGE, Kind.COMMUNITY)} == listed
    assert len({place.committee.code for place in people.places}) == 38  # the published county of 2012


@pytest.mark.parametrize(("total", "mix", "most", "expected"), [
    (10, {"a": 1, "b": 1}, {}, {"a": 5, "b": 5}),
    (10, {"a": 97, "b": 2, "c": 1}, {}, {"a": 8, "b": 1, "c": 1}),
    (100, {"a": 50, "b": 25, "c": 25}, {"a": 10}, {"a": 10, "b": 45, "c": 45}),
    (3, {"a": 1, "b": 1}, {}, {"a": 2, "b": 1}),
])
def test_quotas(total, mix, most, expected):
    assert quotas(total, mix, most) == expected


# ---- the year


def test_every_state_and_every_special_case_occurs(built):
    round_ = rounds.current(built)
    table = cases.table(built, round_)
    assert len(table) == SIZE
    assert set(table["state"]) == set(State)
    assert set(table["grade"].dropna()) == set(grading.GRADES)

    def count(sql: str) -> int:
        return db.value(built, f"select count(*) from {sql}")

    not_begun = "organizations o where not exists (select 1 from assessments a where a.organization = o.code)"
    found = {
        "未报, not begun": count(not_begun),
        "未报, half filled": count("assessments where state = 'not_submitted' and exists (select 1 from draft_answers d where d.origin = 'person' "
                                "and d.organization = assessments.organization)"),
        "late": count("submissions where late = 1 and version = 1"),
        "resubmitted": count("submissions where version = 2"),
        "returned, remarks open": count("assessments a join remarks r using(round, organization) where a.state = 'returned' and r.reply is null"),
        "remark answered": count("remarks where reply is not null"),
        "remark settled": count("remarks where settled_at is not null"),
        "objection open": count("objections where handled_at is null"),
        "objection dismissed": count("objections where upheld = 0"),
        "objection upheld": count("objections where upheld = 1"),
        "sent back": count("events where kind = 'grade.sent_back'"),
        "reopened": count("events where kind = 'grade.reopened'"),
        "ballots": count("ballots"),
        "dissatisfied": int((table["satisfaction"] < 5000).sum()),
        "below the bar": int((table["satisfaction"] < 9000).sum()),
        "self-assessment flagged": sum(grading.is_gap(int(row.self_score), int(row.review_score), round_.program)
                                       for row in table.dropna(subset=["self_score", "review_score"]).itertuples()),
        "notice over, not approved": int(((table["state"] == State.NOTICED) & (table["notice_until"] < "2012-04-20")).sum()),
        "on notice": int(((table["state"] == State.NOTICED) & (table["notice_until"] >= "2012-04-20")).sum()),
        "class changed": count("class_changes where moment = 'now' and reason <> ''"),
        "findings": count("findings where hard = 1 and what <> '' and why <> ''"),
    }
    assert {name: number for name, number in found.items() if not number} == {}
    missing = table["state"].eq(State.NOT_SUBMITTED).sum()
    assert 1 <= missing <= SIZE // 10
    assert 0.5 <= table["state"].eq(State.APPROVED).mean() <= 0.75


# ---- the work programme


def shares(store: db.Database) -> dict[str, float]:
    """Every figure of the programme on the demo's day, per cent."""
    round_ = rounds.current(store)
    tables = programme.tables(store, round_, DAY)
    found = {code: targets.figure(targets.rows_of(tables, code), code, round_.program).rate for code in targets.shown(round_.program)}
    return {code: rate / 100 for code, rate in found.items() if rate is not None}


def test_every_register_has_records_that_pass_their_forms(built):
    names = records.names(built)
    assert len(names) == 16
    for name in names:
        kept = records.every(built, name)
        assert kept, name
        for record in kept:
            entered = dt.datetime.fromisoformat(record.changed_at).astimezone(ZONE).date()
            assert records.checked(built, records.register(built, name), record.values, entered) == record.values


def test_nothing_in_a_register_lies_in_the_future(built):
    """But for what is planned."""
    ahead = {(name, item.name) for name in records.names(built) for record in records.every(built, name)
             for item in records.register(built, name).items if item.type == "date" and record.values.get(item.name, "") > DAY.isoformat()}
    assert ahead == {("census", "plan_on")}
    assert db.value(built, "select max(on_day) from ledger_moves") <= DAY.isoformat()


def test_every_state_and_light_of_the_ledger_occurs(built):
    table = ledger.table(built, DAY, rounds.current(built).program.ledger.near_days)
    assert set(table["state"]) == set(ItemState)
    assert set(table["light"]) == set(Light)
    assert {"answer", "appraisal", "visit", "inspection", "objection"} <= set(table["source"])
    moved = {action for (action,) in built.conn.execute("select distinct action from ledger_moves")}
    assert {"confirm_item", "return_measure", "report_progress", "refuse_item", "dismiss_item"} <= moved
    texts = pack.demo()["programme"]
    written = {each for measures in texts["measures"].values() for each in measures} | {*texts["vague"], texts["backward"]["measure"], ""}
    assert set(table["measure"]) <= written
    assert len(set(table["measure"])) > 20
    assert 0.8 <= len(table) / SIZE <= 2  # problems that anybody believes


def test_a_ledger_is_told_by_the_rules(built):
    """The states that the moves lead to by the rules are the ones kept."""
    for item in ledger.every(built):
        moves = [(move["action"], ItemState(move["state"])) for move in ledger.moves(built, item.id)]
        assert state_of(moves) == item.state


def test_figures_are_those_of_a_year_under_way(built):
    """Wide bounds: a small county's shares move by whole per cents."""
    found = shares(built)
    bounds = {"mobilized": (90, 99), "committees_mobilized": (100, 100), "villages_paired": (80, 95), "leaders_complete": (75, 97),
              "stays_assessed": (5, 80), "secretaries_trained": (60, 99), "heads_trained": (20, 80), "credits_earned": (20, 80),
              "backward_ledger": (60, 99), "signed_off": (10, 30), "overdue": (2, 18), "covered_operating": (70, 90), "covered_eligible": (80, 99),
              "windows_appraised": (30, 80), "rule_report": (0.1, 10), "exemplar_sites": (0, 30), "village_venue": (60, 100)}
    assert {code: found[code] for code, (low, high) in bounds.items() if not low <= found[code] <= high} == {}


def test_few_backward_organizations_still_lack_a_ledger(built):
    """W6 shows gaps, of both kinds where there are enough backward ones, and most have none."""
    organizations_ = programme.tables(built, rounds.current(built), DAY)["organizations"]
    backward = list(organizations_[organizations_["backward"]]["code"])
    gaps = ledger.gaps(built, backward)
    assert 1 <= len(gaps) <= len(backward) // 2


def test_leaders_are_told_apart(built):
    """People are there as offices: a surname with a title, told apart within their committee."""
    known = [(record.committee, record.values["name"], record.values["post"]) for record in records.every(built, "leaders")]
    assert len(known) == len(set(known))
    ranks = {record.values["rank"] for record in records.every(built, "leaders")}
    assert ranks == {"secretary", "member", "county_leader", "section_head", "cadre"}
    assert any(record.values["newly_promoted"] == "yes" for record in records.every(built, "leaders"))


def test_what_was_put_forward_is_partly_decided(built):
    states = {record.state for record in records.every(built, "exemplars")}
    assert {Standing.NOMINATED, Standing.APPROVED} <= states
    assert {record.state for record in records.every(built, "honours")} == {Standing.NOMINATED}  # their phase begins in May
    lifted = [bool(record.values.get("lifted_on")) for record in records.every(built, "criticisms")]
    assert sorted(lifted) == [False, True]


def test_every_submitted_form_passes(built):
    """As submitted, on the day of the submission; and its score is the one kept."""
    rows = list(built.query("select id, form_version, submitted_at, score from submissions"))
    assert rows
    for row in rows:
        form = rounds.form(built, row["form_version"])
        answers = assessments.submitted_answers(built, row["id"])
        reading = forms.read(form, answers, dt.datetime.fromisoformat(row["submitted_at"]).astimezone(ZONE).date())
        assert forms.gaps(form, answers, reading) == ()
        assert grading.self_score(form, reading).total == row["score"]


def test_rules_find_in_a_submission_what_its_form_showed(built):
    """Rules read what a submission kept; evaluating the form anew gives them the same."""
    references = set().union(*(expressions.references(rule.when) for rule in rounds.current(built).program.rules))
    compared = 0
    for row in built.query("select id, form_version, submitted_at from submissions"):
        form, kept = rounds.form(built, row["form_version"]), assessments.submitted_answers(built, row["id"])
        read = forms.read(form, kept, dt.datetime.fromisoformat(row["submitted_at"]).astimezone(ZONE).date()).values
        shown = {name: read[name] for name in references & form.items.keys() if read[name] != []}
        values = forms.kept_values(form, kept)
        assert {name: values[name] for name in references & values.keys()} == shown
        compared += len(shown)
    assert compared


def test_chain_is_whole_and_in_order_of_time(built):
    assert events.first_broken(built) is None
    moments = [at for (at,) in built.conn.execute("select at from events order by seq")]
    assert moments == sorted(moments)
    assert moments[0] >= "2012-02-20"
    assert moments[-1] < db.iso(db.now(built))


def test_clock_stands_in_its_year(built):
    now = db.now(built).astimezone(ZONE)
    assert dt.timedelta(0) <= now - dt.datetime(2012, 4, 20, 9, 30, tzinfo=ZONE) < dt.timedelta(minutes=5)


def test_accounts_and_link_of_the_login_page(built):
    codes = dict(demo.shown_accounts())
    assert all(phrase in phrases.catalogue() for phrase in codes.values())
    known = {username: accounts.get(built, username) for username in codes}
    assert all(row and not row["must_change"] for row in known.values())
    assert len({row["password"] for row in known.values()}) == 1
    assert accounts.password_problem(demo.password(), "admin") is None
    states = {username: assessments.state(built, "2012", row["organization"]) for username, row in known.items() if row["organization"]}
    assert states == {"village": State.NOT_SUBMITTED, "returned": State.RETURNED, "community": State.APPROVED, "firm": State.NOTICED,
                      "agency": State.SUBMITTED}
    draft = assessments.draft(built, known["village"]["organization"])
    assert draft.saved_at
    assert forms.gaps(draft.form, draft.answers, draft.read(dt.date(2012, 4, 20)))
    committee = known["fengyuan"]["committee"]
    assert {organizations.get(built, known[username]["organization"]).committee for username in ("village", "returned")} == {committee}
    leader = links.actor_for(built, db.meta(built, demo.LINK_KEY), db.now(built))
    assert leader.role == Role.LEADER


# ---- when it is made, and when never


def test_start_makes_a_demo_only_where_there_is_no_store(home):
    demo.start(20)
    with db.session() as store:
        assert (setup.is_demo(store), db.value(store, "select count(*) from organizations")) == (True, 20)
        before = events.head(store)
    demo.start(20)
    with db.session() as store:
        assert events.head(store) == before


def test_a_real_store_never_becomes_a_demo(home, at):
    store = empty_store()
    setup.init(store, 2012, "peach-Orchard-7", at)
    before = events.head(store)
    with pytest.raises(Refused, match=r"setup\.not_empty"):
        demo.build(store, 20)
    store.close()
    demo.start(20)
    outcome = CliRunner().invoke(manage.main, ["demo", "--organizations", "20"])
    assert outcome.exit_code == 1
    with db.session() as after:
        assert (events.head(after), setup.is_demo(after)) == (before, False)


def test_command_line_makes_a_demo_with_progress(home):
    outcome = CliRunner().invoke(manage.main, ["demo", "--organizations", "25", "--seed", "3"])
    assert outcome.exit_code == 0, outcome.output
    assert "100" in outcome.output
    assert demo.password() in outcome.output
    with db.session() as store:
        assert db.value(store, "select count(*) from organizations") == 25


def test_a_failed_build_leaves_nothing(home):
    store = empty_store()

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.build(store, 20, progress=stop)
    assert setup.is_empty(store)
    assert events.head(store) == (0, "")
    store.close()
