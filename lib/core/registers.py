"""Registers as data: a form (lib.core.forms) with a head that says what a record is about, who keeps it and how it is listed.

The head is the mapping `register:` of the form's document (vocabulary: docs/forms.md). A new register is a data file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lib.core import expressions, forms, lint
from lib.core.access import ALLOWED, Action, Whose, allowed
from lib.core.forms import Form, FormError, Item
from lib.core.model import Actor, Kind, Problem, Role
from lib.core.phrases import listed

Text = Mapping[str, str]
SEE, WRITE = (Role.ORGANIZATION, Role.COMMITTEE, Role.COUNTY, Role.LEADER), (Role.COMMITTEE, Role.COUNTY)
WRITERS = frozenset({Role.ORGANIZATION, Role.COMMITTEE, Role.COUNTY})


class About(StrEnum):
    """What each record of a register belongs to."""

    ORGANIZATION = "organization"
    COMMITTEE = "committee"
    EITHER = "either"  # an organization, or without one the committee itself
    COUNTY = "county"


class Standing(StrEnum):
    """Where a record stands; registers without approval know only the first."""

    ENTERED = "entered"
    NOMINATED = "nominated"
    APPROVED = "approved"
    REFUSED = "refused"


FACTS: Mapping[str, forms.Value] = {"kind": "village", "state": "approved", "grade": "good", "class_now": "first", "satisfaction": 96.5,
                                    "open_items": 1, "overdue_items": 0, "criticisms": 0}
"""What the conditions of an approval may read of the organization that a record is about (lib.store.records.facts), with an example of each."""


@dataclass(frozen=True)
class Condition:
    """What must hold of the organization before a record about it may be approved. `when` reads FACTS and the record's own items."""

    when: str
    name: Text


@dataclass(frozen=True)
class Register:
    """A form with its head. `kinds` limits the organizations that a record may be about; empty means all."""

    form: Form
    about: About
    kinds: frozenset[Kind]
    see: frozenset[Role]
    write: frozenset[Role]
    approve: frozenset[Role]
    columns: tuple[str, ...]
    title: str
    key: tuple[str, ...]
    raises: str
    since: str
    conditions: tuple[Condition, ...]

    @property
    def name(self) -> str:
        return self.form.name

    @property
    def items(self) -> tuple[Item, ...]:
        """The questions of a record, in their order."""
        return tuple(item for item in self.form.items.values() if item.asked and item.type != "file")

    def shown(self, actor: Actor) -> tuple[Item, ...]:
        """The questions whose answers somebody may read: a view link sees nothing private."""
        return tuple(item for item in self.items if not item.private or actor.role in WRITERS)

    def may_see(self, actor: Actor) -> bool:
        return actor.role in self.see and allowed(actor, Action.LOOK)

    def may_write(self, actor: Actor, whose: Whose | None = None) -> bool:
        return actor.role in self.write and allowed(actor, Action.KEEP_RECORD, whose)

    def may_approve(self, actor: Actor, whose: Whose | None = None) -> bool:
        return actor.role in self.approve and allowed(actor, Action.APPROVE_RECORD, whose)

    def unmet(self, facts: Mapping[str, forms.Value]) -> tuple[Condition, ...]:
        """Conditions of an approval that do not hold. `facts` has FACTS and the record's items, `[]` where there is none."""
        return tuple(condition for condition in self.conditions if not expressions.holds(condition.when, dict(facts)))


HEAD = frozenset({"about", "kinds", "see", "write", "approve", "columns", "title", "key", "raises", "since", "conditions"})


def is_register(body: Mapping) -> bool:
    return "register" in body


def parse(body: Mapping) -> Register:
    """A register from its plain data. Raises FormError when its head or its form is wrong."""
    form, head = forms.parse(body), body.get("register")

    def wrong(code: str, **params: object) -> FormError:
        return FormError(Problem.of(f"register_head.{code}", name=form.name, **params))

    if not isinstance(head, Mapping):
        raise wrong("mapping", names=listed(sorted(HEAD)))
    if unknown := sorted(set(head) - HEAD):
        raise wrong("unknown", headers=listed(unknown), names=listed(sorted(HEAD)))

    def words(column: str) -> tuple[str, ...]:
        if not isinstance(text := head.get(column, ""), str):
            raise wrong("line", header=column)
        return tuple(text.split())

    def codes(column: str, known: type[StrEnum], otherwise: Iterable[StrEnum] = ()) -> frozenset:
        given = words(column)
        if strange := [word for word in given if word not in set(known)]:
            raise wrong("word", header=column, value=strange[0], words=listed(known))
        return frozenset(map(known, given or otherwise))

    about = codes("about", About)
    if len(about) != 1:
        raise wrong("about", words=listed(About))
    conditions = head.get("conditions") or ()
    if not all(isinstance(row, Mapping) and isinstance(row.get("when"), str) for row in conditions):
        raise wrong("condition")
    return Register(
        form=form, about=next(iter(about)), kinds=codes("kinds", Kind), see=codes("see", Role, SEE), write=codes("write", Role, WRITE),
        approve=codes("approve", Role), columns=words("columns"), title=" ".join(words("title")), key=words("key"),
        raises=" ".join(words("raises")), since=" ".join(words("since")),
        conditions=tuple(Condition(row["when"], forms.texts(row, "label")) for row in conditions))


