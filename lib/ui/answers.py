"""A submitted questionnaire as its reviewer reads it: answers in words, evidence, caps, problems, remarks at single items."""

import streamlit as st

from lib.core import expressions, forms, workflow
from lib.core.access import Action
from lib.core.forms import Item
from lib.core.grading import ScoreLine
from lib.core.ledger import LIMITS, Plan, Source
from lib.store import assessments, ledger
from lib.ui import dialogs, form, session, text
from lib.ui.case import Case, read, signed
from lib.ui.text import gray, plain, t

SHOWN = ("all", "changed", "problems", "verify", "remarks")


def _questions(case: Case) -> list[Item]:
    """What was asked or computed and is visible, in the form's order."""
    return [item for item in case.form.items.values()
            if not item.parent and (item.asked or item.scored) and item.name in case.reading.visible]


def _chosen(case: Case) -> dict[str, list[Item]]:
    """The questions of each view."""
    asked = _questions(case)
    remarked = {case.form.items[row["item"]].parent or row["item"] for row in case.remarks if row["item"] in case.form.items}
    # an organization may keep its answer and say why: that is news too
    replied = {row["item"] for row in case.remarks if len(case.submissions) > 1 and (row["replied_at"] or "") >= case.submissions[1]["submitted_at"]}
    return {"all": asked, "changed": [item for item in asked if case.changed(item) or item.name in replied],
            "problems": [item for item in asked if item.name in case.findings],
            "verify": [item for item in asked if item.name in case.unsure],
            "remarks": [item for item in asked if item.name in remarked]}


def _keep_shown() -> None:
    st.query_params["show"] = st.session_state["review.show"]


def show(case: Case) -> None:
    """The answers, section by section; after a resubmission first of all only what changed."""
    views = _chosen(case)
    offered = [view for view in SHOWN if view == "all" or views[view] or (view == "changed" and len(case.submissions) > 1)]
    first = "changed" if views["changed"] and workflow.possible(case.state, Action.PROPOSE) else "all"
    asked = st.query_params.get("show")
    st.session_state["review.show"] = asked if asked in offered else first
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        labels = {view: t(f"answers.show_{view}", count=len(views[view])) for view in offered}
        st.segmented_control(t("answers.show"), offered, format_func=labels.get, key="review.show", required=True, label_visibility="collapsed",
                             wrap=True, on_change=_keep_shown)
        if case.may(Action.RETURN) and workflow.possible(case.state, Action.RETURN):
            return_button(case)
    view = st.session_state["review.show"]
    items = views[view]
    if view == "changed":
        before = case.submissions[1]
        st.markdown(gray(t("answers.compared", version=case.submission["version"], before=before["version"],
                           change=text.signed(case.submission["score"] - before["score"]))))
    _versions(case)
    listed = {(each.name, each.source_id if each.source == Source.REMARK else "") for each in ledger.every(case.run.db, organization=case.code)}
    if not items:
        st.markdown(t("answers.nothing_changed"))
    for position, group in enumerate(case.form.groups, 1):
        own = [item for item in items if item.group == group.name]
        if own:
            st.markdown(f"##### {position}　{plain(group.label[case.run.language])}")
            with st.container(gap="xsmall"):
                for item in own:
                    _item(case, item, listed)


def _versions(case: Case) -> None:
    """Says when the submission before was made under another version of the form: what only one of them asks is not compared."""
    gone, new = ([name for name in names if "__" not in name] for names in case.asked_in_one)
    if gone or new:
        st.markdown(gray(t("answers.versions.differ", gone=len(gone), new=len(new))))


def return_button(case: Case) -> None:
    """The way to send the questionnaire back, with the number of remarks that go with it."""
    waiting = sum(not row["settled_at"] for row in case.remarks)
    words = t("answers.return_with", count=waiting) if waiting else t("answers.return")
    st.button(words, key="review.return", icon=":material/undo:", on_click=dialogs.ask, args=("review.return",), kwargs={"code": case.code})


