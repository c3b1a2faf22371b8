"""What a page looks like on paper, whichever it is: its title, figures, map and tables, and nothing that is there to be clicked."""

import streamlit as st

CSS = """
.st-key-print-style{display:none}
@media print{
@page{size:A4;margin:12mm}
html,body,#root,[data-testid="stApp"],[data-testid="stAppViewContainer"],[data-testid="stMain"],[data-testid="stMainBlockContainer"],
[data-testid="stAppScrollToBottomContainer"]{position:static!important;display:block!important;height:auto!important;width:100%!important;
max-width:none!important;min-width:0!important;overflow:visible!important;padding:0!important;margin:0!important;background:#FFFFFF!important}
html{font-size:11pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
[data-testid="stHeader"],[data-testid="stToolbar"],[data-testid="stSidebar"],[data-testid="stSidebarCollapsedControl"],[data-testid="stBottom"],
[data-testid="stStatusWidget"],[data-testid="stDecoration"],[data-testid="stToast"],[data-testid="stToastContainer"],[data-testid="stDialog"],
[data-testid="stButton"],[data-testid="stDownloadButton"],[data-testid="stLinkButton"],[data-testid="stFormSubmitButton"],[data-testid="stPopover"],
[data-testid="stPageLink"],[data-testid="stButtonGroup"],[data-testid="stSelectbox"],[data-testid="stMultiSelect"],[data-testid="stFileUploader"],
[data-testid="stTextInput"],[data-testid="stDateInput"],[data-testid="stToggle"],[data-testid="stElementToolbar"],[data-testid="stElementToolbarButton"],
[data-testid="stSkeleton"],.modebar{display:none!important}
[data-testid="stVerticalBlock"],[data-testid="stHorizontalBlock"]{gap:3mm!important}
[data-testid="stColumn"]{min-width:0!important}
[data-testid="stTable"],[data-testid="stMetric"],[data-testid="stPlotlyChart"],[data-testid="stImage"],svg,tr{break-inside:avoid}
h1,h2,h3{break-after:avoid}
}
"""
_piece = st.components.v2.component("print_style", css=CSS, isolate_styles=False)


def mount() -> None:
    """Put the rules into the page, once, whatever it shows."""
    with st.container(key="print-style"):
        _piece(key="frame.print_style")
