"""Everything about one organization: where its grading stands, 自评 测评 评定 side by side, the grade with its reasons, remarks,
problems, ledger, classes, submissions, files and history; each as far as who looks may see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from lib.core import grading
from lib.core.access import Action
from lib.core.forms import Form, Item
from lib.core.grading import DIMENSIONS, Appraisal
from lib.core.ledger import FINISHED, ItemState
from lib.core.model import Refused, Role
from lib.core.program import Rule
from lib.core.workflow import FILLING, State
from lib.store import appraisals, assessments, attachments, gradings, ledger, organizations, rounds
from lib.store.organizations import Organization
from lib.ui import figures, filters, history, places, rectification_card, rectification_forms, search, strip
from lib.ui import rectification as ledger_list
from lib.ui.session import Run
from lib.ui.text import date, gray, moment, percent, plain, points, signed, t

STEPS = ("self_assessment", "appraisal", "review", "notice", "approval")


@dataclass
class Standing:
    """One organization in the current round, read as it is needed."""

    run: Run
    organization: Organization

    @property
    def code(self) -> str:
        return self.organization.code

    @cached_property
    def state(self) -> State:
        return assessments.state(self.run.db, self.run.round.code, self.code)

    @cached_property
    def submissions(self) -> list[dict]:
        return assessments.submissions(self.run.db, self.run.round.code, self.code)

    @cached_property
    def form(self) -> Form | None:
        """The form of the latest submission, None before one."""
        return rounds.form(self.run.db, self.submissions[0]["form_version"]) if self.submissions else None

    @cached_property
    def appraisal(self) -> Appraisal:
        return appraisals.appraisal(self.run.db, self.run.round.code, self.code)

    @property
    def public(self) -> bool:
        """Whether the proposed grade, with its scores, may be known to the organization itself."""
        return self.run.actor.role != Role.ORGANIZATION or self.state in (State.NOTICED, State.APPROVED)

    @cached_property
    def review(self) -> dict | None:
        return gradings.review(self.run.db, self.run.round.code, self.code) if self.public else None

    @cached_property
    def grading(self) -> dict | None:
        return gradings.get(self.run.db, self.run.round.code, self.code) if self.public else None

    @cached_property
    def remarks(self) -> list[dict]:
        """Remarks; the organization sees those that a return has brought to it."""
        found = sorted(assessments.remarks(self.run.db, self.run.round.code, self.code), key=lambda remark: self.place(remark["item"]))
        if self.run.actor.role != Role.ORGANIZATION:
            return found
        returned_at = assessments.draft(self.run.db, self.code).returned_at or ""
        return [remark for remark in found if remark["at"] <= returned_at]

    def place(self, item: str) -> int:
        """Where an item stands in the form."""
        names = list(self.form.items) if self.form else []
        return names.index(item) if item in names else len(names)

    @cached_property
    def offices(self) -> dict[str, str]:
        """Who handed in, answered, reviewed and decided, as offices."""
        names = [row["submitted_by"] for row in self.submissions] + [row["author"] for row in self.remarks]
        names += [row["author"] for row in (self.review, appraisals.tally(self.run.db, self.run.round.code, self.code)) if row]
        names += [self.grading[column] for column in ("proposed_by", "approved_by") if self.grading and self.grading[column]]
        names += [row["author"] for row in organizations.class_history(self.run.db, self.code)]
        return history.office(self.run, names, self.code)


def asked(run: Run) -> Organization | None:
    """The organization that the address names, an organization's account its own; None without one. Raises Refused."""
    code = st.query_params.get("organization") or run.actor.organization
    if not code:
        return None
    organization = organizations.get(run.db, code)
    if not run.may(Action.LOOK_AT_ORGANIZATION, organization.whose):
        raise Refused("access.refused", action=Action.LOOK_AT_ORGANIZATION.value)
    return organization


def choose(run: Run) -> None:
    """A search over the organizations that somebody may look at, when the address names none."""
    filters.read("organization", {"find": None})
    st.markdown(t("organization.choose"))
    search.field("organization.find", 480)
    text = st.session_state["organization.find"] or ""
    filters.write("organization", {"find": text})
    search.answered(run, text, "organization.found")


# ---- head


def meta(organization: Organization) -> str:
    parts = [t(f"kind.{organization.kind}"), organization.township_name or t("ranking.county_level")]
    return plain(" · ".join(parts))


