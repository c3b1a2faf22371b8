"""变动榜 on the screen: which states may be compared, counts that open their names, the map in two halves, the lines for the overview."""

import re

import pytest
from steps import bring

from lib.core import changes as rules
from lib.core import phrases
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Grade, Role
from lib.core.workflow import State
from lib.store import db, gradings, ledger, links, meetings, organizations, snapshots
from lib.ui import changes, overview, session, text

FENGYUAN = "610525101"


def say(code: str, /, **params) -> str:
    return phrases.text(code, "zh", **params)


@pytest.fixture
def year(small_county, at):
    """V1 is a second-class village graded average; A1 has an item that is due on the 12th. A snapshot keeps that: `before`."""
    gradings.record_result(small_county, SYSTEM, "V1", Grade.AVERAGE, "2012-04-09", at, self_score=7000, satisfaction=9500, review_score=7000)
    organizations.change_class(small_county, SYSTEM, "2012", "V1", "now", "second", "2012-04-09", "年初定类", at)
    ledger.raise_item(small_county, SYSTEM, "A1", Source.HAND, Plan("办事<窗口>不开门", "每天开门", "李明", "副局长", due_on="2012-04-12"), at)
    return small_county


@pytest.fixture
def before(year, at) -> str:
    return snapshots.create(year, SYSTEM, "三月调度会", at)


@pytest.fixture
def moved(year, before, at):
    """Since then V1 fell to the third class, V2 handed in, and the item of V1 was raised."""
    organizations.change_class(year, SYSTEM, "2012", "V1", "now", "third", "2012-04-10", "年中复核", at)
    bring(year, "V2", State.SUBMITTED, at)
    ledger.raise_item(year, SYSTEM, "V1", Source.HAND, Plan("活动室被占用", "收回", "王建国", "镇长", due_on="2012-05-01"), at)
    year.conn.commit()
    return year


