"""One organization: where its grading stands and everything that belongs to it."""

from lib.core.model import Refused
from lib.ui import frame, live, organization, session
from lib.ui.text import plain, t

with session.run("organization") as run:
    try:
        found = organization.asked(run)
    except Refused as refused:
        frame.head(run, t("page.organization"))
        session.explain(refused)
    else:
        if found is None:
            frame.head(run, t("page.organization"))
            organization.choose(run)
        else:
            frame.head(run, plain(found.name), organization.meta(found))
            organization.show(organization.Standing(run, found))
    live.watch(run)
