"""Who there is in a demo county: committees, and organizations of all kinds in the proportions of a real one, any number of them."""

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice

from lib.core.model import Kind
from lib.store import pack
from lib.store.setup import committee_name

MINIMUM = 20
PREFIXES = {Kind.AGENCY: "JG", Kind.PUBLIC_INSTITUTION: "SY", Kind.STATE_ENTERPRISE: "GQ", Kind.PRIVATE_ENTERPRISE: "FG",
            Kind.SOCIAL_ORGANIZATION: "SH", Kind.TOWNSHIP_COMMITTEE: "XZ"}
SUFFIXES = {"branch": "党支部", "general_branch": "党总支", "committee": "党委"}
MEMBERS = {Kind.VILLAGE: (46, 0.3, 15, 120), Kind.COMMUNITY: (50, 0.35, 15, 130), Kind.AGENCY: (28, 0.45, 5, 95),
           Kind.PUBLIC_INSTITUTION: (24, 0.5, 5, 120), Kind.STATE_ENTERPRISE: (36, 0.4, 8, 140), Kind.PRIVATE_ENTERPRISE: (8, 0.4, 3, 32),
           Kind.SOCIAL_ORGANIZATION: (7, 0.35, 3, 20)}
"""Median, spread of the logarithm, least and most members. Every organization has the three that it needs."""
SHOWN_KINDS = {"community": Kind.COMMUNITY, "firm": Kind.PRIVATE_ENTERPRISE, "agency": Kind.AGENCY}
"""Accounts of the login page that are the first organization of a kind."""
LARGE_FIELDS = frozenset({"education", "health"})
STATION = 8


@dataclass(frozen=True)
class Committee:
    code: str
    name: str
    township: str | None
    username: str


@dataclass(frozen=True)
class Place:
    """An organization before its year begins. `manner` is how its township or system differs: late, quality, mood."""

    code: str
    name: str
    kind: Kind
    committee: Committee
    township: str | None
    members: int | None
    org_form: str
    field: str
    manner: Mapping[str, float]


@dataclass(frozen=True)
class County:
    committees: tuple[Committee, ...]
    places: tuple[Place, ...]
    shown: Mapping[str, str]
    """Username that the login page offers → code of its organization."""


def quotas(total: int, mix: Mapping[str, float], most: Mapping[str, int] | None = None) -> dict[str, int]:
    """`total` shared out in the proportions of `mix`, by largest remainder; at least one each (while there are enough), at most `most`."""
    whole = sum(mix.values())
    if full := {name: limit for name, limit in (most or {}).items() if total * mix[name] / whole > limit}:
        rest = quotas(total - sum(full.values()), {name: part for name, part in mix.items() if name not in full})
        return {name: full.get(name, rest.get(name)) for name in mix}
    shares = {name: total * part / whole for name, part in mix.items()}
    counts = {name: max(1, int(share)) for name, share in shares.items()}
    while sum(counts.values()) < total:
        counts[max(counts, key=lambda name: shares[name] - counts[name])] += 1
    while sum(counts.values()) > total:
        counts[max(counts, key=lambda name: (counts[name] > (total >= len(mix)), counts[name] - shares[name]))] -= 1
    return counts


def _in_turn(lists: list[list]) -> Iterator:
    """One of each list, then the next of each, until all are used up."""
    for position in range(max(map(len, lists), default=0)):
        yield from (each[position] for each in lists if position < len(each))


def _again(found: list) -> Iterator[tuple[object, int]]:
    """Every entry with 1, then every entry with 2, and so on without end: a county larger than the list has second branches."""
    for turn in count(1):
        yield from ((each, turn) for each in found)


def _branch(stem: str, turn: int, org_form: str) -> str:
    return f"{stem}{f'第{turn}' if turn > 1 else ''}{SUFFIXES[org_form]}"


