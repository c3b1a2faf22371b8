"""What a page looks like on paper, whichever it is: its title, figures, map and tables, and nothing that is there to be clicked."""

import streamlit as st

CONTROLS = ("stHeader", "stToolbar", "stSidebar", "stSidebarCollapsedControl", "stBottom", "stStatusWidget", "stToast", "stToastContainer",
            "stDialog", "stElementToolbar", "stSkipToContent", "stTooltipIcon")
"""What stands around a page, by Streamlit's names of its parts."""
WIDGETS = ("stButton", "stDownloadButton", "stLinkButton", "stFormSubmitButton", "stPopover", "stPageLink", "stButtonGroup", "stPagination",
           "stSelectbox", "stMultiSelect", "stFileUploader", "stTextInput", "stToggle")
"""Controls of a page itself, none of which holds an answer that a paper should show; they leave no gap."""


def _named(names: tuple[str, ...]) -> str:
    return ",".join(f'[data-testid="{name}"]' for name in names)


PAPER = 703
"""Width of A4 without its margins, in pixels of 1/96 inch."""
CSS = f"""
.st-key-print-style{{display:none}}
@media print{{
@page{{size:A4;margin:12mm}}
html{{font-size:11pt}}
*{{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
html,body,#root,{_named(("stApp", "stAppViewContainer", "stMain", "stMainBlockContainer"))}{{position:static!important;display:block!important;
height:auto!important;width:100%!important;max-width:none!important;min-width:0!important;overflow:visible!important;padding:0!important;
margin:0!important;background:#FFFFFF!important}}
{_named(CONTROLS)},[data-testid="stElementContainer"]:has({_named(WIDGETS)}){{display:none!important}}
[data-testid="stLayoutWrapper"]:has({_named(WIDGETS)}):not(:has([data-testid="stMarkdown"],[data-testid="stHeading"],[data-testid="stMetric"],
[data-testid="stDataFrame"],[data-testid="stTable"],[data-testid="stPlotlyChart"],[data-testid^="stBidiComponent"],[data-testid="stExpander"],
[data-testid="stAlert"])){{display:none!important}}
{_named(("stVerticalBlock", "stHorizontalBlock"))}{{gap:3mm!important}}
[data-testid="stHorizontalBlock"]:has(>[data-testid="stColumn"]){{display:block!important}}
[data-testid="stColumn"]{{width:100%!important;min-width:0!important;margin-bottom:4mm}}
[data-testid="stFullScreenFrame"]{{zoom:var(--on-paper,1)}}
[data-testid="stElementContainer"]:has([data-testid="stFullScreenFrame"]){{height:auto!important;flex:none!important}}
[data-testid="stBidiComponentIsolated"]{{zoom:.9}}
{_named(("stTable", "stMetric", "stPlotlyChart", "stDataFrame"))},tr{{break-inside:avoid}}
h1,h2,h3{{break-after:avoid}}
}}
"""
SCRIPT = """
export default function() {
  if (window.chengpingPrints) return;
  window.chengpingPrints = true;
  addEventListener('beforeprint', () => {
    for (const drawn of document.querySelectorAll('[data-testid="stFullScreenFrame"]'))
      drawn.style.setProperty('--on-paper', Math.min(1, PAPER / drawn.getBoundingClientRect().width));
  });
}""".replace("PAPER", str(PAPER))
"""Charts and grids are drawn for the screen's width, and do not grow narrower by themselves: each is made smaller to fit."""
_piece = st.components.v2.component("print_style", css=CSS, js=SCRIPT, isolate_styles=False)


def mount() -> None:
    """Put the rules into the page, once, whatever it shows."""
    with st.container(key="print-style"):
        _piece(key="frame.print_style")
