"""Taking one organization through its year by the real commands, for tests that begin in the middle of it."""

import datetime as dt

from lib.core import forms
from lib.core.grading import DIMENSIONS, Appraisal
from lib.core.model import SYSTEM
from lib.core.workflow import State
from lib.store import appraisals, assessments, gradings

STARTS = dt.date(2012, 4, 10)
AFTER = dt.date(2012, 4, 15)
"""The day after the last day of a notice that began on STARTS."""
SCORES = dict.fromkeys(DIMENSIONS, 1800)
SATISFIED = Appraisal(50, 50, 45, 5, 0)


def fill_in(store, code, at, which="good", **answers):
    """Answer the whole questionnaire by its own good or bad examples, some of them otherwise."""
    form = assessments.draft(store, code).form
    examples = {name: text for name, text in forms.example(form, which, STARTS).items()
                if form.items[name].asked and form.items[name].type != "file"}
    assessments.save_answers(store, SYSTEM, code, {**examples, **answers}, at)


def submit(store, code, at):
    return assessments.submit(store, SYSTEM, code, assessments.draft(store, code).seq, at, STARTS)


def objection(store, code):
    """Id of the first objection to a grade."""
    return gradings.objections(store, "2012", code)[0]["id"]


def bring(store, code, state, at, *, which="good", appraisal=SATISFIED):
    """Take an organization to a state; a remark was made when it was submitted, and an objection while the notice ran."""
    fill_in(store, code, at, which)
    appraisals.enter_tally(store, SYSTEM, code, appraisal, at)
    if state == State.NOT_SUBMITTED:
        return
    submit(store, code, at)
    assessments.remark(store, SYSTEM, code, "general_meetings", "会议记录只见 4 次，请核对", at)
    if state == State.RETURNED:
        assessments.return_(store, SYSTEM, code, "请核对会议次数", at)
    if state in (State.RETURNED, State.SUBMITTED):
        return
    gradings.save_review(store, SYSTEM, code, SCORES, [], "", at)
    gradings.propose(store, SYSTEM, code, None, "", at)
    if state == State.PROPOSED:
        return
    gradings.open_notice(store, SYSTEM, code, STARTS, at)
    gradings.object_(store, SYSTEM, code, "账目没有公开", "", at, STARTS)
    if state == State.NOTICED:
        return
    gradings.handle_objection(store, SYSTEM, objection(store, code), False, "已核实，账目已公开", at)
    gradings.approve(store, SYSTEM, code, at, AFTER)