def facts(here: Standing) -> None:
    """Whose it is and who answers, and the ways on for those who work on it."""
    organization, run = here.organization, here.run
    parts = [t("organization.committee", name=organization.committee_name), t("organization.code", code=organization.code)]
    if organization.members is not None:
        parts.append(t("organization.members", count=organization.members))
    if organization.secretary:
        parts.append(t("organization.secretary", name=organization.secretary))
    if organization.phone and run.may(Action.SEE_PHONE, organization.whose):
        parts.append(t("organization.phone", number=organization.phone))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.markdown(plain("　".join(parts)), width="content")
        with st.container(horizontal=True, gap="small", width="content"):
            if run.may(Action.FILL, organization.whose):
                places.link("assessment", t("organization.to_form"), icon=":material/edit_note:", organization=organization.code)
            if run.may(Action.REVIEW, organization.whose):
                places.link("review", t("organization.to_review"), icon=":material/fact_check:", organization=organization.code)
    if organization.closed_on:
        st.warning(t("organization.closed", on=date(organization.closed_on, year=True)), icon=":material/block:")


def steps(here: Standing) -> None:
    """The five steps in their order: which are done, when and by whom."""
    strip.show(strip.html([_step(here, name) for name in STEPS], t("organization.steps")), "organization.steps")


def _step(here: Standing, name: str) -> strip.Step:
    done, when, what = {"self_assessment": _self_assessment, "appraisal": _appraisal, "review": _review, "notice": _notice,
                        "approval": _approval}[name](here)
    now = NOW.get(here.state) == name or (name == "appraisal" and not done and here.state == State.SUBMITTED)
    stage = "done" if done else "now" if now else "next"
    standing = t(f"state.{here.state}") if stage == "now" and name != "appraisal" else t(f"step.{stage}")
    return strip.Step(t(f"step.{name}"), stage, standing, when, what, 100 if stage == "done" else 0 if stage == "next" else 50)


NOW = {State.NOT_SUBMITTED: "self_assessment", State.RETURNED: "self_assessment", State.SUBMITTED: "review", State.PROPOSED: "notice",
       State.NOTICED: "notice"}
"""The step that a state is in."""


def _self_assessment(here: Standing) -> tuple[bool, str, str]:
    if not here.submissions:
        paper = here.state == State.APPROVED
        return paper, t("step.on_paper") if paper else "", ""
    last = here.submissions[0]
    words = t("step.submitted", version=last["version"], score=points(last["score"]), who=here.offices[last["submitted_by"]])
    return here.state not in FILLING, moment(last["submitted_at"]), words + (t("step.late") if last["late"] else "")


def _appraisal(here: Standing) -> tuple[bool, str, str]:
    found = here.appraisal
    if found.satisfaction is None:
        known = here.grading and here.grading["satisfaction"] is not None
        return bool(known), "", t("step.satisfaction", rate=percent(here.grading["satisfaction"])) if known else ""
    words = t("step.appraised", rate=percent(found.satisfaction), returned=found.returned, issued=found.issued)
    tally = appraisals.tally(here.run.db, here.run.round.code, here.code)
    return True, moment(tally["at"]) if tally else t("step.online"), words


def _review(here: Standing) -> tuple[bool, str, str]:
    graded, review = here.grading, here.review
    if graded and graded["source"] == "paper":
        return True, t("step.on_paper"), t("step.reviewed", score=points(graded["review_score"]))
    if graded:
        return True, moment(graded["proposed_at"]), t("step.proposed", grade=t(f"grade.{graded['grade']}"), who=here.offices[graded["proposed_by"]])
    if review:
        return False, moment(review["at"]), t("step.reviewed", score=points(review["total"]))
    return False, "", ""


def _notice(here: Standing) -> tuple[bool, str, str]:
    graded = here.grading
    if not graded or not graded["notice_from"]:
        return here.state == State.APPROVED, t("step.on_paper") if here.state == State.APPROVED else "", ""
    raised = gradings.objections(here.run.db, here.run.round.code, here.code)
    words = t("step.objections", count=len(raised), open=sum(each["handled_at"] is None for each in raised)) if raised else t("step.no_objection")
    return here.state == State.APPROVED, f"{date(graded['notice_from'])}–{date(graded['notice_until'])}", words


def _approval(here: Standing) -> tuple[bool, str, str]:
    graded = here.grading
    if here.state != State.APPROVED or not graded:
        return False, "", ""
    words = t("step.approved", grade=t(f"grade.{graded['grade']}"), who=here.offices[graded["approved_by"]])
    return True, date(graded["decided_on"], year=True), words


# ---- scores and grade