def complaints(register: Register, known: Iterable[str]) -> list[Problem]:
    """Everything that is wrong with a register, its form's complaints among them. `known` are the names of all registers."""
    items = {item.name: item for item in register.items}
    lists = {"organizations", "committees", *known}
    found = lint.complaints(register.form, ("good",))
    example = forms.read(register.form, forms.example(register.form, "good", lint.LINT_DAY), lint.LINT_DAY).values if not found else {}
    named = {"columns": register.columns, "title": (register.title,), "key": register.key, "raises": (register.raises,), "since": (register.since,)}
    found += [Problem.of("register_head.item", header=column, item=name) for column, names in named.items() for name in names
              if name and name not in items]
    found += [Problem.of("register_head.missing", header=column) for column in ("columns", "title") if not any(named[column])]
    types = {column: items[names[0]].type for column, names in named.items() if names and names[0] in items}
    if types.get("since", "date") != "date":
        found.append(Problem.of("register_head.since", item=register.since))
    if types.get("title", "text") not in ("text", "date"):  # what stands there is shown as it was stored
        found.append(Problem.of("register_head.title", item=register.title))
    found += [Problem.of("register_head.missing", header=f"label::{language}") for language in forms.LANGUAGES
              if not register.form.label.get(language, "").strip()]
    found += [Problem.of("register_head.unfit", item=item.name) for item in register.form.items.values()
              if not item.parent and (item.type == "file" or item.scored or item.problem_when or item.concern_when)]
    found += [Problem.of("register_head.several", item=item.name) for item in items.values() if item.dynamic and item.type != "select_one"]
    found += [Problem.of("register_head.list", item=item.name, name=item.list_name)
              for item in items.values() if item.dynamic and item.list_name.removeprefix(forms.DYNAMIC) not in lists]
    if register.conditions and not register.approve:
        found.append(Problem.of("register_head.conditions"))
    if strange := register.write - WRITERS:
        found.append(Problem.of("register_head.may_not", header="write", names=listed(sorted(strange)), words=listed(sorted(WRITERS))))
    if strange := register.approve - ALLOWED[Action.APPROVE_RECORD]:
        found.append(Problem.of("register_head.may_not", header="approve", names=listed(sorted(strange)),
                                words=listed(sorted(ALLOWED[Action.APPROVE_RECORD]))))
    if register.about in (About.COMMITTEE, About.COUNTY):
        found += [Problem.of("register_head.organizations", header=column) for column in ("kinds", "raises", "conditions")
                  if getattr(register, column)]
    readable = {**{name: [] for name in items}, **example, **FACTS}
    return found + [complaint for condition in register.conditions for complaint in _condition(condition, frozenset(items), readable)]


def _condition(condition: Condition, items: frozenset[str], example: Mapping[str, forms.Value]) -> Iterator[Problem]:
    """What is wrong with one condition of an approval. `example` is a value of everything that it may read."""
    when, read = condition.when, expressions.references(condition.when)
    if unknown := read - {*FACTS, *items}:
        yield Problem.of("register_head.condition_reference", expression=when, names=listed(sorted(unknown)), words=listed(FACTS))
    if hidden := read & FACTS.keys() & items:
        yield Problem.of("register_head.condition_hidden", expression=when, names=listed(sorted(hidden)))
    yield from (Problem.of("register_head.condition_label", expression=when, header=f"label::{language}") for language in forms.LANGUAGES
                if not condition.name.get(language, "").strip())
    if "!=" in when:
        yield Problem.of("register_head.condition_unequal", expression=when)
    try:
        expressions.parsed(when)
        if not unknown:
            expressions.holds(when, dict(example))
    except expressions.ExpressionError as error:
        yield from (Problem.of("register_head.condition_unreadable", detail=problem) for problem in error.problems)
