"""A snapshot as an older version of the program would have made it: the schema of then, with what of today's rows it can hold."""

import hashlib
import json
from pathlib import Path

from lib.core.model import Kind
from lib.store import db, snapshots
from lib.store.db import Database
from lib.store.migrations import migrations

SECOND = "0002_work_programme"
KEPT = {"form_versions": f"where name in {tuple(kind.value for kind in Kind)}", "round_forms": f"where kind in {tuple(kind.value for kind in Kind)}"}
"""There were no registers then."""


def made_before(snapshot: str, migration: str = SECOND) -> Path:
    """Make a snapshot on the shelf one of the time before a migration. Returns its copy."""
    copy, described = (snapshots.folder() / f"{snapshot}{ending}" for ending in (".db", ".json"))
    old = copy.with_suffix(".old")
    store = Database(db.connect(old).conn)
    store.conn.execute("pragma foreign_keys = off")
    migrations.apply(store, stop_before=migration)
    store.conn.execute("attach ? as now", (str(copy),))
    for table, in store.conn.execute("select name from main.sqlite_master where type = 'table' and name not like '%sqlite%'").fetchall():
        columns = ", ".join(f'"{row[1]}"' for row in store.conn.execute(f"pragma main.table_info({table})"))
        store.conn.execute(f"insert into main.{table}({columns}) select {columns} from now.{table} {KEPT.get(table, '')}")
    store.conn.commit()
    assert store.conn.execute("pragma main.foreign_key_check").fetchall() == []
    store.close()
    for path in (copy, described):
        path.chmod(0o644)
    old.replace(copy)
    manifest = json.loads(described.read_text(encoding="utf-8"))
    with db.session(copy) as frozen:
        manifest |= snapshots._contents(frozen)
    manifest |= {"size": copy.stat().st_size, "sha256": hashlib.sha256(copy.read_bytes()).hexdigest()}
    described.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return copy
