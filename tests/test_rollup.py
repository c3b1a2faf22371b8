"""Many counties' snapshots as one overview: every figure is the county's own, sums are rated once, and what a snapshot lacks is no 0."""

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import older
import pytest
import steps
from click.testing import CliRunner
from distributed import LocalCluster
from python_calamine import CalamineWorkbook

from lib import demo
from lib.cli import base
from lib.core import phrases, program, targets
from lib.core.grading import half_up
from lib.core.model import SYSTEM, Grade, Refused
from lib.exchange import bundle, reports, safe_csv
from lib.manage import main
from lib.rollup import counting, files, measures, overview, page, scheduler, sources
from lib.rollup.overview import Overview
from lib.store import db, gradings, organizations, pack, programme, records, rounds, setup, snapshots
from lib.store.records import Entry

RULES = program.parse(pack.program_text())
OWN, OTHER, OLD = "610525", "610526", "610527"
FENGYUAN, CHENGGUAN = "610525101000", "610525001000"
RECORDS = {"leaders": {"post": "镇党委书记", "rank": "secretary", "newly_promoted": "no"}, "pairings": {"since": "2012-03-20"},
           "window_appraisals": {"held_on": "2012-03-10", "participants": "60", "satisfied": "57"}}
"""What is answered in a record but for what a test says of its own."""


