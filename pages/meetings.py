"""Meetings: figures that stay as they were when it was opened, and the minutes with what was decided."""

from lib.ui import frame, links, meetings, session
from lib.ui.text import t

with session.run("meetings", live=True) as run:
    rows = meetings.listed(run)
    frame.head(run, t("page.meetings"), meetings.count(rows))
    meetings.actions(run)
    links.show_fresh(run)
    meeting = meetings.show(run, rows)
    meetings.dialog()
    meetings.watch(run, meeting)
