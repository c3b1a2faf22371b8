"""The first sight of the overview as plain HTML: its head, the headline figures, the map of the first measure.

It comes with the page that a browser asks for first (lib/web/first_paint.py) and stands there until the page itself has been drawn, so that
nobody waits for a script to read how the county stands. Words, figures and colours are the page's own.
"""

import datetime as dt
from collections.abc import Mapping
from html import escape
from threading import Condition
from zoneinfo import ZoneInfo

from cachetools import LRUCache, cached

from lib.core import targets, words
from lib.core.model import Actor
from lib.core.phrases import text
from lib.core.program import Program
from lib.core.targets import Tables
from lib.exchange import colours, map_drawing, tiles
from lib.store import db as stores
from lib.store import events, organizations, pack, programme, rounds, setup, snapshots
from lib.store.db import Database

KEPT = 64
STYLE = f"""
#first-view{{position:fixed;inset:0;overflow:auto;z-index:999980;padding:88px 80px 32px;background:{colours.PAGE};color:{colours.INK}}}
#first-view{{font:16px/1.6 {colours.FONT}}} #first-view :is(h1,h2,p){{margin:0}}
#first-view h1{{font-size:20px;line-height:40px}} #first-view h2{{font-size:17px;line-height:32px}} #first-view h2 small{{font-weight:400}}
#first-view .head{{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:0 16px}}
#first-view :is(small,p){{font-size:14px;color:{colours.MUTED}}}
#first-view .figures{{margin-top:110px}} #first-view .tile{{padding-bottom:28px}}
#first-view .map{{width:calc(40% - 16px);margin-top:18px}}
#first-view svg{{width:100%;height:min(clamp(380px,44vh,480px),112vw);margin-top:15px;overflow:visible}}
{tiles.CSS}{map_drawing.CSS}
@media (max-width:640px){{#first-view{{padding:40px 16px 24px}} #first-view .map{{width:100%;margin-top:12px}}
 #first-view .figures{{margin-top:16px}} #first-view .tile{{padding-bottom:4px}}}}
"""


@cached(LRUCache(KEPT), key=lambda db, actor, today, language: (*events.seen(db), actor.townships, today, language), condition=Condition())
def _drawn(db: Database, actor: Actor, today: dt.date, language: str) -> str | None:
    program = rounds.current(db).program
    tables = targets.of_townships(programme.kept(db, today), actor.townships)
    if not len(tables["organizations"]):
        return None
    names = {row["code"]: row["name_en"] if language == "en" else row["name"] for row in organizations.townships(db)}
    figures = [targets.figure(targets.rows_of(tables, code), code, program) for code in program.headline]
    return f"<div class=figures>{tiles.html([figures], program, today, language, apart=True)}</div>{_map(tables, program, names, language)}"


def html(db: Database, actor: Actor, now: dt.datetime, language: str) -> str | None:
    """What somebody who may look sees first; of a meeting's link its frozen copy. None where the overview has nothing to show. Raises Refused."""
    if actor.snapshot:
        with stores.session(snapshots.path(actor.snapshot)) as frozen:
            return _page(frozen, actor, dt.datetime.fromisoformat(events.last(frozen)[1]), language)
    return _page(db, actor, now, language)


def _page(db: Database, actor: Actor, now: dt.datetime, language: str) -> str | None:
    zone = rounds.current(db).program.timezone
    body = _drawn(db, actor, now.astimezone(ZoneInfo(zone)).date(), language)
    if body is None:
        return None
    as_of = text("frame.meeting" if actor.snapshot else "frame.as_of", language, when=words.moment(stores.iso(now), language, zone, year=True))
    meta = " · ".join((as_of, *((text("frame.demo", language),) if setup.is_demo(db) else ())))
    return (f'<div id="first-view" lang="{"en" if language == "en" else "zh-CN"}"><style>{STYLE}</style><div class=head>'
            f'<h1>{escape(text("overview.title", language))}</h1><p>{escape(meta)}</p></div>{body}</div>')


def _map(tables: Tables, program: Program, names: Mapping[str, str], language: str) -> str:
    measure = program.mapped[0]
    found = targets.by_township(targets.rows_of(tables, measure), measure, program)
    picture = map_drawing.draw(pack.township_shapes(), names, found, measure, language)
    return (f'<div class=map><h2>{escape(text("map.head", language))} <small>{escape(text(f"measure.{measure}", language))}</small></h2>'
            f'{picture.svg}<div class=legend>{map_drawing.legend(found, names, language)}</div></div>')
