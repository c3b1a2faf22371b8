"""Many counties' snapshots as one overview: every figure is the county's own, sums are rated once, and what a snapshot lacks is no 0."""

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path

import older
import pytest
from click.testing import CliRunner
from distributed import LocalCluster
from python_calamine import CalamineWorkbook

from lib import demo
from lib.cli import base
from lib.core import phrases, program, targets
from lib.core.grading import half_up
from lib.core.model import SYSTEM, Refused
from lib.exchange import bundle, reports, safe_csv
from lib.manage import main
from lib.rollup import counting, files, measures, overview, page, scheduler, sources
from lib.rollup.overview import Overview
from lib.store import db, pack, programme, rounds, setup, snapshots

RULES = program.parse(pack.program_text())
OWN, OTHER, OLD = "610525", "610526", "610527"
NOT_ROLLED_UP = {"windows_appraised", "leaders_complete"}


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
    with db.session(snapshots.path(snapshot)) as frozen:
        round_ = rounds.current(frozen)
        tables = programme.tables(frozen, round_, rounds.local(frozen, snapshots.get(snapshot)["created_at"]).date())
    for code in made.codes:
        expected, found = targets.figure(targets.rows_of(tables, code), code, round_.program), made.figures[OWN][code]
        told = ("count", "total", "rate", "target", "at_most", "status", "unit")
        assert {name: getattr(found, name) for name in told} == {name: getattr(expected, name) for name in told}, code
        assert made.totals[code] == (found, 1)
    counts = targets.grades_by_kind(tables["organizations"])
    assert made.grades[OWN] == {(kind, grade): int(counts.loc[kind, grade]) for kind in counts.index for grade in counts if counts.loc[kind, grade]}
    assert made.organizations() == len(tables["organizations"])
    assert {given.name for given in made.counties} == {"澄城县"} if form != "folder" else True


def test_only_what_a_bundle_does_not_say_is_left_out(snapshot, tmp_path):
    assert set(targets.MEASURES) - set(measures.MEASURES) == NOT_ROLLED_UP
    assert set(rolled(snapshots.path(snapshot)).codes) == set(targets.shown(RULES)) - NOT_ROLLED_UP


def test_the_command_says_what_the_report_of_that_snapshot_says(snapshot, tmp_path):
    (tmp_path / "bundle.zip").write_bytes(bundle.data(SYSTEM, snapshot))
    rows = {row["figure"]: row for row in csv.DictReader(io.StringIO(run("rollup", tmp_path).stdout)) if row["county"] == OWN}
    report = {row["figure"]: row for row in csv.DictReader(io.StringIO(run("report", "targets", "--snapshot", snapshot).stdout))}
    columns = ("count", "total", "rate", "target", "target_is", "gap", "status")
    assert {code: [row[column] for column in columns] for code, row in rows.items()} == {
        code: [row[column] for column in columns] for code, row in report.items() if code not in NOT_ROLLED_UP}


def test_where_there_are_no_ballots_each_organization_weighs_the_same(snapshot, tmp_path):
    folder = bundled(tmp_path / "paper")
    rows = list(csv.DictReader((folder / "cases.csv").open(encoding="utf-8-sig", newline="")))
    for row in rows:
        row |= {"returned": "0", "satisfied": "0", "basically_satisfied": "0"}
    (folder / "cases.csv").write_bytes(safe_csv.data(list(rows[0]), [list(row.values()) for row in rows]))
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


def test_dask_and_duckdb_agree_to_the_last_digit(three):
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