@pytest.fixture
def page(moved, open_as):
    def opened(username="county", /, *, link=None, **query):
        app = open_as(None if link else username, link=link).switch_page("../../pages/changes.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return opened


def run_of(store, actor=SYSTEM, language="zh") -> session.Run:
    return session.Run(store, actor, language, db.now(store), None)


def list_of(app):
    return app.dataframe[0].value


def texts(app) -> str:
    return "\n".join(str(element.value) for kind in (app.markdown, app.subheader, app.info) for element in kind)


# ---- states


def test_the_latest_snapshot_is_compared_with_now(page, before):
    app = page()
    assert (app.selectbox(key="changes.from").value, app.selectbox(key="changes.to").value) == (before, "now")
    assert app.query_params["from"] == before
    assert "to" not in app.query_params
    assert sorted(zip(list_of(app)["kind"], list_of(app)["name"], strict=True)) == sorted([
        (say("change.fallen"), "甲村党支部"), (say("change.submitted"), "乙村党支部"), (say("change.raised"), "甲村党支部")])
    assert set(list_of(app)["step"]) == {f"{say('class.second')} → {say('class.third')}", f"{say('state.not_submitted')} → {say('state.submitted')}",
                                         say("changes.listed")}


def test_two_snapshots_are_compared_whatever_happened_since(page, before, moved, at):
    after = snapshots.create(moved, SYSTEM, "四月调度会", at)
    organizations.change_class(moved, SYSTEM, "2012", "V1", "now", "first", "2012-04-10", "再次复核", at)
    moved.conn.commit()
    app = page(**{"from": before, "to": after})
    assert len(list_of(app)) == 3
    assert list(list_of(page(**{"from": after}))["step"]) == [f"{say('class.third')} → {say('class.first')}"]


def test_what_comes_first_is_never_later(page, before, moved, at):
    after = snapshots.create(moved, SYSTEM, "四月调度会", at)
    app = page(**{"from": after, "to": after})
    assert app.selectbox(key="changes.from").value == before
    assert len(app.selectbox(key="changes.to").options) == 2  # now and `after`: before `before` there is nothing
    assert page(**{"from": "../../etc", "to": "x"}).selectbox(key="changes.from").value == after


def test_without_a_snapshot_it_is_said_what_to_do(small_county, open_as):
    app = open_as("county").switch_page("../../pages/changes.py").run()
    assert say("changes.no_snapshot") in texts(app)
    offered = {link.proto.page for link in app.get("page_link")}
    assert offered - {link.proto.page for link in open_as("v1").switch_page("../../pages/changes.py").run().get("page_link")} == {
        "meetings", "snapshots"}


def test_time_alone_makes_items_overdue(page, moved):
    db.set_meta(moved, "clock_shift_seconds", str(float(db.meta(moved, "clock_shift_seconds")) + 5 * 86400))
    moved.conn.commit()
    late = list_of(page(kind="overdue"))
    assert list(zip(late["name"], late["step"], late["problem"], strict=True)) == [
        ("县某局党支部", f"{say('item_state.open')} → {say('light.overdue')}", "办事<窗口>不开门")]


def test_a_meetings_link_compares_its_own_figures_with_older_ones_only(page, before, moved, moment, at):
    _, token = meetings.open_meeting(moved, SYSTEM, "四月调度会", moment)
    own = meetings.every(moved)[0]["snapshot"]
    organizations.change_class(moved, SYSTEM, "2012", "V1", "now", "first", "2012-04-10", "会后", at)
    snapshots.create(moved, SYSTEM, "会后", at)
    moved.conn.commit()
    app = page(link=token)
    assert (app.selectbox(key="changes.from").value, app.selectbox(key="changes.to").value) == (before, own)
    assert (len(app.selectbox(key="changes.from").options), len(app.selectbox(key="changes.to").options)) == (1, 1)
    assert len(list_of(app)) == 3
    assert page(link=token, to="now").selectbox(key="changes.to").value == own


# ---- counts and names


@pytest.mark.parametrize("kind", ["", *rules.KINDS])
@pytest.mark.parametrize("township", ["", FENGYUAN, overview.COUNTY_LEVEL])
def test_every_count_is_the_length_of_its_list(page, before, moved, kind, township):
    with text.speaking("zh"):
        found = changes.compared(run_of(moved), before, "now")
        chosen = {"from": before, "to": "", "kind": kind, "township": township, "find": "", "measure": ""}
        html = changes.by_place(run_of(moved), found.places, chosen)
    shown = {tuple(match[0].split("|")): int(match[1]) for match in re.findall(r'data-id="([^"]*\|[^"]*)"[^>]*>([\d,]+)</a>', html)}
    expected = shown.get((kind, township), 0) if kind else found.places.loc[found.places.index == {overview.COUNTY_LEVEL: ""}.get(
        township, township)].to_numpy().sum() if township else sum(found.counts.values())
    app = page(kind=kind, township=township)
    assert (len(list_of(app)) if app.dataframe else 0) == expected
    assert say("changes.rows", kind=say(f"change.{kind or 'all'}"), count=expected) in texts(app)
    assert sum(count for (of, place), count in shown.items() if place) == sum(found.counts.values())
    assert {of: count for (of, place), count in shown.items() if not place} == {of: count for of, count in found.counts.items() if count}


def test_tiles_tell_every_kind_and_lead_to_its_names(moved, before):
    with text.speaking("en"):
        run = run_of(moved, language="en")
        html = changes.tiles(run, changes.compared(run, before, "now").counts, {"from": before, "to": "", "kind": "fallen", "township": ""})
    assert re.findall(r"<b>(\d+)</b>", html) == ["3", "0", "1", "1", "0", "0", "0", "0", "1", "0", "0"]
    assert f'class="bad on" data-id="fallen|" href="changes?from={before}&amp;kind=fallen&amp;lang=en"' in html


def test_names_are_data(moved, before, at):
    organizations.save_organization(moved, SYSTEM, {"code": "E1", "name": "<img src=x>村", "kind": "village", "committee": "610525101000",
                                                    "township": FENGYUAN, "members": 9, "secretary": "书记", "phone": ""}, at)
    gradings.record_result(moved, SYSTEM, "E1", Grade.GOOD, "2012-04-09", at, self_score=9000, satisfaction=9500, review_score=9000)
    middle = snapshots.create(moved, SYSTEM, "<b>会</b>", at)
    organizations.change_class(moved, SYSTEM, "2012", "E1", "now", "first", "2012-04-09", "定类", at)
    organizations.change_class(moved, SYSTEM, "2012", "E1", "now", "third", "2012-04-10", "复核", at)
    after = snapshots.create(moved, SYSTEM, "<b>会</b>", at)
    organizations.change_class(moved, SYSTEM, "2012", "E1", "now", "fourth", "2012-04-10", "复核", at)
    assert middle < after
    with text.speaking("zh"):
        html = changes.brief(run_of(moved))
    assert "&lt;img src=x&gt;村" in html
    assert "<img" not in html


def test_an_organization_reads_only_its_own_ledger(page, moved):
    own, other = (list_of(page(who, kind="raised")) for who in ("v1", "v2"))
    assert list(own["problem"]) == ["活动室被占用"]
    assert "problem" not in other
    assert list(other["name"]) == ["甲村党支部"]
    assert "三月调度会" not in "".join(page("v1").selectbox(key="changes.from").options)


def test_a_link_for_some_townships_has_only_their_changes(page, moved, moment, before):
    token = links.create(moved, SYSTEM, "城区", moment + links.LONGEST, moment, townships=("610525001",))
    assert not page(link=token).dataframe
    token = links.create(moved, SYSTEM, "片区", moment + links.LONGEST, moment, townships=(FENGYUAN,))
    assert len(list_of(page(link=token))) == 3
    leader = Actor("link:x", Role.LEADER, townships=("610525001",))
    with text.speaking("zh"):
        assert say("changes.nothing_yet") in changes.brief(run_of(moved, leader))


# ---- the map


def test_both_halves_show_their_own_state(moved, before, at):
    with text.speaking("zh"):
        run = run_of(moved)
        then, now = changes.halves(run, before, "now", "submitted")
        shown = overview.townships_by(run, "submitted").picture
    rates = [re.search(r'aria-label="冯原镇[^"]*?([\d.]+%)', picture)[1] for picture in (then, now)]
    assert rates == ["50.0%", "100.0%"]
    assert now == shown


# ---- for the overview


def test_the_brief_is_six_lines_at_most_and_agrees_with_the_page(moved, before):
    db.set_meta(moved, "clock_shift_seconds", str(float(db.meta(moved, "clock_shift_seconds")) + 5 * 86400))
    with text.speaking("zh"):
        html = changes.brief(run_of(moved))
        counts = changes.compared(run_of(moved), before, "now").counts
    lines = re.findall(r"<li", html)
    assert 2 <= len(lines) <= 6
    for kind, count in counts.items():
        assert (f"{say(f'change.{kind}')} <b>{count}</b>" in html) == bool(count)
    assert f"甲村党支部（{say('class.second')} → {say('class.third')}）" in html
    assert "县某局党支部" in html
    assert "办事" not in html  # what is written in a ledger is not for everybody


def test_without_a_snapshot_there_is_no_brief(small_county):
    with text.speaking("zh"):
        assert changes.brief(run_of(small_county)) == ""
