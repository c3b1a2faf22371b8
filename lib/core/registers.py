"""Registers as data: a form (lib.core.forms) with a head that says what a record is about, who keeps it and how it is listed.

The head is the mapping `register:` of the form's document (vocabulary: docs/forms.md). A new register is a data file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lib.core import expressions, forms, lint
from lib.core.access import ALLOWED, Action, Whose, allowed
from lib.core.forms import Form, FormError, Item
from lib.core.model import Actor, Kind, Role

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
    if not isinstance(head, Mapping) or not set(head) <= HEAD:
        unknown = sorted(set(head) - HEAD) if isinstance(head, Mapping) else []
        raise FormError(f"{form.name}: `register` is a mapping of {', '.join(sorted(HEAD))}" + (f", not {', '.join(unknown)}" if unknown else ""))

    def words(column: str) -> tuple[str, ...]:
        if not isinstance(text := head.get(column, ""), str):
            raise TypeError(f"{column} is one line of words with spaces between")
        return tuple(text.split())

    try:
        return Register(
            form=form, about=About(head.get("about", "")), kinds=frozenset(map(Kind, words("kinds"))), see=frozenset(map(Role, words("see") or SEE)),
            write=frozenset(map(Role, words("write") or WRITE)), approve=frozenset(map(Role, words("approve"))),
            columns=words("columns"), title=" ".join(words("title")), key=words("key"), raises=" ".join(words("raises")),
            since=" ".join(words("since")),
            conditions=tuple(Condition(row["when"], forms.texts(row, "label")) for row in head.get("conditions", ())))
    except (ValueError, KeyError, TypeError) as error:
        raise FormError(f"{form.name}: register: {error}") from error


def complaints(register: Register, known: Iterable[str]) -> list[str]:
    """Everything that is wrong with a register, its form's complaints among them. `known` are the names of all registers."""
    items = {item.name: item for item in register.items}
    lists = {"organizations", "committees", *known}
    found = lint.complaints(register.form, ("good",))
    example = forms.read(register.form, forms.example(register.form, "good", lint.LINT_DAY), lint.LINT_DAY).values if not found else {}
    named = {"columns": register.columns, "title": (register.title,), "key": register.key, "raises": (register.raises,), "since": (register.since,)}
    found += [f"register: {column} names {name}, which the form does not ask" for column, names in named.items() for name in names
              if name and name not in items]
    found += [f"register: {column} is missing" for column in ("columns", "title") if not any(named[column])]
    types = {column: items[names[0]].type for column, names in named.items() if names and names[0] in items}
    if types.get("since", "date") != "date":
        found.append(f"register: since names {register.since}, which is no date")
    if types.get("title", "text") not in ("text", "date"):  # what stands there is shown as it was stored
        found.append(f"register: title names {register.title}, which is neither text nor a date")
    found += [f"register: label::{language} is missing" for language in forms.LANGUAGES if not register.form.label.get(language, "").strip()]
    found += [f"{item.name}: a register has no attachments, scores or problems" for item in register.form.items.values()
              if not item.parent and (item.type == "file" or item.scored or item.problem_when or item.concern_when)]
    found += [f"{item.name}: of a list that the store holds one is chosen, by select_one" for item in items.values()
              if item.dynamic and item.type != "select_one"]
    found += [f"{item.name}: choice list `{item.list_name}` is neither organizations, committees nor a register"
              for item in items.values() if item.dynamic and item.list_name.removeprefix(forms.DYNAMIC) not in lists]
    if register.conditions and not register.approve:
        found.append("register: conditions without approve")
    if not register.write <= WRITERS:
        found.append("register: write names who may not write")
    if not register.approve <= ALLOWED[Action.APPROVE_RECORD]:
        found.append("register: approve names who may not approve")
    if register.about in (About.COMMITTEE, About.COUNTY):
        found += [f"register: {column} is for records about organizations" for column in ("kinds", "raises", "conditions")
                  if getattr(register, column)]
    readable = {**{name: [] for name in items}, **example, **FACTS}
    return found + [complaint for condition in register.conditions for complaint in _condition(condition, frozenset(items), readable)]


def _condition(condition: Condition, items: frozenset[str], example: Mapping[str, forms.Value]) -> Iterator[str]:
    """What is wrong with one condition of an approval. `example` is a value of everything that it may read."""
    place, read = f"condition `{condition.when}`", expressions.references(condition.when)
    if unknown := read - {*FACTS, *items}:
        yield f"{place} refers to {', '.join(sorted(unknown))}"
    if hidden := read & FACTS.keys() & items:
        yield f"{place} reads {', '.join(sorted(hidden))} of the organization, not of the record: name the item otherwise"
    yield from (f"{place} has no label::{language}" for language in forms.LANGUAGES if not condition.name.get(language, "").strip())
    if "!=" in condition.when:
        yield f"{place} uses `!=`; write not(… = …)"
    try:
        expressions.parsed(condition.when)
        if not unknown:
            expressions.holds(condition.when, dict(example))
    except expressions.ExpressionError as error:
        yield f"{place} fails: {error}"
