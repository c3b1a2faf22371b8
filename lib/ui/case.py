"""Everything a reviewer looks at about one organization, read once for a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lib.core import access, forms, grading
from lib.core.access import Action
from lib.core.forms import Form, Item, Reading
from lib.core.grading import Appraisal, Score
from lib.core.workflow import State
from lib.store import accounts, appraisals, assessments, attachments, gradings, organizations, rounds
from lib.store.organizations import Organization
from lib.ui import text
from lib.ui.session import Run


@dataclass(frozen=True)
class Case:
    """One organization's assessment and grading. `submission` and what depends on it are None before the first one."""

    run: Run
    organization: Organization
    state: State
    returned_at: str | None
    return_reason: str
    submissions: list[dict]

    @property
    def code(self) -> str:
        return self.organization.code

    @property
    def submission(self) -> dict | None:
        return self.submissions[0] if self.submissions else None

    @cached_property
    def form(self) -> Form:
        return rounds.form(self.run.db, self.submission["form_version"])

    @cached_property
    def answers(self) -> Mapping[str, str]:
        return assessments.submitted_answers(self.run.db, self.submission["id"])

    @cached_property
    def reading(self) -> Reading:
        """As on the day of the submission, which is the day that rules on dates are judged on."""
        return forms.read(self.form, self.answers, text.local(self.submission["submitted_at"], self.run.program.timezone).date())

    @cached_property
    def score(self) -> Score:
        return grading.self_score(self.form, self.reading)

    @cached_property
    def changes(self) -> Mapping[str, tuple[str | None, str | None]]:
        return assessments.changes(self.run.db, self.run.round.code, self.code)

    @cached_property
    def asked_in_one(self) -> tuple[frozenset[str], frozenset[str]]:
        """Names that only the submission before, and only this one, had in its form: two versions of a questionnaire."""
        return assessments.asked_in_one(self.run.db, self.run.round.code, self.code)

    @cached_property
    def last_round(self) -> Mapping[str, str]:
        return assessments.last_round_answers(self.run.db, self.run.round.code, self.code)

    @cached_property
    def remarks(self) -> list[dict]:
        return assessments.remarks(self.run.db, self.run.round.code, self.code)

    @cached_property
    def findings(self) -> Mapping[str, dict]:
        return {row["name"]: row for row in assessments.findings(self.run.db, self.submission["id"])}

    @cached_property
    def unsure(self) -> frozenset[str]:
        return frozenset(item.name for item in forms.unsure(self.form, self.reading))

    @cached_property
    def attachments(self) -> list[dict]:
        return attachments.every(self.run.db, self.run.round.code, self.code)

    @cached_property
    def appraisal(self) -> Appraisal:
        return appraisals.appraisal(self.run.db, self.run.round.code, self.code)

    @cached_property
    def review(self) -> dict | None:
        return gradings.review(self.run.db, self.run.round.code, self.code)

    @cached_property
    def grading(self) -> dict | None:
        return gradings.get(self.run.db, self.run.round.code, self.code)

    @cached_property
    def objections(self) -> list[dict]:
        return gradings.objections(self.run.db, self.run.round.code, self.code)

    def may(self, action: Action) -> bool:
        """Whether the reader may take an action on this organization, whatever its state."""
        return self.run.may(action, self.organization.whose)

    def changed(self, item: Item) -> bool:
        """Whether an answer, or what belongs to it, differs from the submission before."""
        return any(name in self.changes for name in (item.name, *(child.name for child in self.form.children.get(item.name, ()))))


def read(run: Run, code: str) -> Case:
    """Raises Refused when there is no such organization or it is not the reader's."""
    organization = organizations.get(run.db, code)
    access.require(run.actor, Action.REVIEW, organization.whose)
    draft = assessments.draft(run.db, code)
    return Case(run, organization, draft.state, draft.returned_at, draft.return_reason, assessments.submissions(run.db, run.round.code, code))


def author(run: Run, username: str) -> str:
    """Whose account it is, for a remark or a decision; not yet escaped."""
    if account := accounts.get(run.db, username):
        return account["name"]
    return text.t({"system": "case.system", "public": "role.public"}[username]) if username in ("system", "public") else username


def signed(run: Run, username: str, at: str) -> str:
    """Who and when, small and muted, as Markdown."""
    return text.gray(f"{text.plain(author(run, username))}　{text.moment(at)}")


