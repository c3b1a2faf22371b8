"""Staff, funds and venues (W7, W10, W11): figures, and who lacks what by its own answers."""

from lib.ui import live, programme_page, secured, session

with session.run("communities") as run:
    programme_page.head(run, "communities", secured.FIGURES)
    secured.show(run)
    live.watch(run)