def run(*line, code=0):
    result = CliRunner().invoke(main, [str(word) for word in line])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def bundled(folder: Path, county: str = OWN, name: str = "", at: str = "") -> Path:
    """The latest snapshot of this home as an unpacked bundle, said to be of a county."""
    zipfile.ZipFile(io.BytesIO(bundle.data(SYSTEM, snapshots.LATEST))).extractall(folder)
    manifest = json.loads((folder / sources.MANIFEST).read_text(encoding="utf-8"))
    manifest |= {"county": county, "county_name": name or county, "created_at": at or manifest["created_at"]}
    (folder / sources.MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return folder


def rolled(*paths: Path) -> Overview:
    given, _ = sources.find(paths)
    return overview.make(given, counting.count(given, RULES), RULES)


def counted(snapshot: str) -> tuple[programme.Tables, program.Program]:
    """What the county itself counts its figures over on the day of a snapshot, and its programme."""
    with db.session(snapshots.path(snapshot)) as frozen:
        round_ = rounds.current(frozen)
        return programme.tables(frozen, round_, rounds.local(frozen, snapshots.get(snapshot)["created_at"]).date()), round_.program


def rewritten(folder: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> Path:
    """An unpacked bundle, every line of whose cases is what `change` makes of it."""
    rows = [change(row) for row in csv.DictReader((folder / "cases.csv").open(encoding="utf-8-sig", newline=""))]
    (folder / "cases.csv").write_bytes(safe_csv.data(list(rows[0]), [list(row.values()) for row in rows]))
    return folder


def before_windows(folder: Path) -> Path:
    """An unpacked bundle as the program wrote it before its cases had a column of windows."""
    return rewritten(folder, lambda row: {column: cell for column, cell in row.items() if column != "windows"})


@pytest.fixture
def snapshot(demo_home) -> str:
    with db.session() as store:
        return snapshots.create(store, SYSTEM, "会前", db.iso(db.now(store)))


@pytest.fixture(scope="session")
def three(demo_county, tmp_path_factory) -> Path:
    """A folder with three counties: the demo's, a smaller one of another seed, and the demo's as a snapshot from before there were registers."""
    folder = tmp_path_factory.mktemp("three")
    with pytest.MonkeyPatch.context() as patch:
        for county, name, home in ((OWN, "=甲县", folder / "own"), (OTHER, "乙<b>县", folder / "other"), (OLD, "丙县", folder / "old")):
            db.forget_connections()
            patch.setenv("CHENGPING_HOME", str(home))
            if county == OTHER:
                with setup.locked():
                    demo.build(setup.migrate(), organizations=24, seed=5)
            else:
                shutil.copytree(demo_county, home)
            with db.session() as store:
                made = snapshots.create(store, SYSTEM, "会前", db.iso(db.now(store)))
            if county == OLD:
                older.made_before(made)
            bundled(folder / "counties" / county, county, name)
        db.forget_connections()
    return folder / "counties"


# ---- one county: the figures are its own


@pytest.mark.parametrize("form", ["zip", "folder", "store"])
def test_one_countys_figures_are_those_of_its_snapshot(snapshot, tmp_path, form):
    path = {"zip": tmp_path / "bundle.zip", "folder": tmp_path / "bundle", "store": snapshots.path(snapshot)}[form]
    if form == "zip":
        path.write_bytes(bundle.data(SYSTEM, snapshot))
    elif form == "folder":
        bundled(path)
    made = rolled(path)
    tables, own = counted(snapshot)
    for code in made.codes:
        expected, found = targets.figure(targets.rows_of(tables, code), code, own), made.figures[OWN][code]
        told = ("count", "total", "rate", "target", "at_most", "status", "unit")
        assert {name: getattr(found, name) for name in told} == {name: getattr(expected, name) for name in told}, code
        assert made.totals[code] == (found, 1)
    counts = targets.grades_by_kind(tables["organizations"])
    assert made.grades[OWN] == {(kind, grade): int(counts.loc[kind, grade]) for kind in counts.index for grade in counts if counts.loc[kind, grade]}
    assert made.organizations() == len(tables["organizations"])
    assert {given.name for given in made.counties} == {"澄城县"} if form != "folder" else True


def test_nothing_is_left_out(snapshot):
    assert list(measures.MEASURES) == list(targets.MEASURES)
    made = rolled(snapshots.path(snapshot))
    assert set(made.codes) == set(targets.shown(RULES)) == set(targets.MEASURES)
    assert [code for code, figure in made.figures[OWN].items() if figure is None] == []
    for code in ("windows_appraised", "leaders_complete"):  # neither nobody nor everybody, so that a wrong count shows
        assert 0 < made.figures[OWN][code].met < made.figures[OWN][code].among


def as_its_own(store: db.Database, code: str, at: str) -> tuple[int, int]:
    """How many a figure counts of how many, which must be what the county itself counts now."""
    taken = snapshots.create(store, SYSTEM, "会前", at)
    tables, _ = counted(taken)
    found = rolled(snapshots.path(taken)).figures[OWN][code]
    assert found == targets.figure(targets.rows_of(tables, code), code, RULES)
    return found.met, found.among


@pytest.fixture
def enter(small_county, at):
    """`enter(register, organization or committee, **values)`: a record of small_county. Returns its id."""
    def entered(register, place, **values):
        entry = Entry({**RECORDS[register], **values}, **{"committee" if register == "leaders" else "organization": place})
        return records.add(small_county, SYSTEM, register, entry, at, steps.STARTS)
    return entered


def test_what_leaders_take_on_is_counted_as_the_county_does(small_county, enter, at):
    """Villages V1, V2 of Fengyuan and V3 of Chengguan; the county committee XT has none. Each secretary has taken on V2, C1 and P1."""
    def organization(code, kind, committee, township):
        organizations.save_organization(small_county, SYSTEM, {"code": code, "name": f"{code}党支部", "kind": kind, "committee": committee,
                                                               "township": township, "members": 30, "secretary": "", "phone": ""}, at)

    def classed(moment, value):
        organizations.change_class(small_county, SYSTEM, "2012", "V1", moment, value, "2012-03-01", "更正", at)

    def taken():
        return as_its_own(small_county, "leaders_complete", at)

    organizations.add_committee(small_county, SYSTEM, "XT", "县直机关工委", None, at)
    for each in (("C1", "community", FENGYUAN, "610525101"), ("P1", "private_enterprise", FENGYUAN, "610525101"),
                 ("V3", "village", CHENGGUAN, "610525001")):
        organization(*each)
    enter("leaders", FENGYUAN, name="干部", rank="cadre")
    classed("start", "third")
    assert taken() == (0, 0)  # nobody is to take on anything
    first, *others = (enter("leaders", committee, name=f"书记{committee}") for committee in (FENGYUAN, CHENGGUAN, "XT"))
    pairings = {(leader, code): enter("pairings", code, leader=leader) for leader in (first, *others) for code in ("V2", "C1", "P1")}
    enter("leaders", CHENGGUAN, name="委员", rank="member")
    last = enter("leaders", "XT", name="书记丁")  # who has no village
    for code in ("C1", "P1"):
        enter("pairings", code, leader=last)
    assert taken() == (1, 5)  # V2 will do where no village of the committee's own is backward
    enter("pairings", "V1", leader=first)
    assert taken() == (2, 5)
    classed("now", "second")
    assert taken() == (2, 5)  # V1 began the year backward
    classed("start", "second")
    assert taken() == (3, 5)  # where no village is backward V2 will do for all
    classed("now", "third")
    assert taken() == (2, 5)
    classed("now", "second")
    gradings.record_result(small_county, SYSTEM, "V3", Grade.POOR, "2012-04-01", at)
    assert taken() == (1, 5)  # now V3 is the one to take on, but for Fengyuan's secretary
    organizations.close_organization(small_county, SYSTEM, "P1", "2012-04-01", "合并", at)
    assert taken() == (1, 5)  # there are none any more
    records.change(small_county, SYSTEM, pairings[first, "C1"], {"ended_on": "2012-04-01"}, at, steps.STARTS)
    assert taken() == (0, 5)


def test_windows_are_counted_as_the_county_does(small_county, enter, at):
    def appraised():
        return as_its_own(small_county, "windows_appraised", at)

    for appraiser in ("masses", "members", "leaders"):
        enter("window_appraisals", "V1", appraiser=appraiser)
    assert appraised() == (0, 0)  # a village has no windows
    organizations.save_facts(small_county, SYSTEM, "A1", {"windows": "0"}, at)
    assert appraised() == (0, 0)
    organizations.save_facts(small_county, SYSTEM, "A1", {"windows": "3"}, at)
    assert appraised() == (0, 1)
    for appraiser, day in (("masses", 10), ("masses", 11), ("members", 12)):
        enter("window_appraisals", "A1", appraiser=appraiser, held_on=f"2012-03-{day}")
    assert appraised() == (0, 1)  # twice the same
    enter("window_appraisals", "A1", appraiser="leaders")
    assert appraised() == (1, 1)
    steps.fill_in(small_county, "A1", at)
    steps.submit(small_county, "A1", at)
    organizations.save_facts(small_county, SYSTEM, "A1", {"windows": "0"}, at)
    assert appraised() == (1, 1)  # as it was submitted


def test_the_command_says_what_the_report_of_that_snapshot_says(snapshot, tmp_path):
    (tmp_path / "bundle.zip").write_bytes(bundle.data(SYSTEM, snapshot))
    rows = {row["figure"]: row for row in csv.DictReader(io.StringIO(run("rollup", tmp_path).stdout)) if row["county"] == OWN}
    report = {row["figure"]: row for row in csv.DictReader(io.StringIO(run("report", "targets", "--snapshot", snapshot).stdout))}
    columns = ("count", "total", "rate", "target", "target_is", "gap", "status")
    assert {code: [row[column] for column in columns] for code, row in rows.items()} == {
        code: [row[column] for column in columns] for code, row in report.items()}


def test_last_years_answers_are_not_this_years(demo_home, tmp_path):
    with db.session() as store:
        later = db.iso(db.now(store))
        rounds.open_round(store, SYSTEM, "2013", 2013, pack.program_text(), later)
        for body in pack.form_bodies(2013).values():
            rounds.publish_form(store, SYSTEM, "2013", body, later)
        setup.add_registers(store, later)
        frozen = snapshots.create(store, SYSTEM, "新的一年", later)
        round_ = rounds.current(store)
        tables = programme.tables(store, round_, rounds.local(store, later).date())
    found = rolled(snapshots.path(frozen)).figures[OWN]
    for code in ("submitted", "village_venue", "village_pay", "community_secured", "secretaries_trained"):
        expected = targets.figure(targets.rows_of(tables, code), code, round_.program)
        assert (found[code].count, found[code].total) == (expected.count, expected.total), code
    assert found["village_venue"].count == 0


def test_where_there_are_no_ballots_each_organization_weighs_the_same(snapshot, tmp_path):
    folder = rewritten(bundled(tmp_path / "paper"), lambda row: row | {"returned": "0", "satisfied": "0", "basically_satisfied": "0"})
    rows = csv.DictReader((folder / "cases.csv").open(encoding="utf-8-sig", newline=""))
    rates = [round(100 * float(row["satisfaction"])) for row in rows if row["satisfaction"]]
    found = rolled(folder).figures[OWN]["satisfaction"]
    assert (found.unit, found.total, found.rate) == (targets.AVERAGE, len(rates), half_up(sum(rates), len(rates)))


# ---- many counties


def test_counts_are_added_up_and_rated_once(three):
    made = rolled(three)
    assert [given.county for given in made.counties] == [OWN, OTHER, OLD]
    for code in made.codes:
        parts = [figure for figure in (made.figures[county][code] for county in (OWN, OTHER, OLD)) if figure]
        total, counties = made.totals[code]
        assert counties == len(parts)
        assert (total.count, total.total) == (sum(part.count for part in parts), sum(part.total for part in parts)), code
        assert total.rate == (half_up(10_000 * total.count, total.total) if total.total else None)
    assert made.totals["exemplar_sites"][0].total == 2 * RULES.settings["exemplar_sites"]  # of the two that have registers
    assert made.organizations() == 60 + 24 + 60


def test_what_an_older_snapshot_does_not_have_is_not_available_and_no_0(three):
    made = rolled(three)
    missing = {code for code, figure in made.figures[OLD].items() if figure is None}
    assert missing == {code for code, measure in measures.MEASURES.items() if measure.needs}
    assert {"signed_off", "mobilized", "covered_operating"} <= missing
    assert made.figures[OLD]["submitted"] == made.figures[OWN]["submitted"]  # of the same county
    assert {made.ranks[OLD][code] for code in missing} == {None}
    rows = [row for row in files.lines(made, "zh") if row[0] == OLD and row[3] in missing]
    assert {(*row[5:8], row[11], row[13]) for row in rows} == {(None, None, None, files.MISSING, 0)}
    only_old = rolled(three / OLD)
    assert only_old.totals["signed_off"] == (None, 0)
    assert "—" in page.html(only_old, "zh").decode()


def test_an_older_store_and_an_older_bundle_are_read_too(snapshot, tmp_path):
    copy = older.made_before(snapshot)
    store = rolled(shutil.copy(copy, tmp_path / copy.name))
    folder = bundled(tmp_path / "bundle")  # as the program wrote it before there were registers
    for table in ("ledger", "records", "record_answers"):
        (folder / f"{table}.csv").unlink()
    manifest = json.loads((folder / sources.MANIFEST).read_text(encoding="utf-8"))
    for key in ("schema", "county_name"):
        manifest.pop(key)
    (folder / sources.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert rolled(folder).figures == store.figures
    assert {code for code, figure in store.figures[OWN].items() if figure is None} == {code for code, each in measures.MEASURES.items() if each.needs}


def test_a_bundle_without_a_later_column_lacks_one_figure_and_no_more(three, tmp_path):
    new = rolled(three)
    before_windows(shutil.copytree(three / OTHER, tmp_path / "older"))
    mixed = rolled(three / OWN, tmp_path / "older", three / OLD)
    assert {(county, code) for county, figures in mixed.figures.items() for code in figures if figures[code] != new.figures[county][code]} == {
        (OTHER, "windows_appraised")}
    assert mixed.figures[OTHER]["windows_appraised"] is None
    assert mixed.totals["windows_appraised"] == (new.figures[OWN]["windows_appraised"], 1)
    alone = rolled(tmp_path / "older")  # no file of the run has the column
    assert alone.figures[OTHER] == mixed.figures[OTHER]
    assert (alone.totals["windows_appraised"], alone.totals["leaders_complete"]) == ((None, 0), (new.figures[OTHER]["leaders_complete"], 1))


def test_the_best_is_first_and_equals_share_a_place(three):
    made = rolled(three)
    for code in made.codes:
        at_most = RULES.target(code).at_most
        ranked = sorted((rank, figure.rate) for county in made.figures for rank, figure in [(made.ranks[county][code], made.figures[county][code])]
                        if rank)
        rates = [rate for _, rate in ranked]
        assert rates == sorted(rates, reverse=not at_most), code
        assert [rank for rank, _ in ranked] == [1 + sum((other < rate) if at_most else (other > rate) for other in rates) for rate in rates]
    assert made.ranks[OWN]["submitted"] == made.ranks[OLD]["submitted"]


def test_of_a_countys_snapshots_the_newest_counts(snapshot, tmp_path):
    bundled(tmp_path / "a" / "march", at="2012-03-01T00:00:00.000+00:00")
    april = bundled(tmp_path / "a" / "april")
    given, passed_over = sources.find([tmp_path / "a"])
    assert ([each.path for each in given], [each.path.name for each in passed_over]) == ([april], ["march"])
    assert "march" in run("rollup", tmp_path / "a", "--out", tmp_path / "o.csv").stderr
    assert sources.find([april, april])[0] == given


# ---- Dask


def test_dask_and_duckdb_agree_to_the_last_digit(three, tmp_path):
    three = shutil.copytree(three, tmp_path / "counties")
    before_windows(three / OTHER)
    given, _ = sources.find([three])
    here = counting.count(given, RULES)
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
        there = scheduler.count(given, RULES, cluster.scheduler_address)
        assert there == here
        made = [files.csv(overview.make(given, counted, RULES), base.LANGUAGE) for counted in (here, there)]
        assert made[0] == made[1]
        assert run("rollup", three, "--scheduler", cluster.scheduler_address).stdout.splitlines() == made[0].decode("utf-8-sig").splitlines()
        cluster.scale(0)
        cluster.sync(cluster._correct_state)
        with pytest.raises(Refused, match=r"rollup\.workers"):
            scheduler.count(given, RULES, cluster.scheduler_address)


def test_a_scheduler_that_does_not_answer_is_told_in_words(three, monkeypatch):
    monkeypatch.setattr(scheduler, "WAIT", "1s")
    assert "127.0.0.1:9" in run("rollup", three, "--scheduler", "tcp://127.0.0.1:9", code=1).stderr


# ---- files


def test_every_format_says_the_same(three, tmp_path):
    for ending in ("csv", "json", "xlsx"):
        run("rollup", three, "--out", tmp_path / f"o.{ending}")
    rows = list(csv.DictReader((tmp_path / "o.csv").open(encoding="utf-8-sig", newline="")))
    assert [tuple(row) for row in rows[:1]] == [files.COLUMNS]
    content = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert [[row["county"], row["figure"], row["count"] or ""] for row in rows] == [
        [row["county"], row["figure"], "" if row["count"] is None else str(row["count"])] for row in content["figures"]]
    assert [each["organizations"] for each in content["counties"]] == [60, 24, 60]
    book = CalamineWorkbook.from_path(str(tmp_path / "o.xlsx"))
    wide, long, grades = (book.get_sheet_by_index(number).to_python() for number in range(3))
    assert [row[1] for row in wide[1:]] == ["=甲县", "乙<b>县", "丙县", phrases.text("rollup.total", base.LANGUAGE)]
    assert len(long) == 1 + len(rows)
    assert sum(row[3] for row in grades[1:] if row[0] != "total") == sum(row[3] for row in grades[1:] if row[0] == "total") == 144
    assert {row["county_name"] for row in rows} >= {"'=甲县"}  # no formula


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_has_every_figure_and_no_markup_of_others(three, language):
    made = rolled(three)
    html = page.html(made, language).decode()
    assert "乙&lt;b&gt;县" in html
    assert "<b>县" not in html
    assert html.count("<section>") == len(made.codes)
    assert html.count("<li>") == 3 * len(made.codes)
    assert "http" not in html  # nothing is asked of anybody


@pytest.mark.parametrize(("language", "words"), [("zh", "自评提交率"), ("en", "Self-assessments submitted")])
def test_the_files_are_in_the_language_asked_for(three, tmp_path, language, words):
    run("rollup", three, "--lang", language, "--html", tmp_path / "o.html", "--out", tmp_path / "o.csv")
    assert words in (tmp_path / "o.html").read_text(encoding="utf-8")
    assert words in (tmp_path / "o.csv").read_text(encoding="utf-8")


# ---- refused


def test_what_cannot_be_rolled_up_is_told_in_words(three, tmp_path, snapshot):
    (tmp_path / "empty").mkdir()
    assert str(tmp_path / "empty") in run("rollup", tmp_path / "empty", code=1).stderr
    assert "nowhere" in run("rollup", tmp_path / "nowhere", code=1).stderr
    for name, content in (("a.zip", b"rubbish"), ("b.db", b"rubbish" * 400), ("c.zip", bundle.data(SYSTEM, snapshot)[:9000])):
        (tmp_path / name).write_bytes(content)
        assert name in run("rollup", tmp_path / name, code=1).stderr
        (tmp_path / name).unlink()
    assert "o.docx" in run("rollup", three, "--out", tmp_path / "o.docx", code=1).stderr
    assert not (tmp_path / "o.docx").exists()


def test_a_table_that_is_no_table_is_told_in_words(snapshot, tmp_path):
    folder = bundled(tmp_path / "bundle")
    (folder / "cases.csv").write_text("code,name\r\n1,2\r\n", encoding="utf-8")
    assert run("rollup", folder, code=1).stderr


def test_reports_and_roll_up_name_their_total_alike():
    assert files.TOTAL == reports.TOTAL
