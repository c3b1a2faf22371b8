"""What changed since the last meeting (变动榜): who rose and fell, who handed in, what was signed off, what fell overdue."""

from lib.ui import changes, frame, live, session
from lib.ui.text import t

with session.run("changes") as run:
    frame.head(run, t("page.changes"), t("changes.meta"))
    changes.show(run)
    live.watch(run)
