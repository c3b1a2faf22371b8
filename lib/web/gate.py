"""The page that asks for a view link's PIN: plain HTML, large enough for a telephone, in both languages, since nobody has chosen one yet."""

from collections.abc import Sequence
from html import escape

from lib.core import phrases
from lib.core.model import Problem

STYLE = """
body{margin:0;background:#FBFAF7;color:#171410;
font:16px/1.6 'Microsoft YaHei','PingFang SC','Noto Sans CJK SC','Source Han Sans SC',SimHei,sans-serif}
form{max-width:20rem;margin:16vh auto 0;padding:0 1.25rem} h1{font-size:1.25rem;margin:0 0 1rem} p{margin:.4rem 0;color:#5F584D}
p.wrong{color:#8F2522;background:#F6E4E0;padding:.4rem .6rem;border-radius:4px}
input{width:100%;box-sizing:border-box;font:inherit;font-size:1.5rem;letter-spacing:.3em;padding:.4rem .6rem;border:1px solid #978E7E;
border-radius:4px;background:#F2EEE6}
button{margin-top:1rem;width:100%;font:inherit;padding:.5rem;border:0;border-radius:4px;background:#1F635F;color:#fff}
input:focus-visible,button:focus-visible{outline:2px solid #1F635F;outline-offset:2px}"""


def _both(code: str) -> str:
    return "".join(f'<span lang="{language}">{escape(phrases.text(code, language))}</span>{" / " if language == "zh" else ""}'
                   for language in phrases.LANGUAGES)


def page(problems: Sequence[Problem] = ()) -> str:
    """The form, with what was wrong with the last try."""
    wrong = "".join(f'<p class="wrong" role="alert" lang="{language}">{escape(phrases.explain(problem, language))}</p>'
                    for problem in problems for language in phrases.LANGUAGES)
    return (f'<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<title>{escape(phrases.text("link.pin_title", "zh"))}</title><style>{STYLE}</style>'
            f'<form method="post"><h1>{_both("link.pin_title")}</h1>{wrong}<p><label for="pin">{_both("link.pin_ask")}</label></p>'
            f'<input id="pin" name="pin" type="password" inputmode="numeric" autocomplete="off" maxlength="8" autofocus required>'
            f'<button>{_both("link.pin_open")}</button></form></html>')
