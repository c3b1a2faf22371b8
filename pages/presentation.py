"""The presentation: the chosen slides full-screen for a meeting, live or on its frozen figures."""

from lib.ui import figures, frame, live, overview, presentation, session
from lib.ui.text import t

with session.run("presentation", live=presentation.newest()) as run:
    frame.head(run, t("page.presentation"), t("presentation.meta"))
    if len(figures.cases(run)):
        presentation.show(run, presentation.ask(run))
    else:
        overview.empty(run)
    live.watch(run)