def scores(here: Standing) -> None:
    """Self-assessment and review by dimension, the appraisal's rate beside them, and a flag where they lie far apart."""
    st.subheader(t("organization.scores"), anchor=False)
    last, review, graded = (here.submissions[0] if here.submissions else None), here.review, here.grading
    if not last and not review and not graded:
        st.markdown(gray(t("organization.no_scores")))
        return
    total_self = last["score"] if last else graded["self_score"] if graded else None
    total_review = review["total"] if review else graded["review_score"] if graded else None
    dimensions = DIMENSIONS if last or review else ()
    rows = [(t(f"dimension.{each}"), last[each] if last else None, review[each] if review else None) for each in dimensions]
    table = {t("organization.dimension"): [name for name, *_ in rows], t("step.self_assessment"): [points(own) for _, own, _ in rows],
             t("step.review"): [points(given) for *_, given in rows],
             t("organization.difference"): [_difference(here, own, given, grading.DIMENSION_POINTS) for _, own, given in rows]}
    last_row = (t("organization.total"), points(total_self), points(total_review), _difference(here, total_self, total_review, None))
    for column, value in zip(table.values(), last_row, strict=True):
        column.append(f"**{value}**")
    st.table(table, border="horizontal", hide_index=True)
    if here.appraisal.returned:
        found = here.appraisal
        st.markdown(t("organization.appraised", rate=percent(found.satisfaction), turnout=percent(found.turnout), returned=found.returned,
                      issued=found.issued, satisfied=found.satisfied, basically=found.basically_satisfied, dissatisfied=found.dissatisfied))
    if grading.is_gap(total_self, total_review, here.run.program):
        st.warning(t("organization.gap", own=points(total_self), review=points(total_review), difference=points(total_self - total_review),
                     limit=points(here.run.program.gap)), icon=":material/compare_arrows:")


def _difference(here: Standing, own: int | None, given: int | None, full: int | None) -> str:
    """Review less self-assessment; what stands out (a dimension by its share of the whole gap) in red with a mark."""
    if own is None or given is None:
        return points(None)
    limit = here.run.program.gap if full is None else here.run.program.gap * full // (grading.DIMENSION_POINTS * len(DIMENSIONS))
    words = signed(given - own)
    return f":red[▼ {words}]" if own - given > limit else words


def grade(here: Standing) -> None:
    """The grade, what it was computed from, and every rule that lowered it, in words."""
    st.subheader(t("organization.grade"), anchor=False)
    graded, run = here.grading, here.run
    if graded is None:
        st.markdown(gray(t("organization.no_grade" if here.public else "organization.not_public")))
        return
    approved = here.state == State.APPROVED
    st.markdown(t("organization.grade_approved" if approved else "organization.grade_proposed", grade=t(f"grade.{graded['grade']}")))
    if graded["final_score"] is not None:
        weights = run.program.weights
        by_score = grading.grade_of(graded["final_score"], run.program)
        st.markdown(t("organization.final", final=points(graded["final_score"]), self=points(graded["self_score"]), self_weight=weights["self"],
                      rate=points(graded["satisfaction"]), rate_weight=weights["appraisal"], review=points(graded["review_score"]),
                      review_weight=weights["review"], grade=t(f"grade.{by_score}")))
    rules = {rule.code: rule for rule in run.program.rules}
    for code in graded["reasons"]:
        if rule := rules.get(code):
            st.markdown(f"- {plain(rule.name[run.language])}{_effect(rule)}")
    if graded["comment"]:
        st.markdown(t("organization.comment", text=plain(graded["comment"])))


def _effect(rule: Rule) -> str:
    if rule.sets:
        return t("organization.rule_is", grade=t(f"grade.{rule.sets}"))
    if rule.not_above:
        return t("organization.rule_cap", grade=t(f"grade.{rule.not_above}"))
    return t("organization.rule_down", steps=rule.demote)


# ---- what was said and found


def _item(here: Standing, name: str) -> tuple[str, Item | None]:
    item = here.form.items.get(name) if here.form else None
    return (here.form.number_of(name) if item else name), item


def remarks(here: Standing) -> None:
    """Remarks at single items with their answers."""
    if not here.remarks:
        return
    st.subheader(t("organization.remarks", count=len(here.remarks)), anchor=False)
    for remark in here.remarks:
        number, item = _item(here, remark["item"])
        badge = "settled" if remark["settled_at"] else "answered" if remark["reply"] else "open"
        color = {"settled": "green", "answered": "gray", "open": "red"}[badge]
        with st.container(border=True, gap="xsmall"):
            label = plain(item.label[here.run.language]) if item else ""
            st.markdown(f"**{number}** {label}　:{color}-badge[{t(f'organization.remark_{badge}')}]")
            st.markdown(f"{plain(remark['text'])}　{gray(plain(here.offices[remark['author']] + ' ' + moment(remark['at'])))}")
            if remark["reply"]:
                st.markdown(f"{t('organization.reply')}{plain(remark['reply'])}　{gray(moment(remark['replied_at']))}")


