"""Colours for everything that is drawn. One scale from light to dark, "darker means more attention needed", for grades, map, ranking
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


def shades(code: str) -> tuple[str, str, str]:
    """Fill, edge and text colour of a grade, a status or what has none."""
    if code in NOTHING:
        return NOTHING[code]
    place = GRADE[code] if code in GRADE else STATUS[code]
    return SCALE[place], EDGE[place], ON_SCALE[place]
