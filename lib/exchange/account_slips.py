"""Account slips on paper, and new first passwords for slips that were lost.

Who needs an account, the hashing and the creating are in `lib.exchange.slips`, shared with the command line.
"""

import html
import io
from collections.abc import Iterable, Sequence

import segno

from lib.core import access, phrases
from lib.core.access import Action
from lib.core.model import Actor, Role
from lib.exchange import safe_csv
from lib.exchange.slips import Slip
from lib.store import accounts, organizations
from lib.store.db import Database, command


def again(db: Database, account: dict) -> Slip:
    """A slip with a new password for an account that exists (a row of `accounts.every`)."""
    organization = organizations.get(db, account["organization"]) if account["organization"] else None
    committee = organization.committee if organization else account["committee"]
    names = {row["code"]: row["name"] for row in organizations.committees(db)}
    return Slip(account["username"], accounts.new_password(), account["name"], names.get(committee, ""), Role(account["role"]),
                account["organization"], account["committee"])


def unused(db: Database, actor: Actor) -> list[Slip]:
    """New slips for accounts of organizations and committees whose first password was never changed: for a lost list of slips.

    Raises Refused.
    """
    access.require(actor, Action.MANAGE_ACCOUNTS)
    names = {row["code"]: row["name"] for row in organizations.committees(db)}
    units = {row.code: row for row in organizations.every(db, actor)}
    found = []
    for row in accounts.every(db):
        committee = row["committee"] or (units[row["organization"]].committee if row["organization"] in units else None)
        if committee and row["must_change"] and not row["disabled"]:
            found.append(Slip(row["username"], accounts.new_password(), row["name"], names[committee], Role(row["role"]),
                              row["organization"], row["committee"]))
    return found


def renew(db: Database, actor: Actor, slips: Sequence[Slip], hashed: Iterable[str], at: str) -> list[Slip]:
    """Give existing accounts their slips' passwords, all in one command. Those that came into use meanwhile keep their own and are
    left out of the slips returned. Raises Refused."""
    access.require(actor, Action.MANAGE_ACCOUNTS)
    with command(db):
        untouched = {row["username"] for row in accounts.every(db) if row["must_change"] and not row["disabled"]}
        renewed = [(slip, password) for slip, password in zip(slips, hashed, strict=True) if slip.username in untouched]
        for slip, password in renewed:
            accounts.reset_password(db, actor, slip.username, password, at)
    return [slip for slip, _ in renewed]


def table(slips: Iterable[Slip], address: str, language: str) -> bytes:
    """The slips as a CSV file for a mail merge: unit, committee, role, user name, password, address."""
    header = [phrases.text(f"slips.{column}", language) for column in ("unit", "under", "role", "username", "password", "address")]
    return safe_csv.data(header, ((slip.unit, slip.committee, phrases.text(f"role.{slip.role}", language), slip.username, slip.password,
                                   address) for slip in slips))


# ---- on paper


STYLE = """
@page { size: A4; margin: 10mm }
* { box-sizing: border-box }
body { font-family: 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', SimHei, sans-serif; color: #171410; margin: 0; font-size: 10.5pt }
.note { max-width: 190mm; margin: 6mm auto; padding: 3mm 4mm; border: 1px solid #978e7e; font-size: 11pt }
.slips { width: 190mm; margin: 0 auto; display: grid; grid-template-columns: 1fr 1fr }
.slip { height: 54mm; padding: 5mm 6mm; border: 0.3mm dashed #978e7e; margin: -0.15mm; overflow: hidden; break-inside: avoid; position: relative }
.slip h2 { margin: 0 0 0.5mm; font-size: 12pt; line-height: 1.25; max-height: 2.5em; overflow: hidden }
.under { margin: 0 0 2.5mm; font-size: 9pt; color: #5f584d }
dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: 0.8mm 3mm; padding-right: 22mm }
dt { color: #5f584d } dd { margin: 0; overflow-wrap: anywhere }
.secret { font-family: Consolas, 'Noto Sans Mono', monospace; font-size: 12.5pt; font-weight: 700; white-space: nowrap }
.how { position: absolute; left: 6mm; right: 6mm; bottom: 3mm; margin: 0; padding-top: 1.2mm; border-top: 0.2mm solid #ddd6c9 }
.how { font-size: 8.5pt; color: #5f584d }
.slip svg { position: absolute; right: 6mm; top: 19mm; width: 20mm; height: 20mm }
@media print { .note { display: none } }
"""


def _symbol(address: str) -> str:
    """The address as a QR symbol, drawn once and used by every slip."""
    code, drawing = segno.make(address, error="m"), io.BytesIO()
    code.save(drawing, kind="svg", xmldecl=False, svgns=False, nl=False, omitsize=True, border=0)
    inside = drawing.getvalue().decode()
    path = inside[inside.index("<path"):inside.rindex("</svg>")]
    side = code.symbol_size(border=0)[0]
    return f'<svg width="0" height="0" style="position:absolute"><symbol id="site" viewBox="0 0 {side} {side}">{path}</symbol></svg>'


def page(slips: Sequence[Slip], address: str, title: str, language: str) -> str:
    """A page for A4 paper, ten slips a sheet with cut lines; complete in itself, asking no other host for anything."""

    def t(name: str, **params: object) -> str:
        return html.escape(phrases.text(f"slips.{name}", language, **params))

    def drawn(slip: Slip) -> str:
        under = html.escape(slip.committee) if slip.committee not in ("", slip.unit) else html.escape(phrases.text(f"role.{slip.role}", language))
        return (f'<section class="slip"><h2>{html.escape(slip.unit)}</h2><p class="under">{under}</p><dl>'
                f'<dt>{t("username")}</dt><dd class="secret">{html.escape(slip.username)}</dd>'
                f'<dt>{t("password")}</dt><dd class="secret">{html.escape(slip.password)}</dd>'
                f'<dt>{t("address")}</dt><dd>{html.escape(address)}</dd></dl>'
                f'<svg aria-hidden="true"><use href="#site"/></svg><p class="how">{t("how")}</p></section>')

    heading = html.escape(phrases.text("slips.title", language, title=title))
    return (f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{heading}</title><style>{STYLE}</style></head><body>'
            f'{_symbol(address)}<p class="note"><strong>{heading}</strong><br>{t("print", count=len(slips))}</p>'
            f'<main class="slips">{"".join(drawn(slip) for slip in slips)}</main></body></html>')
