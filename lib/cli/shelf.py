"""The shelf of snapshots, and whether store and snapshots are whole."""

import os
from pathlib import Path

import click

from lib.cli import base
from lib.cli.base import Commands, Leaf, complain, existing_file, opened, say
from lib.core.differences import KINDS
from lib.core.model import SYSTEM
from lib.core.retention import Rule
from lib.exchange import bundle, comparison
from lib.store import backups, db, events, integrity, rounds, snapshots


@click.group(name="snapshot", cls=Commands)
def snapshot_group() -> None:
    """Frozen copies of the store."""


@snapshot_group.command(name="create")
@click.option("--label", default=None, help="What the snapshot is called on the shelf.")
@click.option("--automatic", is_flag=True, help="Made by a timer: `snapshot prune` may remove it.")
def snapshot_create(label: str | None, automatic: bool) -> None:
    """Freeze the store as it is now; prints the snapshot's id."""
    label = label or say("shelf.automatic_label" if automatic else "manage.snapshot_label")
    with opened() as store:
        click.echo(snapshots.create(store, SYSTEM, label, db.iso(db.now(store)), automatic=automatic))


@snapshot_group.command(name="rename")
@click.argument("snapshot")
@click.option("--label", required=True, help="What the snapshot is called from now on.")
def snapshot_rename(snapshot: str, label: str) -> None:
    """Call a snapshot something else; its copy and its checksum stay."""
    with opened() as store:
        snapshots.rename(store, SYSTEM, snapshot, label, db.iso(db.now(store)))


@snapshot_group.command(name="prune")
@click.option("--keep-daily", type=click.IntRange(0), default=Rule.daily, show_default=True, help="Keep the last of so many days.")
@click.option("--keep-weekly", type=click.IntRange(0), default=Rule.weekly, show_default=True, help="Keep the last of so many weeks.")
@click.option("--keep-monthly", type=click.IntRange(0), default=Rule.monthly, show_default=True, help="Keep the last of so many months.")
@click.option("--dry-run", is_flag=True, help="Say what would go; remove nothing.")
def snapshot_prune(keep_daily: int, keep_weekly: int, keep_monthly: int, dry_run: bool) -> None:
    """Remove automatic snapshots that the rule does not keep and nothing uses. Prints id, what became of it, why it stays."""
    with opened() as store:
        found = snapshots.prune(store, SYSTEM, Rule(keep_daily, keep_weekly, keep_monthly), db.iso(db.now(store)), dry_run=dry_run)
    for standing in found:
        reasons = ", ".join(say(f"shelf.kept_{reason}") for reason in standing.reasons)
        click.echo(f"{standing.manifest['id']}\t{say('shelf.stays' if standing.reasons else 'shelf.goes')}\t{reasons or standing.manifest['label']}")
    going = [standing.manifest for standing in found if not standing.reasons]
    click.echo(say("shelf.would_prune" if dry_run else "shelf.pruned", removed=len(going), kept=len(found) - len(going),
                   size=f"{sum(manifest['size'] for manifest in going) / 2**20:.1f}"))


@snapshot_group.command(name="list")
def snapshot_list() -> None:
    """Snapshots, newest first: id, time, event number, size in bytes, name."""
    with opened() as store:
        for each in snapshots.every():
            moment = rounds.local(store, each["created_at"])
            click.echo(f"{each['id']}\t{moment:%Y-%m-%d %H:%M}\t{each['seq']}\t{each['size']}\t{each['label']}")


@snapshot_group.command(name="verify")
@click.argument("snapshot", default=snapshots.LATEST)
@click.option("--all", "everything", is_flag=True, help="Every snapshot of the shelf.")
@click.pass_context
def snapshot_verify(ctx: click.Context, snapshot: str, everything: bool) -> None:
    """Check a snapshot (default: latest) or all: checksum, integrity, event chain, manifest."""
    unsound = False
    with opened():
        for name in [manifest["id"] for manifest in snapshots.every()] if everything else [snapshot]:
            problems, manifest = snapshots.verify(name), snapshots.get(name)
            complain(problems)
            unsound = unsound or bool(problems)
            if not problems:
                click.echo(say("manage.sound", what=manifest["id"], seq=manifest["seq"], head=manifest["head"]))
    if unsound:
        ctx.exit(1)


@snapshot_group.command(name="compare")
@click.argument("before")
@click.argument("after")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help=".xlsx: a sheet for each table; .csv: all in one; .zip: a CSV file for each table.")
def snapshot_compare(before: str, after: str, out: Path) -> None:
    """Write what differs between two snapshots; `latest` is an id, and `now` the live store. Prints the counts of tables that differ."""
    ending = out.suffix.lower().removeprefix(".")
    comparison.check_format(ending)  # before anything is compared
    partial = out.with_name(f"{out.name}.{os.getpid()}.tmp")
    try:
        with opened(), partial.open("w+b") as file:
            compared = comparison.make(SYSTEM, before, after)
            comparison.write(compared, file, ending, base.LANGUAGE if ending == "xlsx" else None)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    for table, counts in compared.counts.items():
        if any(counts.values()):
            click.echo("\t".join((table, *(f"{kind} {counts[kind]}" for kind in KINDS))))
    click.echo(str(out))


@snapshot_group.command(name="export")
@click.argument("snapshot")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The zip file to write.")
def snapshot_export(snapshot: str, out: Path) -> None:
    """Write a snapshot as CSV files in one zip, with data dictionary and checksums."""
    partial = out.with_name(f"{out.name}.{os.getpid()}.tmp")
    try:
        with opened(), partial.open("wb") as file:
            bundle.write(SYSTEM, snapshot, file)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    click.echo(str(out))


@click.command(cls=Leaf)
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Check the live store: integrity, references, event chain, and that the snapshots' heads are in the chain."""
    with opened() as store:
        problems = (*integrity.faults(store), *snapshots.unmatched(store))
        complain(problems)
        if problems:
            ctx.exit(1)
        seq, head = events.head(store)
        click.echo(say("manage.sound", what=str(db.store_path()), seq=seq, head=head))


@click.command(cls=Leaf)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
def backup(out: Path) -> None:
    """Write the whole store with its attachments and snapshots to one file; the product may go on running."""
    with opened() as store:
        contents = backups.backup(store, out, db.iso(db.now(store)))
    click.echo(say("manage.backed_up", path=out, members=len(contents["members"]), seq=contents["seq"]))


@click.command(cls=Leaf)
@click.argument("file", type=existing_file)
def restore(file: Path) -> None:
    """Put a backup into an empty home, checked member by member; stop the product first."""
    contents = backups.restore(file)
    click.echo(say("manage.restored", path=db.home(), members=len(contents["members"]), seq=contents["seq"]))
