"""The self-assessment's screen around the form: sections and progress, score preview, remarks, gaps, submit, receipt.

Session keys, all of this module:
- `assessment.screen`: index of the screen shown; set by the buttons here.
- `assessment.checked`: the organization whose gaps are pointed at; set by a refused submit, cleared by a successful one.
- `assessment.problems`: what the last submit was refused for.
- `assessment.jumped`: a gap was gone to since; folds the list.
- `assessment.organization`: whose form this tab shows; a change of it drops the other's widgets.
"""

import streamlit as st

from lib.core import forms, grading, workflow
from lib.core.forms import Reading
from lib.core.grading import Score
from lib.core.model import Problem, Refused
from lib.core.workflow import State
from lib.store import assessments, attachments
from lib.store.assessments import Draft
from lib.ui import form, session, text
from lib.ui.form import Marks
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

NUMERALS = "一二三四五六七八九十"
STEPS_SHOWN = 4


def chosen(run: Run) -> str | None:
    """Code of the organization whose form is shown: one's own, or the one named in the address."""
    code = run.actor.organization or st.query_params.get("organization")
    if st.session_state.get("assessment.organization") != code:
        for key in [key for key in st.session_state if str(key).startswith(("answer.", "form.")) and key != "form.unsaved"]:
            del st.session_state[key]
        for key in ("assessment.screen", "assessment.checked", "assessment.problems"):
            st.session_state.pop(key, None)
        st.session_state["assessment.organization"] = code
    return code


def section_name(position: int, label: str) -> str:
    """"三、组织制度是否完善", "3. Are the rules complete"."""
    return f"{NUMERALS[position - 1]}、{label}" if text.language() == "zh" else f"{position}. {label}"


# ---- sections


def _go(screen: int) -> None:
    st.session_state["assessment.screen"] = screen


def _to_section(first_screens: list[int]) -> None:
    _go(first_screens[st.session_state["assessment.section"]])


def sections(run: Run, draft: Draft, reading: Reading) -> None:
    """The sidebar: every section with its progress, and where remarks wait."""
    screens = form.screens(draft.form)
    groups = draft.form.groups
    firsts = [next(i for i, screen in enumerate(screens) if screen.group is group) for group in groups]
    here = groups.index(screens[current_screen(draft)].group)
    counts = [forms.progress(group, draft.form, draft.answers, reading) for group in groups]
    waiting = {draft.form.items[row["item"]].group for row in assessments.remarks(run.db, draft.round.code, draft.organization.code, unsettled=True)
               if not row["reply"]} if draft.state == State.RETURNED else set()
    labels = [section_name(i, plain(group.label[run.language]))
              + ("　:red[●]" if group.name in waiting else "　:green[✓]" if done == asked else "")
              for i, (group, (done, asked)) in enumerate(zip(groups, counts, strict=True), 1)]
    done, asked = (sum(column) for column in zip(*counts, strict=True))
    with st.sidebar:
        st.subheader(t("assessment.progress"), anchor=False)
        st.progress(done / asked if asked else 1.0, text=t("assessment.done_of", done=done, asked=asked))
        st.session_state["assessment.section"] = here
        st.radio(t("assessment.sections"), range(len(groups)), format_func=labels.__getitem__, label_visibility="collapsed", width="stretch",
                 captions=[t("assessment.section_done", done=a, asked=b) for a, b in counts], key="assessment.section",
                 on_change=_to_section, args=(firsts,))


def on_paper(run: Run, draft: Draft) -> None:
    """Ways to the form on paper."""
    with st.container(horizontal=True, gap="small"):
        st.link_button(t("paper.print_filled"), f"/print/assessment/{draft.organization.code}?lang={run.language}", type="tertiary",
                       icon=":material/print:")
        st.link_button(t("paper.print_blank"), f"/print/form/{draft.organization.kind}?lang={run.language}", type="tertiary", icon=":material/draft:")


def current_screen(draft: Draft) -> int:
    return min(st.session_state.get("assessment.screen", 0), len(form.screens(draft.form)) - 1)


