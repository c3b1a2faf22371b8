"""The plotly template; the colours are those of everything else that is drawn."""

from lib.exchange.colours import (  # noqa: F401 (the pages ask for all of them here)
    BORDER,
    CLASS,
    FONT,
    GOLD,
    GOLD_TEXT,
    HAIRLINE,
    HATCH,
    INK,
    MUTED,
    NOTHING,
    RED,
    SAND,
    SCALE,
    STATUS,
    TEAL,
    TRACK,
    WHITE,
    shades,
)

AXIS = {"gridcolor": HAIRLINE, "gridwidth": 1, "linecolor": "#B9B09F", "zeroline": False, "ticks": "", "automargin": True, "fixedrange": True,
        "tickfont": {"size": 13, "color": MUTED}, "title": {"font": {"size": 13, "color": MUTED}}}
TEMPLATE = {"layout": {
    "font": {"family": FONT, "size": 13, "color": INK}, "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
    "colorway": [TEAL, RED, GOLD, MUTED, SCALE[1]], "xaxis": AXIS, "yaxis": AXIS, "margin": {"l": 8, "r": 8, "t": 28, "b": 8}, "bargap": 0.34,
    "hoverlabel": {"bgcolor": WHITE, "bordercolor": "#DDD6C9", "font": {"family": FONT, "size": 13, "color": INK}},
    "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom", "font": {"size": 13}, "itemclick": False,
               "itemdoubleclick": False, "traceorder": "normal"},
    "separators": ".,", "dragmode": False, "hovermode": "closest", "uirevision": "keep"}}
CONFIG = {"displayModeBar": False, "locale": "zh-CN", "scrollZoom": False, "doubleClick": False}
CATEGORIES = {"autorange": "reversed", "ticks": "outside", "ticklen": 8, "tickcolor": "rgba(0,0,0,0)", "showgrid": False, "showline": False,
              "tickfont": {"size": 13, "color": INK}}
