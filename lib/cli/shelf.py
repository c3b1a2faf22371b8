"""The shelf of snapshots, and whether store and snapshots are whole."""

import os
from pathlib import Path

import click

from lib.cli.base import Commands, Leaf, complain, existing_file, opened, say
from lib.core.model import SYSTEM
from lib.exchange import bundle
from lib.store import backups, db, events, integrity, rounds, snapshots


@click.group(name="snapshot", cls=Commands)
def snapshot_group() -> None:
    """Frozen copies of the store."""


@snapshot_group.command(name="create")
@click.option("--label", default=None, help="What the snapshot is called on the shelf.")
def snapshot_create(label: str | None) -> None:
    """Freeze the store as it is now; prints the snapshot's id."""
    with opened() as store:
        click.echo(snapshots.create(store, SYSTEM, label or say("manage.snapshot_label"), db.iso(db.now(store))))


@snapshot_group.command(name="list")
def snapshot_list() -> None:
    """Snapshots, newest first: id, time, event number, size in bytes, name."""
    with opened() as store:
        for each in snapshots.every():
            moment = rounds.local(store, each["created_at"])
            click.echo(f"{each['id']}\t{moment:%Y-%m-%d %H:%M}\t{each['seq']}\t{each['size']}\t{each['label']}")


@snapshot_group.command(name="verify")
@click.argument("snapshot", default=snapshots.LATEST)
@click.pass_context
def snapshot_verify(ctx: click.Context, snapshot: str) -> None:
    """Check a snapshot (default: latest): checksum, integrity, event chain, manifest."""
    with opened():
        problems, manifest = snapshots.verify(snapshot), snapshots.get(snapshot)
    complain(problems)
    if problems:
        ctx.exit(1)
    click.echo(say("manage.sound", what=manifest["id"], seq=manifest["seq"], head=manifest["head"]))


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