def turn_pages(draft: Draft) -> None:
    """Buttons to the screens before and after."""
    screens, here = form.screens(draft.form), current_screen(draft)

    def name(index: int) -> str:
        screen = screens[index]
        part = t("assessment.part", part=screen.part, parts=screen.parts) if screen.parts > 1 else ""
        return plain(screen.group.label[text.language()]) + part

    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if here > 0:
            st.button(name(here - 1), key="assessment.back", icon=":material/arrow_back:", type="tertiary", on_click=_go, args=(here - 1,))
        else:
            st.space("small")
        if here < len(screens) - 1:
            st.button(name(here + 1), key="assessment.next", icon=":material/arrow_forward:", icon_position="right", on_click=_go, args=(here + 1,))


# ---- the form itself


@st.fragment
def questions(code: str) -> None:
    """One screen of questions with the score preview beside it: all that an answer redraws."""
    with session.run("assessment") as run:
        form.save_unsaved(code)
        draft = assessments.draft(run.db, code)
        reading = draft.read(run.today)
        index = current_screen(draft)
        screen = form.screens(draft.form)[index]
        writable = run.live and assessments.may_fill(run.actor, draft)
        st.session_state["form.based_on"] = max(draft.seq, st.session_state.get("form.based_on", 0))
        left, right = st.columns([13, 6], gap="large")
        with left:
            form.notices(draft)
            told = assessments.remarks(run.db, draft.round.code, code, unsettled=True) if draft.state == State.RETURNED else []
            _head(run, draft, screen, reading, told)
            form.ask(run, draft, screen, reading, _marks(run, draft, reading, told), disabled=not writable,
                     remark=lambda row: _remark(run, draft, row))
        with right:
            score = grading.self_score(draft.form, reading)
            _preview(run, draft, reading, score)
            _problems(run, draft, reading)


def _head(run: Run, draft: Draft, screen: form.Screen, reading: Reading, told: list[dict]) -> None:
    position = draft.form.groups.index(screen.group) + 1
    done, asked = forms.progress(screen.group, draft.form, draft.answers, reading)
    unanswered = [row for row in told if not row["reply"]]
    left = len(forms.gaps(draft.form, draft.answers, reading)) + len(unanswered)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.subheader(section_name(position, plain(screen.group.label[run.language]))
                     + (t("assessment.part", part=screen.part, parts=screen.parts) if screen.parts > 1 else ""), anchor=False, width="content")
        saved = t("assessment.saved", time=text.clock(draft.saved_at)) if draft.saved_at else t("assessment.nothing_saved")
        st.markdown(gray(t("assessment.section_progress", position=position, done=done, asked=asked) + " · "
                         + (t("assessment.left", count=left) if left else t("assessment.none_left")))
                    + f"　:green-badge[:material/cloud_done: {saved}]", width="content")


def _marks(run: Run, draft: Draft, reading: Reading, told: list[dict]) -> Marks:
    code, round_code = draft.organization.code, draft.round.code
    gaps = {}
    if st.session_state.get("assessment.checked") == code:
        gaps = {gap.item.name: gap.code for gap in forms.gaps(draft.form, draft.answers, reading)}
    return Marks(gaps, form.by_item(told), assessments.last_round_answers(run.db, round_code, code),
                 form.by_item(attachments.every(run.db, round_code, code)))


def _reply(remark: str) -> None:
    said = st.session_state.get(f"assessment.reply.{remark}", "")
    with session.quietly("assessment") as run:
        if isinstance(run, Run):
            try:
                assessments.reply(run.db, run.actor, remark, said, run.at)
            except Refused as refused:
                st.session_state["form.refused"] = refused


