"""Two to four townships side by side, with the county beside them: every figure, the best and the worst, the names behind each."""

from lib.ui import frame, live, session, side_by_side
from lib.ui.text import t

with session.run("side_by_side") as run:
    frame.head(run, t("page.side_by_side"))
    side_by_side.show(run, side_by_side.ask(run))
    live.watch(run)