def problems(here: Standing) -> None:
    """Answers of the latest submission that revealed a problem: what and why."""
    if not here.submissions:
        return
    found = sorted(assessments.findings(here.run.db, here.submissions[0]["id"]), key=lambda finding: here.place(finding["name"]))
    st.subheader(t("organization.problems", count=len(found)), anchor=False)
    if not found:
        st.markdown(gray(t("organization.no_problems")))
        return
    table: dict[str, list[str]] = {t("organization.problem"): [], t("organization.what"): [], t("organization.why"): []}
    for finding in found:
        number, item = _item(here, finding["name"])
        why = here.form.items.get(f"{finding['name']}__why")
        cause = next((choice.label[here.run.language] for choice in why.choices if choice.name == finding["why"]), finding["why"]) if why else ""
        title = (item.problem or item.label)[here.run.language] if item else finding["name"]
        cells = (f"{'●' if finding['hard'] else '○'} {number} {plain(title)}", plain(finding["what"]), plain(cause))
        for column, cell in zip(table.values(), cells, strict=True):
            column.append(cell)
    st.table(table, border="horizontal", hide_index=True)
    st.markdown(gray(t("organization.problem_note")))


def rectification(here: Standing) -> None:
    """What is on the organization's ledger: light, problem, due date, who answers for it, each a way to the item."""
    run = here.run
    found = [item for item in ledger.every(run.db, organization=here.code) if item.state != ItemState.DISMISSED]
    st.subheader(t("organization.on_ledger.title", count=len(found)), anchor=False)
    if not found:
        st.markdown(gray(t("organization.on_ledger.none")))
    items = figures.tables(run)["items"]
    ledger_list.download(run, items[items["organization"] == here.code], "organization.ledger")
    for item in sorted(found, key=lambda item: (item.state in FINISHED, item.plan.due_on)):
        who = "　".join(part for part in (item.plan.responsible, item.plan.post) if part) or t("organization.on_ledger.nobody")
        with st.container(gap=None):
            st.markdown(f"{rectification_card.badge(run, item)}　{plain(item.plan.problem)}  \n"
                        + gray(plain(t("organization.on_ledger.line", state=t(f"item_state.{item.state}"), due=date(item.plan.due_on), who=who,
                                       progress=item.plan.progress))))
            places.link("rectification", rectification_forms.number(item.number), icon=":material/arrow_forward:", item=item.id)


def classes(here: Standing) -> None:
    """Class or stars: every decision with its date, reason and who decided."""
    found = organizations.class_history(here.run.db, here.code)
    if not found:
        return
    st.subheader(t("organization.classes"), anchor=False)
    lines = []
    for row in found:
        details = "　".join(part for part in (date(row["decided_on"], year=True), here.offices[row["author"]], row["reason"]) if part)
        lines.append(f"**{t('chart.moment_' + row['moment'])}**　{t('class.' + row['value'])}　{gray(plain(details))}")
    _lines(lines)


def submissions(here: Standing) -> None:
    """Every version handed in, with its receipt."""
    st.subheader(t("organization.submissions"), anchor=False)
    if not here.submissions:
        st.markdown(gray(t("organization.no_submissions")))
        return
    rows, late = here.submissions, f" :orange-badge[{t('organization.late')}]"
    st.table({t("organization.version"): [str(row["version"]) for row in rows],
              t("organization.submitted_at"): [moment(row["submitted_at"]) for row in rows],
              t("organization.receipt"): [plain(row["receipt"]) for row in rows],
              t("organization.points"): [points(row["score"]) + (late if row["late"] else "") for row in rows]},
             border="horizontal", hide_index=True)


def files(here: Standing) -> None:
    """Evidence files as links, for those who may read them."""
    if not here.run.may(Action.READ_ATTACHMENT, here.organization.whose):
        return
    found = attachments.every(here.run.db, here.run.round.code, here.code)
    if not found:
        return
    st.subheader(t("organization.files", count=len(found)), anchor=False)
    _lines(f"[{plain(file['name'])}](attachments/{file['id']})　{gray(plain(_item(here, file['item'])[0] + '　' + _size(file['size'])))}"
           for file in found)


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, size // 1024)} KB"


def past(here: Standing) -> None:
    """What happened lately, newest first."""
    found = history.lines(here.run, here.code, here.form)
    st.subheader(t("organization.history"), anchor=False)
    _lines(f"{plain(line.what)}　{gray(plain(line.when + '　' + line.who))}" for line in found)


def _lines(lines: Iterable[str]) -> None:
    st.markdown("\n".join(f"- {line}" for line in lines))


def show(here: Standing) -> None:
    """Everything, in two columns: what it was judged by, and what came of it."""
    facts(here)
    steps(here)
    left, right = st.columns([3, 2], gap="large")
    with left:
        scores(here)
        remarks(here)
        problems(here)
        rectification(here)
        past(here)
    with right:
        grade(here)
        classes(here)
        submissions(here)
        files(here)