def _item(case: Case, item: Item, listed: set[tuple[str, str]]) -> None:
    """One answer with what was said about it. `listed` is what the ledger holds: (item, id of the remark or "")."""
    remarks = [row for row in case.remarks if row["item"] == item.name]
    with st.container(border=bool(remarks), gap="xsmall"):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
            st.markdown(_lines(case, item), width="stretch")
            if item.name in case.findings and (item.name, "") not in listed:
                said = case.findings[item.name]["what"]
                problem = "：".join(part for part in (item.problem[ledger.NOTED_IN], said) if part)
                _list_button(case, item.name, Source.ANSWER, item.name, case.submission["id"], problem)
            if case.may(Action.REMARK) and workflow.possible(case.state, Action.REMARK):
                st.button(t("answers.remark"), key=f"review.remark.{item.name}", type="tertiary", icon=":material/add_comment:",
                          on_click=dialogs.ask, args=("review.remark",), kwargs={"code": case.code, "item": item.name})
        for row in remarks:
            _remark(case, row, listed)


def _list_button(case: Case, key: str, source: Source, name: str, source_id: str, problem: str) -> None:
    """The way to put what was found on the organization's ledger, as a draft to be confirmed by it."""
    if case.may(Action.RAISE_ITEM) and st.button(t("answers.ledger.list"), key=f"review.list.{key}", type="tertiary", icon=":material/playlist_add:"):
        with session.attempt() as tried:
            plan = Plan(problem=problem[:LIMITS["problem"]])
            ledger.raise_item(case.run.db, case.run.actor, case.code, source, plan, case.run.at, source_id=source_id, name=name)
        if tried.ok:
            session.flash("answers.ledger.listed")
            st.rerun()


def _lines(case: Case, item: Item) -> str:
    """Everything about one answer as one piece of Markdown."""
    language, lines = case.run.language, []
    badges = [f":red-badge[{t('answers.problem')}]" if case.findings[item.name]["hard"] else f":orange-badge[{t('answers.concern')}]"
              ] if item.name in case.findings else []
    if item.name in case.unsure:
        badges.append(f":orange-badge[{t('answers.verify')}]")
    if case.changed(item):
        badges.append(f":blue-badge[{t('answers.changed')}]")
    question = gray(f"**{case.form.number_of(item.name)}**　{plain(item.label[language])}")
    marks = "".join(f"　{badge}" for badge in badges)
    lines += [question + marks, _answer(case, item)] if item.scored or item.type == "text" else [f"{question}　{_answer(case, item)}{marks}"]
    lines += _beside(case, item)
    if found := case.findings.get(item.name):
        cause = case.form.items.get(f"{item.name}__{forms.WHY}")
        lines.append(f":material/flag: **{plain(item.problem[language])}**　{plain(found['what'])}"
                     + (f"　{gray(t('answers.cause', cause=plain(form.spoken(cause, found['why']))))}" if cause and found["why"] else ""))
    if note := case.answers.get(f"{item.name}__{forms.NOTE}"):
        lines.append(gray(f"{t('answers.evidence')}{plain(note)}"))
    if files := [row for row in case.attachments if row["item"] == f"{item.name}__{forms.FILE}"]:
        lines.append(" · ".join(f":material/attach_file: [{plain(row['name'])}](/attachments/{row['id']})" for row in files))
    return "  \n".join(lines)


def _answer(case: Case, item: Item) -> str:
    line = next((line for line in case.score.lines if line.item.name == item.name), None)
    if line is None:
        return f"**{plain(_spoken(item, case.answers.get(item.name)))}**"
    if line.chosen is None:
        return f"**{t('answers.not_applicable' if line.not_applicable else 'answers.none')}**"
    words = plain(item.levels[str(line.chosen)][case.run.language])
    return f"**{t('form.level', level=line.chosen)}**　{words}" + (f"  \n{_cap(case, line)}" if line.cap else "")


def _cap(case: Case, line: ScoreLine) -> str:
    """What took the points, in words: the answers that the cap reads."""
    read_ = [case.form.items[name] for name in sorted(expressions.references(line.cap.when)) if name in case.form.items]
    causes = [t("answers.cap_cause", number=case.form.number_of(item.name), label=plain(item.label[case.run.language]),
                answer=plain(_spoken(item, case.answers.get(item.name)))) for item in read_ if case.form.number_of(item.name)]
    return f":orange-badge[{t('answers.capped', level=line.cap.level)}]　{t('answers.cap_reason', causes=t('form.comma').join(causes))}"


