"""What changed between two states of the county (变动榜): counts that open their names, by township, and the map then and now.

A state is a snapshot, or what the run itself shows. A run on frozen figures knows nothing later than they: the meeting's link compares
its own snapshot with older ones. Session keys `changes.<filter>` are the filters; `changes.listed` is what the list was last made of.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from lib.core import changes, targets
from lib.core.access import Action, Whose
from lib.core.model import Refused, Role
from lib.core.targets import Tables
from lib.store import db as store
from lib.store import events, pack, programme, rounds, snapshots
from lib.ui import downloads, drawn, figures, filters, overview, paging, places, shared, tables, text, township_map
from lib.ui.session import Run
from lib.ui.text import DASH, gray, plain, t

PAGE = "changes"
NOW = "now"
ALL = ""
FILTERS = ("from", "to", "kind", "township", "find", "measure")
ITEMS = ("signed_off", "overdue", "caught_up", "raised")
"""Kinds of change that are about items of the ledger; the others are about organizations."""
LEADS_TO = {"signed_off": "item_state.signed_off", "overdue": "light.overdue", "caught_up": "changes.in_time", "raised": "changes.listed"}
"""What an item of the ledger has become, as phrases."""
MARKS = {"risen": "↑", "fallen": "↓", "signed_off": "✓", "overdue": "▲", "caught_up": "✓"}
TONES = {"fallen": "bad", "overdue": "bad", "risen": "good", "signed_off": "good", "caught_up": "good"}
BRIEF = ("fallen", "risen", "overdue", "signed_off")
"""Kinds whose first names the overview tells, in this order."""
NAMED = 3
FROZEN_KEPT, KEPT = 4, 16
COLUMNS = {"kind": 96, "name": 240, "township": 96, "committee": 168, "step": 190, "problem": 300}

CSS = """
a{color:inherit;text-decoration:none} a:focus-visible{outline:2px solid #1F635F;outline-offset:1px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(96px,1fr));gap:8px}
.tiles a{display:block;border:1px solid #DDD6C9;border-radius:4px;padding:8px 10px;background:#FFFFFF}
.tiles a:hover{border-color:#5F584D} .tiles a.on{border:2px solid #1F635F;padding:7px 9px;background:#E6F0EE}
.tiles b{display:block;font-size:26px;line-height:1.2;font-variant-numeric:tabular-nums} .tiles span{font-size:14px;color:#5F584D}
.bad b,.bad i{color:#A32E2B} .good b,.good i{color:#1F635F} i{font-style:normal;font-weight:700}
.wide{overflow-x:auto} table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:5px 8px;border-bottom:1px solid #E6E0D5;text-align:right;white-space:nowrap}
th{color:#5F584D;font-weight:600} th:first-child,td:first-child{text-align:left}
td a{display:block} td a:hover{text-decoration:underline} td a.bad{color:#A32E2B;font-weight:700}
td.on{background:#E6F0EE;box-shadow:inset 0 0 0 2px #1F635F} .none{color:#5F584D} tr.sum td{font-weight:700;border-top:2px solid #171410}
ul{list-style:none;margin:0;padding:0;font-size:15px;line-height:1.7} li.top{font-weight:600}
li a{margin-right:1em} li a:hover{text-decoration:underline} .more{color:#1F635F}
@media print{.tiles a,tr,li{break-inside:avoid}}
"""
_piece = drawn.Piece("changes", CSS)


# ---- states


def known(run: Run) -> list[dict]:
    """Manifests of the snapshots that a run may be compared with, newest first, its own among them."""
    manifests = snapshots.every()
    own = next((manifest["seq"] for manifest in manifests if manifest["id"] == run.snapshot), None)
    return manifests if own is None else [manifest for manifest in manifests if manifest["seq"] <= own]


def _earlier(manifests: Sequence[Mapping], than: str) -> list[Mapping]:
    """The snapshots before a state."""
    ids = [manifest["id"] for manifest in manifests]
    return list(manifests) if than == NOW else list(manifests[ids.index(than) + 1:])


def _own(run: Run) -> str:
    """The code of what a run itself shows."""
    return run.snapshot or NOW


def label(run: Run, manifest: Mapping) -> str:
    """A snapshot in a list of choices; what staff called it is not for organizations."""
    when = text.moment(manifest["created_at"], year=True)
    return when if run.actor.role == Role.ORGANIZATION else f"{when}　{manifest['label']}"


@shared.once(FROZEN_KEPT)
def _frozen(home: str, snapshot: str) -> Tables:
    """The tables of a snapshot as of the day of its last event: for ever the same."""
    with store.session(snapshots.path(snapshot)) as copy:
        return programme.tables(copy, rounds.current(copy), rounds.local(copy, events.last(copy)[1]).date())


def tables_of(run: Run, state: str) -> Tables:
    """The tables of a state, limited as the view link is; shared, so never change them."""
    if state == _own(run):
        return figures.tables(run)
    return targets.of_townships(_frozen(str(store.home().absolute()), state), run.actor.townships)


@dataclass(frozen=True)
class Compared:
    """Every change in one table (`kind` and the columns of changes.COLUMNS), counts by kind, counts by township."""

    rows: pd.DataFrame
    counts: Mapping[str, int]
    places: pd.DataFrame


def _between(run: Run, before: str, after: str) -> tuple:
    """What a comparison is kept by; two frozen states do not grow old."""
    moving = (figures.key(run)[1], run.today) if after == NOW else (0, dt.date.min)
    return str(store.home().absolute()), *moving, run.actor.townships, before, after


def compared(run: Run, before: str, after: str) -> Compared:
    return _compared(*_between(run, before, after), run)


@shared.once(KEPT)
def _compared(home: str, revision: int, today: dt.date, townships: tuple[str, ...], before: str, after: str, _run: Run) -> Compared:
    found = changes.between(tables_of(_run, before), tables_of(_run, after))
    rows = pd.concat([rows.assign(kind=kind) for kind, rows in found.items()], ignore_index=True)
    return Compared(rows, changes.counts(found), changes.by_township(found))


# ---- what is asked for


def ask(run: Run, manifests: Sequence[Mapping]) -> dict[str, str]:
    """Draw the filters and give their codes; they stand in the address."""
    names = overview.township_names(run) | {overview.COUNTY_LEVEL: t("ranking.county_level")}
    labels = {manifest["id"]: label(run, manifest) for manifest in manifests} | ({NOW: t("changes.now")} if run.live else {})
    ends = tuple(state for state in (*((NOW,) if run.live else ()), *(manifest["id"] for manifest in manifests)) if _earlier(manifests, state))
    mapped = run.program.mapped
    filters.read(PAGE, {"from": tuple(labels), "to": ends, "kind": changes.KINDS, "township": tuple(names), "find": None, "measure": mapped},
                 {"to": _own(run), "measure": mapped[0]})
    starts = tuple(manifest["id"] for manifest in _earlier(manifests, st.session_state["changes.to"]))
    if st.session_state["changes.from"] not in starts:  # the latest before the other
        st.session_state["changes.from"] = starts[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name, states in (("from", starts), ("to", ends)):
            st.selectbox(t(f"changes.{name}"), states, format_func=labels.get, key=f"changes.{name}", width=300)
        filters.select(PAGE, "township", tuple(names), names.get)
        filters.search(PAGE, "find", table="changes")
        st.button(t("filter.clear"), key="changes.clear", type="tertiary", icon=":material/filter_alt_off:", on_click=filters.clear, args=(PAGE,))
    return {name: st.session_state.get(f"changes.{name}") or "" for name in FILTERS}


def _remember(run: Run, chosen: Mapping[str, str]) -> None:
    """Put what is shown into the address; "since when" always, since the latest snapshot will soon be another one."""
    filters.write(PAGE, chosen, {"to": _own(run), "measure": run.program.mapped[0]})


def _narrowed(rows: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """The rows that kind, township and name let through."""
    if kind := chosen["kind"]:
        rows = rows[rows["kind"] == kind]
    if township := chosen["township"]:
        rows = rows[rows["township"].isna()] if township == overview.COUNTY_LEVEL else rows[rows["township"] == township]
    if wanted := chosen["find"].strip():
        rows = rows[rows["name"].str.contains(wanted, case=False, regex=False)]
    return rows


# ---- counts


def _word(kind: str) -> str:
    return t(f"change.{kind or 'all'}")


def _link(run: Run, chosen: Mapping[str, str], kind: str, township: str, inside: str, style: str = "") -> str:
    """A count that opens its names."""
    query = {name: code for name, code in (("from", chosen["from"]), ("to", chosen["to"]), ("kind", kind), ("township", township)) if code}
    return f'<a class="{style}" data-id="{escape(f"{kind}|{township}")}" href="{drawn.href(PAGE, run.language, **query)}">{inside}</a>'


def tiles(run: Run, counts: Mapping[str, int], chosen: Mapping[str, str]) -> str:
    """All changes and each kind of them, with the one that is open marked."""
    numbers = {ALL: sum(counts.values()), **counts}
    found = []
    for kind, count in numbers.items():
        tone = TONES.get(kind, "") if count else ""
        on = "on" if kind == chosen["kind"] else ""
        mark = f'<i aria-hidden="true">{MARKS[kind]}</i> ' if kind in MARKS else ""
        inside = f"<b>{count:,}</b><span>{mark}{escape(_word(kind))}</span>"
        found.append(_link(run, chosen, kind, chosen["township"], inside, " ".join(filter(None, (tone, on)))))
    return f'<div class="tiles" role="group" aria-label="{escape(t("changes.counts"))}">{"".join(found)}</div>'


def by_place(run: Run, places_: pd.DataFrame, chosen: Mapping[str, str]) -> str:
    """Counts by township, every one a link to its names; the last row is their sum."""
    names = overview.township_names(run) | {"": t("ranking.county_level")}
    order = [code for code in names if code in places_.index] + [code for code in places_.index if code not in names]
    head = "".join(f"<th>{escape(t(f'change.{kind}'))}</th>" for kind in changes.KINDS)

    def row(code: str, name: str, counts: Mapping[str, int], style: str = "") -> str:
        cells = "".join(f'<td{" class=on" if chosen["kind"] == kind and chosen["township"] == code else ""}>'
                        + (_link(run, chosen, kind, code, f"{counts[kind]:,}", TONES[kind] if TONES.get(kind) == "bad" else "") if counts[kind] else
                           '<span class="none">0</span>') + "</td>" for kind in changes.KINDS)
        return f"<tr{style}><td>{_link(run, chosen, chosen['kind'], code, escape(name))}</td>{cells}</tr>"

    counts = places_.to_dict("index")
    body = "".join(row(code or overview.COUNTY_LEVEL, names.get(code, code), counts[code]) for code in order)
    total = row("", t("changes.total"), {kind: int(places_[kind].sum()) for kind in changes.KINDS}, " class=sum")
    return (f'<div class="wide"><table aria-label="{escape(t("changes.by_township"))}"><thead><tr><th>{escape(t("ranking.township"))}</th>{head}'
            f"</tr></thead><tbody>{body}{total}</tbody></table></div>")


# ---- names


def step(row: Mapping) -> str:
    """From what to what, in words."""
    scale, before, after = row["what"], row["before"], row["after"]
    if scale == "item":
        first = "light.overdue" if row["kind"] == "caught_up" else f"item_state.{before}" if isinstance(before, str) else ""
        last = LEADS_TO[row["kind"]]
    else:
        first, last = (f"{scale}.{code}" if isinstance(code, str) else "" for code in (before, after))
    return t("changes.step", before=t(first), after=t(last)) if first and last else t(first or last)


def _shown(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """A page of changes in words; what is written in others' ledgers is left out."""
    names = overview.township_names(run)
    found = []
    for row in rows.to_dict("records"):
        township = row["township"] if isinstance(row["township"], str) else None
        seen = row["what"] == "item" and run.may(Action.LOOK_AT_ORGANIZATION, Whose(row["organization"], row["committee"], township))
        found.append((t(f"change.{row['kind']}"), row["name"], names.get(township, township) if township else t("ranking.county_level"),
                      row["committee_name"], step(row), row["after"] if seen else None))
    shown = pd.DataFrame(found, columns=list(COLUMNS))
    return shown if shown["problem"].notna().any() else shown.drop(columns="problem")


def _names(run: Run, rows: pd.DataFrame, chosen: Mapping[str, str]) -> None:
    """The names behind the count that is open, a page at a time; a chosen row opens its organization or its ledger item."""
    wanted = {name: chosen[name] for name in FILTERS if name != "measure"}
    if st.session_state.get("changes.listed") != wanted:
        st.session_state["changes.listed"] = wanted
        for key in ("changes.names", "changes.names.page"):
            st.session_state.pop(key, None)
    if not len(rows):
        st.info(t("changes.nothing"), icon=":material/check:")
        return
    titles = {name: t(f"changes.of_{name}") for name in COLUMNS}
    every = rows
    downloads.frame(run, "changes", t("page.changes"), {"coded": t("downloads.organization"), **titles},
                    lambda own: _shown(own, every).reindex(columns=list(COLUMNS)).assign(coded=every["organization"].to_numpy()), len(every))
    rows = paging.cut(rows, "changes.names")
    config = {name: st.column_config.TextColumn(titles[name], width=width) for name, width in COLUMNS.items()}
    picked = st.dataframe(_shown(run, rows), hide_index=True, column_config=config, height=min(tables.HEAD + tables.ROW * len(rows), tables.LONGEST),
                          row_height=tables.ROW, key="changes.names", placeholder=DASH, alt=t("changes.alt", count=len(rows)), on_select="rerun",
                          selection_mode=["single-row", "single-cell"])["selection"]
    place = next(iter(picked["rows"]), next((cell[0] for cell in picked["cells"]), None))
    if place is None or place >= len(rows):
        st.markdown(gray(t("table.hint")))
        return
    row = rows.iloc[place]
    whose = Whose(row["organization"], row["committee"], row["township"] if isinstance(row["township"], str) else None)
    if row["kind"] != "closed" and run.may(Action.LOOK_AT_ORGANIZATION, whose):
        places.go("rectification", item=row["code"]) if row["what"] == "item" else places.go("organization", organization=row["organization"])
    st.info(t("changes.gone") if row["kind"] == "closed" else t("table.not_yours"), icon=":material/info:")


# ---- the map in two halves


def halves(run: Run, before: str, after: str, measure: str) -> tuple[str, str]:
    """The map of a measure then and now, measured by today's targets."""
    return _halves(*_between(run, before, after), run.language, measure, run)


@shared.once(KEPT)
def _halves(home: str, revision: int, today: dt.date, townships: tuple[str, ...], before: str, after: str, language: str, measure: str,
            _run: Run) -> tuple[str, str]:
    names, pictures = overview.township_names(_run), []
    for state in (before, after):
        rows = targets.rows_of(tables_of(_run, state), measure)
        found = targets.by_township(rows, measure, _run.program)
        target = overview.target_of(targets.figure(rows, measure, _run.program))
        pictures.append(township_map.html(pack.township_shapes(), names, found, measure, target, language))
    return pictures[0], pictures[1]


def _maps(run: Run, chosen: Mapping[str, str], labels: Mapping[str, str]) -> str | None:
    """Both halves side by side, on a phone one under the other; gives the township just chosen in one of them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(t("changes.maps"), anchor=False, width="content")
        measure = st.segmented_control(t("map.measure"), run.program.mapped, format_func=lambda code: t(f"short.{code}"), required=True,
                                       label_visibility="collapsed", key="changes.measure")
    pictures = halves(run, chosen["from"], chosen["to"], measure)
    picked = None
    for column, side, picture in zip(st.columns(2, gap="medium"), ("from", "to"), pictures, strict=True):
        with column:
            st.markdown(f"**{t(f'changes.half_{side}', when=plain(labels[chosen[side]]))}**")
            picked = township_map.show(picture, f"changes.map_{side}") or picked
    return picked


# ---- the page


def show(run: Run) -> None:
    """Everything about the two states that are chosen."""
    manifests = known(run)
    if not _earlier(manifests, _own(run)):
        _empty(run)
        return
    chosen = ask(run, manifests)
    found = compared(run, chosen["from"], chosen["to"])
    place = {"": None, overview.COUNTY_LEVEL: ""}.get(chosen["township"], chosen["township"])
    own = found.places.reindex([place]).fillna(0).astype(int).iloc[0].to_dict() if place is not None else found.counts
    picked = _piece.show(tiles(run, own, chosen), "changes.tiles")
    rows = _narrowed(found.rows, chosen)
    st.markdown(f"**{plain(t('changes.rows', kind=_word(chosen['kind']), count=len(rows)))}**")
    _names(run, rows, chosen)
    st.subheader(t("changes.by_township"), anchor=False)
    picked = _piece.show(by_place(run, found.places, chosen), "changes.places") or picked
    labels = {manifest["id"]: label(run, manifest) for manifest in manifests} | {NOW: t("changes.now")}
    township = _maps(run, chosen, labels)
    chosen["measure"] = st.session_state["changes.measure"]
    _remember(run, chosen)
    if picked is not None:
        kind, _, within = picked.partition("|")
        places.go(PAGE, **{name: code for name, code in {**chosen, "kind": kind, "township": within, "find": ""}.items() if code})
    if township:
        places.go("township", township=township)


def _empty(run: Run) -> None:
    """What to do while there is nothing to compare with."""
    st.info(t("changes.no_snapshot"), icon=":material/photo_camera:")
    for page, action in (("meetings", Action.MANAGE_MEETINGS), ("snapshots", Action.MANAGE_SNAPSHOTS)):
        if run.may(action):
            places.link(page, t(f"page.{page}"), icon=":material/arrow_forward:")


# ---- for the overview


def brief(run: Run) -> str:
    """The changes since the last snapshot in at most six lines of HTML, for `show_brief`; empty while there is no snapshot."""
    earlier = _earlier(known(run), _own(run))
    return _brief(*_between(run, earlier[0]["id"], _own(run)), run.language, earlier[0]["created_at"], run) if earlier else ""


@shared.once(KEPT)
def _brief(home: str, revision: int, today: dt.date, townships: tuple[str, ...], before: str, after: str, language: str, since: str,
           _run: Run) -> str:
    chosen = {"from": before, "to": "" if after == _own(_run) else after}
    try:
        found = compared(_run, before, after)
    except Refused:  # a snapshot that has just been put away
        return ""
    parts = [_link(_run, chosen, kind, "", f"{escape(t(f'change.{kind}'))} <b>{count:,}</b>", TONES.get(kind, "")) for kind, count in
             found.counts.items() if count]
    lines = [f'<li class="top">{escape(t("changes.since", when=text.moment(since)))}</li>',
             f"<li>{''.join(parts) or escape(t('changes.nothing_yet'))}{_link(_run, chosen, '', '', escape(t('changes.whole')), 'more')}</li>"]
    for kind in BRIEF:
        if own := found.counts[kind]:
            rows = found.rows[found.rows["kind"] == kind].drop_duplicates("organization").head(NAMED).to_dict("records")
            said = [row["name"] if kind in ITEMS else t("changes.named", name=row["name"], step=step(row)) for row in rows]
            names = t("links.separator").join(said)
            line = t("changes.line", kind=t(f"change.{kind}"), names=names) if own <= len(rows) else t(
                "changes.line_more", kind=t(f"change.{kind}"), names=names, count=own)
            lines.append(f'<li class="{TONES[kind]}"><i aria-hidden="true">{MARKS[kind]}</i> {_link(_run, chosen, kind, "", escape(line))}</li>')
    return f"<ul>{''.join(lines)}</ul>"


def show_brief(run: Run) -> None:
    """The changes since the last snapshot, each line leading to its names; nothing while there is no snapshot."""
    html = brief(run)
    picked = _piece.show(html, "changes.brief") if html else None
    if picked is not None:
        kind = picked.partition("|")[0]
        places.go(PAGE, **{"from": _earlier(known(run), _own(run))[0]["id"], **({"kind": kind} if kind else {})})
