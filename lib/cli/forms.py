"""The questionnaires: `form lint`, `form export`, `form import`. A questionnaire's name is its kind."""

from pathlib import Path

import click

from lib.cli.base import LANGUAGE, Commands, content, existing_file, opened, say
from lib.core import form_changes, forms, lint, registers
from lib.core.forms import Form
from lib.core.model import SYSTEM
from lib.exchange import xlsform, xlsform_reader
from lib.store import db, pack, questionnaires

LINT_YEAR = 2012
"""The pack's questionnaires are checked as of some year; any will do."""


@click.group(name="form", cls=Commands)
def form_group() -> None:
    """The questionnaires."""


def _line(form: Form, complaints: int) -> str:
    return f"{form.name}: {sum(len(group.questions) for group in form.groups)} questions, version {form.version}, {complaints} complaints"


@form_group.command(name="lint")
@click.argument("file", type=existing_file, required=False)
def form_lint(file: Path | None) -> None:
    """Check every questionnaire and register of the pack, or one FILE (XLSForm .xlsx); every complaint is printed with its place."""
    if file:
        found = xlsform_reader.read(content(file))
        _ignored(found)
        click.echo(_line(found.form, 0))
        return
    for body in pack.form_bodies(LINT_YEAR).values():
        form = forms.parse(body)
        click.echo(_line(form, len(lint.complaints(form))))
    for name, body in pack.register_bodies(LINT_YEAR).items():
        register = registers.parse(body)
        click.echo(f"{name}: {len(register.items)} items, version {register.form.version}, 0 complaints")


@form_group.command(name="export")
@click.argument("name")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The .xlsx file to write.")
def form_export(name: str, out: Path) -> None:
    """Write the current questionnaire of a kind as XLSForm, to be edited in WPS or Excel, or opened in ODK or KoboToolbox."""
    with opened() as store:
        body = questionnaires.current_body(store, name)
    out.write_bytes(xlsform.write(body, LANGUAGE))
    click.echo(str(out))


@form_group.command(name="import")
@click.argument("file", type=existing_file)
@click.option("--dry-run", is_flag=True, help="Check the file and say what would change; publish nothing.")
def form_import(file: Path, dry_run: bool) -> None:
    """Publish an edited questionnaire for whoever begins from now on; what was begun keeps its version."""
    with opened() as store:
        found = xlsform_reader.read(content(file))
        _ignored(found)
        changes = form_changes.between(questionnaires.current_body(store, found.form.name), found.body)
        if not dry_run:
            questionnaires.publish(store, SYSTEM, found.body, db.iso(db.now(store)))
    for name in changes.added:
        click.echo(say("manage.form.added", name=name, label=found.form.items[name].label[LANGUAGE]))
    for name in changes.removed:
        click.echo(say("manage.form.removed", name=name))
    for name, columns in changes.changed.items():
        click.echo(say("manage.form.changed", name=name, columns=", ".join(columns)))
    if changes.moved:
        click.echo(say("manage.form.moved"))
    if changes.headings:
        click.echo(say("manage.form.headings"))
    click.echo(say("manage.form.checked" if dry_run else "manage.form.published", kind=found.form.name, version=found.form.version,
                   added=len(changes.added), removed=len(changes.removed), changed=len(changes.changed)))


def _ignored(found: xlsform_reader.Workbook) -> None:
    if found.ignored:
        click.echo(say("manage.ignored_columns", names="、".join(found.ignored)), err=True)