def _beside(case: Case, item: Item) -> list[str]:
    """The same answer in the submission before, where it differs, and in the last round."""
    lines = []
    if item.name in case.changes:
        lines.append(gray(t("answers.before", answer=plain(_spoken(item, case.changes[item.name][0])))))
    if item.name in case.last_round:
        lines.append(gray(t("form.last_round", answer=plain(_spoken(item, case.last_round[item.name])))))
    return lines


def _spoken(item: Item, answer: str | None) -> str:
    """An answer in words: a level in points, a day as an office writes it, else the label; not yet escaped."""
    if item.scored and answer and answer.isdigit():
        return t("form.level", level=answer)
    return text.date(answer, year=True) if item.type == "date" and answer else form.spoken(item, answer)


def _remark(case: Case, row: dict, listed: set[tuple[str, str]]) -> None:
    badge = (f":gray-badge[{t('answers.settled')}]" if row["settled_at"] else f":green-badge[{t('answers.answered')}]" if row["reply"]
             else f":red-badge[{t('answers.open')}]")
    lines = [f"{badge}　{plain(row['text'])}　{signed(case.run, row['author'], row['at'])}"]
    if row["reply"]:
        lines.append(f":material/reply: {plain(row['reply'])}　{signed(case.run, row['replied_by'], row['replied_at'])}")
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.markdown("  \n".join(lines), width="stretch")
        if (row["item"], row["id"]) not in listed:
            _list_button(case, row["id"], Source.REMARK, row["item"], row["id"], _problem(case, row))
        words = t("answers.settle" if row["reply"] else "answers.take_back")
        if not row["settled_at"] and case.may(Action.REMARK) and st.button(words, key=f"review.settle.{row['id']}", type="tertiary",
                                                                           icon=":material/check:" if row["reply"] else ":material/undo:"):
            with session.attempt() as tried:
                assessments.settle(case.run.db, case.run.actor, row["id"], case.run.at)
            if tried.ok:
                st.rerun()


def _problem(case: Case, row: dict) -> str:
    """A remark as a problem of the ledger, in the county's language: the question, and what was said about it."""
    item = case.form.items.get(row["item"])
    return "：".join(part for part in (item.label[ledger.NOTED_IN] if item else "", row["text"]) if part)


# ---- dialogs


def remark_dialog(code: str, item: str) -> None:
    """A remark at one item."""
    with session.run("review") as run:
        case = read(run, code)
        asked = case.form.items[item]
        st.markdown(f"**{case.form.number_of(item)}**　{plain(asked.label[run.language])}  \n{gray(_answer(case, asked))}")
        st.text_area(t("answers.remark_text"), key="review.remark_text", max_chars=assessments.REMARK_LIMIT, height=120)
        if st.button(t("answers.remark_save"), key="review.remark_save", type="primary"):
            with session.attempt() as tried:
                assessments.remark(run.db, run.actor, code, item, st.session_state["review.remark_text"], run.at)
            if tried.ok:
                dialogs.done("answers.remark_saved")


def return_dialog(code: str) -> None:
    """Sending a questionnaire back: what goes with it, the reason, the last word."""
    with session.run("review") as run:
        case = read(run, code)
        waiting = [row for row in case.remarks if not row["settled_at"]]
        st.markdown(t("answers.return_what", name=plain(case.organization.name), count=len(waiting)))
        for row in waiting:
            st.markdown(gray(f"{case.form.number_of(row['item'])}　{plain(row['text'])}"))
        st.text_area(t("answers.return_reason"), key="review.return_reason", max_chars=assessments.REMARK_LIMIT, height=120)
        if case.grading:
            st.warning(t("answers.return_grading"), icon=":material/warning:")
        if st.button(t("answers.return_confirm"), key="review.return_confirm", type="primary"):
            with session.attempt() as tried:
                assessments.return_(run.db, run.actor, code, st.session_state["review.return_reason"], run.at)
            if tried.ok:
                dialogs.done("answers.returned", name=case.organization.name)
