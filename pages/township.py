"""One township, or the organizations at county level: figures against targets, organizations with those who are late first."""

from lib.ui import frame, live, session, township
from lib.ui.text import plain, t

with session.run("township") as run:
    code = township.asked(run)
    if code is None:
        frame.head(run, t("page.township"))
        township.choose(run)
    else:
        shown = township.of(run, code)
        frame.head(run, plain(township.choices(run)[code]), township.meta(run, code, shown))
        township.show(run, code, shown)
    live.watch(run)