def _remark(run: Run, draft: Draft, row: dict) -> None:
    """A reviewer's remark under its question, with the organization's answer to it."""
    st.markdown(f":red-badge[:material/edit_note: {t('assessment.remark')}]　{gray(text.moment(row['at']))}  \n{plain(row['text'])}")
    key = f"assessment.reply.{row['id']}"
    if key not in st.session_state:
        st.session_state[key] = row["reply"] or ""
    st.text_area(t("assessment.reply"), key=key, height=72, max_chars=assessments.REMARK_LIMIT, on_change=_reply, args=(row["id"],),
                 disabled=not assessments.may_fill(run.actor, draft), placeholder=t("assessment.reply_placeholder"))
    if row["reply"]:
        st.markdown(gray(t("assessment.replied", time=text.moment(row["replied_at"]))))


# ---- the side


def _preview(run: Run, draft: Draft, reading: Reading, score: Score) -> None:
    """Live score and grade with the nearest step up (登高一级还差什么)."""
    program = draft.round.program
    counted = [line for line in score.lines if line.chosen is not None]
    earned, full = sum(line.points for line in counted), sum(line.item.points for line in counted)
    with st.container(border=True, gap="small"):
        st.markdown(f"**{t('preview.title')}**　{gray(t('preview.answered', done=score.answered, asked=len(score.lines)))}")
        if not any(line.item.asked for line in counted):
            st.markdown(gray(t("preview.nothing")))
            return
        scaled = score.total if score.complete else grading.half_up(10000 * earned, full)
        grade = grading.grade_of(scaled, program)
        left, right = st.columns(2)
        left.metric(t("preview.earned"), text.points(earned), t("preview.full", full=f"{full / 100:g}"), delta_color="off", delta_arrow="off")
        right.metric(t("preview.scaled"), text.points(scaled), t(f"grade.{grade}"), delta_arrow="off",
                     delta_color={"good": "green", "fairly_good": "green", "average": "orange", "poor": "red"}[grade])
        if above := grading.distance(scaled, program):
            st.markdown(t("preview.distance", points=text.points(above[1]), grade=t(f"grade.{above[0]}")))
            steps = grading.next_steps(score)[:STEPS_SHOWN]
            st.markdown("  \n".join(_step(draft, step) for step in steps))
        for rule in grading.rules_met(program, draft.organization.kind, {**reading.values, "today": run.today.isoformat()}, ()):
            limit = rule.sets or rule.not_above
            st.markdown(f":red-badge[:material/block: {t('preview.rule')}] {plain(rule.name[run.language])}"
                        + (t("preview.limit", grade=t(f"grade.{limit}")) if limit else ""))
        st.markdown(gray(t("preview.note", office=plain(program.office[run.language]))))


def _step(draft: Draft, step: grading.Step) -> str:
    number = draft.form.number_of(step.item.name)
    label = plain(step.item.label[text.language()])
    if step.cap is None:
        return t("preview.step", number=number, label=label, level=step.level, gain=text.points(step.gain))
    causes = sorted({draft.form.number_of(name) for name in forms.expressions.references(step.cap.when) if name in draft.form.items} - {""})
    return t("preview.capped", number=number, label=label, level=step.cap.level, causes=t("form.comma").join(causes), gain=text.points(step.gain))


def _problems(run: Run, draft: Draft, reading: Reading) -> None:
    """What the answers have revealed so far: hard ones will be drafted as ledger items."""
    found = forms.findings(draft.form, reading)
    lines = [f"**{t('assessment.problems')}**　{gray(t('assessment.problem_count', count=len(found)))}"]
    lines += [f"{':red[●]' if finding.hard else ':orange[○]'} {draft.form.number_of(finding.item.name)}　"
              f"{plain(finding.item.problem[run.language])}" for finding in found]
    lines.append(gray(t("assessment.problem_note" if found else "assessment.no_problems")))
    with st.container(border=True):
        st.markdown("  \n".join(lines))


# ---- submitting


def _submit(code: str) -> None:
    st.session_state.pop("assessment.problems", None)
    with session.quietly("assessment") as run:
        if not isinstance(run, Run):
            return
        form.save_unsaved(code)
        try:
            receipt = assessments.submit(run.db, run.actor, code, st.session_state.get("form.based_on", 0), run.at, run.today)
        except Refused as refused:
            st.session_state["assessment.problems"] = refused.problems
            st.session_state["assessment.checked"] = code
            st.session_state["assessment.jumped"] = False
            return
    st.session_state.pop("assessment.checked", None)
    session.flash("assessment.submitted", number=receipt.number)


