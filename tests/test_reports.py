"""Ready-made returns: their sums add up, and they say what the screens say."""

import pandas as pd
import pytest

from lib.core import phrases, targets
from lib.core.model import Refused
from lib.exchange import reports
from lib.store import db, programme, rounds

COUNTED = ("organizations", "graded", *reports.GRADES, *reports.UNGRADED)
ITEMS = ("items", "on_ledger", "overdue", "signed_off")


@pytest.fixture
def store(demo_home):
    with db.session() as opened:
        yield opened


@pytest.fixture
def tables(store):
    return programme.tables(store, rounds.current(store), rounds.local(store, db.iso(db.now(store))).date())


def made(store, name, **more) -> pd.DataFrame:
    report = reports.make(store, name, **more)
    return pd.DataFrame(report.rows, columns=list(report.columns))


def sums(rows: pd.DataFrame, columns) -> dict[str, int]:
    return {column: int(rows[column].sum()) for column in columns}


def test_grades_by_township_add_up_both_ways(store, tables):
    frame = made(store, "grade_by_township")
    kinds, whole = frame["kind"] != "total", frame["township"] == "total"
    for _, own in frame.groupby("township"):
        assert sums(own[own["kind"] != "total"], COUNTED) == sums(own[own["kind"] == "total"], COUNTED)
    for kind, own in frame.groupby("kind"):
        assert sums(own[own["township"] != "total"], COUNTED) == sums(own[own["township"] == "total"], COUNTED), kind
    assert (frame[list(reports.GRADES)].sum(axis=1) == frame["graded"]).all()
    assert (frame[["graded", *reports.UNGRADED]].sum(axis=1) == frame["organizations"]).all()
    assert sums(frame[~kinds & whole], ["organizations"]) == {"organizations": len(tables["organizations"])}


def test_the_county_part_of_it_is_the_return_by_kind(store):
    frame, by_kind = made(store, "grade_by_township"), made(store, "grades")
    own = frame[frame["township"] == "total"].reset_index(drop=True)
    assert own[["kind", *COUNTED]].equals(by_kind[["kind", *COUNTED]])


def test_coverage_adds_up_by_mode_and_by_kind_over_both_denominators(store, tables):
    frame = made(store, "coverage")
    assert list(frame["among"].unique()) == ["covered_operating", "covered_eligible"]
    for among, own in frame.groupby("among"):
        assert sums(own[own["unit_kind"] != "total"], [*reports.MODES, "covered", "units"]) == sums(
            own[own["unit_kind"] == "total"], [*reports.MODES, "covered", "units"])
        figure = targets.figure(tables["census"], among, rounds.current(store).program)
        [(covered, units, rate)] = own.loc[own["unit_kind"] == "total", ["covered", "units", "covered_pct"]].itertuples(index=False, name=None)
        assert (covered, units, int(100 * rate)) == (figure.count, figure.total, figure.rate)
    assert (frame[list(reports.MODES)].sum(axis=1) == frame["units"]).all()
    assert (frame[["single", "joint", "attached"]].sum(axis=1) == frame["covered"]).all()
    assert frame["units"].max() > 0


def test_sign_off_adds_up_by_township_and_by_source(store, tables):
    frame = made(store, "sign_off")
    for column in ("township", "source"):
        other = {"township": "source", "source": "township"}[column]
        for code, own in frame.groupby(other):
            assert sums(own[own[column] != "total"], ITEMS) == sums(own[own[column] == "total"], ITEMS), code
    assert (frame["on_ledger"] + frame["signed_off"] == frame["items"]).all()
    assert (frame["overdue"] <= frame["on_ledger"]).all()
    program = rounds.current(store).program
    whole = frame[(frame["township"] == "total") & (frame["source"] == "total")].iloc[0]
    signed, overdue = (targets.figure(tables["items"], code, program) for code in ("signed_off", "overdue"))
    assert (whole["items"], whole["signed_off"], int(100 * whole["signed_off_pct"])) == (signed.total, signed.count, signed.rate)
    assert (whole["overdue"], whole["on_ledger"]) == (overdue.count, overdue.total)
    assert whole["items"] > 0


def test_every_figure_is_there_with_what_the_targets_page_shows(store, tables):
    program = rounds.current(store).program
    frame = made(store, "targets").set_index("figure")
    assert tuple(frame.index) == targets.shown(program)
    for code, row in frame.iterrows():
        figure = targets.figure(targets.rows_of(tables, code), code, program)
        assert (row["count"], row["total"], row["met"], row["among_count"], row["unit"], row["status"]) == (
            figure.count, figure.total, figure.met, figure.among, figure.unit, figure.status or "")
        assert (None if pd.isna(row["rate"]) else int(100 * row["rate"])) == figure.rate
        assert row["target_is"] == ("at_most" if figure.at_most else "at_least")


def test_townships_add_up_to_the_county(store, tables):
    program = rounds.current(store).program
    frame = made(store, "townships").set_index("township")
    for code in program.headline:
        parts = frame.drop(index="total")
        assert [int(parts[f"{code}_{part}"].sum()) for part in ("count", "total")] == [
            int(frame.at["total", f"{code}_{part}"]) for part in ("count", "total")], code
        for place, figure in targets.by_township(targets.rows_of(tables, code), code, program).items():
            assert (frame.at[place, f"{code}_count"], frame.at[place, f"{code}_total"]) == (figure.count, figure.total)


@pytest.mark.parametrize("name", reports.REPORTS)
def test_every_return_has_words_for_its_columns_and_codes_beside_its_labels(store, tables, name):
    for language in phrases.LANGUAGES:
        report = reports.make(store, name, language=language, tables=tables)
        titles = report.titles(language)
        assert len(set(titles)) == len(titles) == len(report.columns)
        assert {len(row) for row in report.rows} == {len(report.columns)}
    assert report.rows != reports.make(store, name, tables=tables).rows  # labels, not codes, are in the language
    assert f"report_name.{name}" in phrases.catalogue()
    assert f"report_note.{name}" in phrases.catalogue()
    assert [list(record) for record in report.records()] == [list(report.columns)] * len(report.rows)


def test_an_unknown_one_is_refused_and_the_known_are_named(store):
    with pytest.raises(Refused) as refused:
        reports.make(store, "weekly")
    assert dict(refused.value.problems[0].params)["known"] == ", ".join(reports.REPORTS)
