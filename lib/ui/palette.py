"""Colours and the plotly template. One scale from light to dark, "darker means more attention needed", for grades, map, ranking
and targets alike; every pair was checked for contrast, in colour-blind simulation and in grey."""

INK, MUTED, PAGE, SAND, TRACK, HAIRLINE = "#171410", "#5F584D", "#FBFAF7", "#F2EEE6", "#EFEAE0", "#E6E0D5"
TEAL, RED, GOLD, GOLD_TEXT, WHITE, BORDER = "#1F635F", "#A32E2B", "#B47F16", "#7A5610", "#FFFFFF", "#8A8272"

SCALE = ("#D6E6E3", "#8CBBB6", GOLD, RED)
EDGE = (TEAL, TEAL, GOLD, RED)
"""The two pale fills do not reach 3:1 on white: their outline does, so it is never dropped."""
ON_SCALE = (INK, INK, INK, WHITE)
STATUS = {"reached": 0, "near": 1, "behind": 2, "far": 3}
GRADE = {"good": 0, "fairly_good": 1, "average": 2, "poor": 3}
NOTHING = {"not_graded": (WHITE, BORDER, INK), "not_submitted": (WHITE, BORDER, INK), "none": (WHITE, BORDER, INK)}
"""Fill, edge and text of what has no grade or class yet; 未报 is hatched besides."""
HATCH = "#CFC7B8"
CLASS = {"demonstration": ("#E6F0EE", TEAL, INK), "first": ("#B9D6D2", TEAL, INK), "second": ("#8CBBB6", TEAL, INK),
         "third": (GOLD, GOLD, INK), "fourth": (RED, RED, WHITE)}

FONT = "'Microsoft YaHei','PingFang SC','Noto Sans CJK SC','Source Han Sans SC',SimHei,sans-serif"
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


def shades(code: str) -> tuple[str, str, str]:
    """Fill, edge and text colour of a grade, a status or what has none."""
    if code in NOTHING:
        return NOTHING[code]
    place = GRADE[code] if code in GRADE else STATUS[code]
    return SCALE[place], EDGE[place], ON_SCALE[place]
