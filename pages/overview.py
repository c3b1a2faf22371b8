"""How the county stands: phases, figures against targets, townships on the map and ranked, charts."""

import streamlit as st

from lib.ui import briefing_links, changes, frame, later, live, overview, session, strip
from lib.ui.text import t

with session.run("overview") as run:
    shown = overview.summary(run)
    overview.ask(run)
    frame.head(run, t("overview.title"), overview.meta(shown), overview.find(run))
    overview.answered(run)
    strip.show(shown.phases, "overview.phases")
    if shown.total:
        overview.headline(run, shown.figures)
        overview.map_and_ranking(run)
        if later.ready("overview"):
            changes.show_brief(run)
            briefing_links.buttons(run)
            st.space("small")
            overview.below(run, shown)
    else:
        overview.empty(run)
    live.watch(run)