def submit_bar(draft: Draft) -> None:
    """At the foot of the screen, always in reach."""
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.markdown(gray(t("assessment.submit_note")), width="content")
        st.button(t("assessment.submit"), key="submit", type="primary", icon=":material/send:", on_click=_submit, args=(draft.organization.code,))


def _jump(draft: Draft, name: str) -> None:
    _go(form.screen_of(draft.form, name))
    st.session_state["assessment.jumped"] = True


def refused(draft: Draft, reading: Reading) -> None:
    """Why the last submit was refused: every gap at once, each with a way there; or what somebody else has changed."""
    problems: tuple[Problem, ...] = st.session_state.get("assessment.problems", ())
    if not problems:
        return
    if problems[0].code == "submit.changed_elsewhere":
        _changed_elsewhere(draft, problems)
    elif problems[0].code.startswith("gap."):
        _gaps(draft, reading)
    else:
        session.explain(Refused(problems=problems))


def _changed_elsewhere(draft: Draft, problems: tuple[Problem, ...]) -> None:
    with st.container(border=True, gap="small"):
        st.error(t("assessment.changed_elsewhere"), icon=":material/sync_problem:")
        for each in (dict(problem.params) for problem in problems):
            st.markdown(t("assessment.changed", number=each["number"], author=plain(each["author"]), time=text.moment(each["at"]),
                          value=plain(form.spoken(draft.form.items[each["name"]], each["value"]))))


def _gaps(draft: Draft, reading: Reading) -> None:
    """The gaps as they are now, section by section, one button a question; folded once somebody has gone to one."""
    open_ = {draft.form.number_of(gap.item.name): gap.item for gap in reversed(forms.gaps(draft.form, draft.answers, reading))}
    if not open_:
        return
    st.error(t("assessment.gaps", count=len(open_)), icon=":material/error:")
    with st.expander(t("assessment.gap_list"), expanded=not st.session_state.get("assessment.jumped")):
        for position, group in enumerate(draft.form.groups, 1):
            own = [item for item in reversed(open_.values()) if item.group == group.name]
            if own:
                st.markdown(f"**{section_name(position, plain(group.label[text.language()]))}**")
                with st.container(horizontal=True, gap="small"):
                    for item in own:
                        st.button(draft.form.number_of(item.name), key=f"assessment.gap.{item.name}", on_click=_jump, args=(draft, item.name))


def standing(run: Run, draft: Draft) -> None:
    """Where the assessment stands: returned with its reason, handed in with its receipt, or due."""
    program, rows = draft.round.program, assessments.submissions(run.db, draft.round.code, draft.organization.code)
    if draft.state == State.RETURNED:
        remarks = assessments.remarks(run.db, draft.round.code, draft.organization.code, unsettled=True)
        st.warning(t("assessment.returned", time=text.moment(draft.returned_at), reason=plain(draft.return_reason), count=len(remarks)),
                   icon=":material/undo:")
        with st.container(horizontal=True, gap="small"):
            for row in remarks:
                mark = ":material/check:" if row["reply"] else ":material/edit_note:"
                st.button(t("assessment.to_remark", number=draft.form.number_of(row["item"])), key=f"assessment.remark.{row['id']}", icon=mark,
                          on_click=_jump, args=(draft, row["item"]))
    elif draft.state in workflow.AFTER_SUBMISSION and rows:
        last = rows[0]
        st.success(t("assessment.receipt", number=last["receipt"], time=text.moment(last["submitted_at"], year=True), version=last["version"],
                     score=text.points(last["score"]), state=t(f"state.{draft.state}")), icon=":material/task_alt:")
    elif run.today > program.submit_by:
        st.warning(t("assessment.overdue", day=text.date(program.submit_by)), icon=":material/schedule:")
