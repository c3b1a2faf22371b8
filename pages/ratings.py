"""自评, 测评 and 评定 of every organization side by side; what the figures of the overview are made of."""

from lib.ui import frame, live, ratings, session
from lib.ui.text import t

with session.run("ratings") as run:
    frame.head(run, t("page.ratings"))
    ratings.show(run)
    live.watch(run)
