"""What one version of a form changes against another, by the names of its items: what is asked anew, no longer, or otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

SECTION, CHOICES = "section", "choices"
"""What may differ besides an item's own columns: where it stands, and the rows of its choice list."""


@dataclass(frozen=True)
class Changes:
    """Names of items. `changed` maps those of both versions to the columns that differ; `moved` says that the order of items does."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    moved: bool
    headings: bool

    @property
    def none(self) -> bool:
        return not (self.added or self.removed or self.changed or self.moved or self.headings)


def _rows(body: Mapping) -> dict[str, tuple[str, Mapping]]:
    return {row["name"]: (group["name"], row) for group in body["groups"] for row in group["items"]}


def _differing(before: tuple[str, Mapping], after: tuple[str, Mapping], old: Mapping, new: Mapping) -> tuple[str, ...]:
    (section, was), (section_now, now) = before, after
    columns = [column for column in {**was, **now} if was.get(column) != now.get(column)]
    if section != section_now:
        columns.append(SECTION)
    list_name = now.get("list_name")
    if list_name and list_name == was.get("list_name") and old["choices"].get(list_name) != new["choices"].get(list_name):
        columns.append(CHOICES)
    return tuple(columns)


def between(old: Mapping, new: Mapping) -> Changes:
    """Changes from one form's plain data to another's."""
    before, after = _rows(old), _rows(new)
    both = [name for name in after if name in before]
    changed = {name: columns for name in both if (columns := _differing(before[name], after[name], old, new))}
    heads = [[{column: value for column, value in group.items() if column != "items"} for group in body["groups"]]
             + [{column: body[column] for column in ("label::zh", "label::en")}] for body in (old, new)]
    return Changes(tuple(name for name in after if name not in before), tuple(name for name in before if name not in after), changed,
                   moved=both != [name for name in before if name in after], headings=heads[0] != heads[1])