def county(organizations: int, seed: int, source: Mapping, townships: list[dict]) -> County:
    """The committees and organizations of a demo of a given size. `source` is the pack's `demo.toml`."""
    names = {row["code"]: row["name"] for row in townships}
    by_name = {name: code for code, name in names.items()}
    own = {row["code"]: Committee(f"{row['code']}000", committee_name(row["name"]), row["code"], row["name_en"].lower()) for row in townships}
    superior = Committee("XW00", source["superior"]["name"], None, "xw00")
    systems = [(Committee(f"XT{number:02d}", row["name"], None, f"xt{number:02d}"), row) for number, row in enumerate(source["systems"], 1)]
    calm = {"late": 0.0, "quality": 0.0, "mood": 0.0}
    manners: dict[str, Mapping[str, float]] = {code: {**calm, **source["townships"].get(name, {})} for code, name in names.items()}
    for committee, _ in systems:
        rng = random.Random(f"{seed}/{committee.code}")
        manners[committee.code] = {"late": rng.gauss(0, 0.4), "quality": rng.gauss(0.1, 0.3), "mood": rng.gauss(0, 0.8)}
    manners[superior.code] = calm
    shown_township = by_name[source["shown"]["township"]]

    def place(code: str, stem: str, turn: int, kind: Kind, committee: Committee, township: str | None, field: str = "") -> Place:
        median, spread, least, most = MEMBERS[kind]
        if kind == Kind.PUBLIC_INSTITUTION and township and field not in LARGE_FIELDS:
            median = STATION  # a township's stations are small
        members = min(max(round(median * random.Random(f"{seed}/{code}/members").lognormvariate(0, spread)), least), most)
        org_form = "branch" if members < 50 else "general_branch" if members < 100 else "committee"
        manner = manners[township or committee.code]
        return Place(code, _branch(stem, turn, org_form), kind, committee, township, members, org_form, field, manner)

    def listed(kind: Kind, registry_kind: str, number: int) -> list[Place]:
        """Villages or communities of the pack's list: the shown township's first two, then of every township in turn."""
        rows = {code: [row for row in pack.villages() if row["township_code"] == code and row["kind"] == registry_kind] for code in names}
        first = rows[shown_township][:2]
        rows[shown_township] = rows[shown_township][2:]
        chosen = islice(_again([*first, *_in_turn(list(rows.values()))]), number)
        return [place(row["code"] + (f"-{turn}" if turn > 1 else ""), _stem(row), turn, kind, own[row["township_code"]], row["township_code"])
                for row, turn in chosen]

    def offices(kind: Kind, number: int) -> list[Place]:
        """Offices, firms and associations: of every township and every system in turn."""
        local = source["under_township"].get(kind, [])
        lists = [[(f"{names[code]}{name}", own[code], code) for name in local] for code in names]
        lists += [[(name, committee, None) for name in row.get(kind, [])] for committee, row in systems]
        places = []
        for serial, ((name, committee, township), turn) in enumerate(islice(_again(list(_in_turn(lists))), number), 1):
            stem, _, field = name.partition("/")
            stem += "机关" if kind == Kind.AGENCY else ""
            places.append(place(f"{PREFIXES[kind]}{serial:04d}", stem, turn, kind, committee, township, field))
        return places

    numbers = quotas(organizations, source["kinds"], {Kind.TOWNSHIP_COMMITTEE: len(names)})
    places = listed(Kind.VILLAGE, "村委会", numbers[Kind.VILLAGE]) + listed(Kind.COMMUNITY, "居委会", numbers[Kind.COMMUNITY])
    for kind in PREFIXES:
        if kind != Kind.TOWNSHIP_COMMITTEE:
            places += offices(kind, numbers[kind])
    for serial, code in enumerate(islice(names, numbers[Kind.TOWNSHIP_COMMITTEE]), 1):
        places.append(Place(f"XZ{serial:04d}", committee_name(names[code]), Kind.TOWNSHIP_COMMITTEE, superior, code, None, "committee", "",
                            manners[code]))
    villages = [each.code for each in places if each.kind == Kind.VILLAGE]
    shown = {"village": villages[0], "returned": villages[1], **{
        username: next(each.code for each in places if each.kind == kind) for username, kind in SHOWN_KINDS.items()}}
    return County((superior, *own.values(), *(committee for committee, _ in systems)), tuple(sorted(places, key=lambda each: each.code)), shown)


def _stem(row: Mapping[str, str]) -> str:
    return row["name"].removesuffix("委会") if row["kind"] == "村委会" else row["name"].removesuffix("居委会")


def register(place: Place, seed: int) -> dict[str, object]:
    """The registry's row of an organization: people appear as roles, telephones are nobody's."""
    rng = random.Random(f"{seed}/{place.code}/register")
    phone = "" if rng.random() < 0.25 else f"0000-{rng.randrange(10**7):07d}"
    return {"code": place.code, "name": place.name, "kind": place.kind.value, "committee": place.committee.code, "township": place.township,
            "members": place.members, "secretary": "书记", "phone": phone}


def days_between(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=rng.randint(0, (last - first).days))
