"""Who may come in: accounts with their slips, and view links."""

import datetime as dt
import os
import sys
from pathlib import Path

import click

from lib.cli.base import Commands, opened, say
from lib.core.model import SYSTEM, Refused, Role
from lib.exchange import slips
from lib.exchange.slips import Slip
from lib.store import accounts, db, links, organizations, rounds, snapshots
from lib.store.db import Database


@click.group(name="accounts", cls=Commands)
def accounts_group() -> None:
    """Accounts."""


@accounts_group.command(name="create")
@click.option("--organizations", "all_organizations", is_flag=True, help="For every organization without an account.")
@click.option("--committees", "all_committees", is_flag=True, help="For every committee without an account.")
@click.option("--username", help="For one person or unit.")
@click.option("--role", type=click.Choice(["organization", "committee", "county"]), help="With --username.")
@click.option("--name", help="With --username: what the holder is called.")
@click.option("--organization", help="With --role organization: its code.")
@click.option("--committee", help="With --role committee, or to limit --organizations: code or name.")
@click.option("--administrator", is_flag=True, help="With --role county: may also manage accounts and settings.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="New CSV file for the slips: user names and first passwords, kept nowhere else.")
def accounts_create(all_organizations: bool, all_committees: bool, username: str | None, role: str | None, name: str | None,
                    organization: str | None, committee: str | None, administrator: bool, out: Path) -> None:
    """Make accounts and write their slips. Every password must be changed at the first login."""
    if not (all_organizations or all_committees or (username and role)):
        raise click.UsageError(say("manage.accounts_for_whom"))
    with opened() as store:
        limit = _committee(store, committee) if committee else None
        chosen = slips.for_organizations(store, SYSTEM, limit) if all_organizations else []
        chosen += slips.for_committees(store, SYSTEM) if all_committees else []
        chosen += [_one(store, username, Role(role), name, organization, limit, administrator)] if username else []
        if not chosen:
            raise Refused("slips.none")
        _make(store, chosen, out)
    click.echo(say("manage.accounts_created", count=len(chosen), path=out))


def _committee(store: Database, text: str) -> str:
    for row in organizations.committees(store):
        if text in (row["code"], row["name"]):
            return row["code"]
    raise Refused("committee.unknown", code=text)


def _one(store: Database, username: str, role: Role, name: str | None, organization: str | None, committee: str | None,
         administrator: bool) -> Slip:
    if (role == Role.ORGANIZATION) != bool(organization) or (role == Role.COMMITTEE) != bool(committee):
        raise Refused("account.unit", role=role.value)
    unit = organizations.get(store, organization).name if organization else ""
    return Slip(username.strip().lower(), accounts.new_password(), name or unit or username, "", role, organization, committee, administrator)


def _make(store: Database, chosen: list[Slip], out: Path) -> None:
    """Hash outside the command, keep the slips durably, then create: a password that was never written down would be lost."""
    with _new_file(out) as file:
        try:
            with click.progressbar(length=len(chosen), label=say("manage.hashing"), file=sys.stderr) as bar:
                hashed = slips.hashes(chosen, lambda done: bar.update(1))
            file.write(slips.table(chosen, tuple(say(f"slip.{column}") for column in slips.HEADER)))
            file.flush()
            os.fsync(file.fileno())
            slips.create(store, SYSTEM, chosen, hashed, db.iso(db.now(store)))
        except BaseException:
            out.unlink()
            raise


def _new_file(path: Path):
    """A new file that only its owner reads. Raises Refused rather than overwrite one."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise Refused("slips.exists", path=str(path)) from None


@click.group(name="link", cls=Commands)
def link_group() -> None:
    """View links: how leaders look without a password."""


@link_group.command(name="create")
@click.option("--name", required=True, help="Whom the link is for.")
@click.option("--days", type=click.IntRange(1), default=30, show_default=True, help="How long it works.")
@click.option("--township", "townships", multiple=True, help="Code of a township to limit it to; may be given more than once.")
@click.option("--snapshot", help="Show this snapshot (an id, or latest) instead of the live store.")
def link_create(name: str, days: int, townships: tuple[str, ...], snapshot: str | None) -> None:
    """Make a link and print its address once; it is kept nowhere."""
    with opened() as store:
        known = {row["code"] for row in organizations.townships(store)}
        for code in townships:
            if code not in known:
                raise Refused("link.township", code=code)
        now = db.now(store)
        token = links.create(store, SYSTEM, name, now + dt.timedelta(days=days), now, townships=townships,
                             snapshot=snapshots.get(snapshot)["id"] if snapshot else None)
    click.echo(f"/v/{token}")


@link_group.command(name="list")
def link_list() -> None:
    """Links without their addresses, newest first: id, name, expiry, last use, state."""
    with opened() as store:
        now = db.iso(db.now(store))
        for each in links.every(store):
            state = "revoked" if each["revoked_at"] else "expired" if each["expires_at"] <= now else "active"
            used = rounds.local(store, each["used_at"]).strftime("%Y-%m-%d %H:%M") if each["used_at"] else "-"
            expires = rounds.local(store, each["expires_at"]).strftime("%Y-%m-%d %H:%M")
            click.echo(f"{each['id']}\t{each['name']}\t{expires}\t{used}\t{say(f'link_state.{state}')}")


@link_group.command(name="revoke")
@click.argument("link")
def link_revoke(link: str) -> None:
    """End a link at once, by its id from `link list`."""
    with opened() as store:
        links.revoke(store, SYSTEM, link, db.now(store))
    click.echo(say("manage.link_revoked", link=link))
