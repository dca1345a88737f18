"""The formulas of a statement, in LaTeX between dollar signs, as MathML and as plain text."""

from __future__ import annotations

import html
import re
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

THIN = "0.1667em"
_SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
_FORMULA = re.compile(r"\$([^$]+)\$")


def mathml(text: str) -> Any:
    r"""Return `text` as HTML (``markupsafe.Markup``), each formula between dollar signs as MathML.

    Examples
    --------
    >>> print(mathml(r"at most $\ln n$"))  # doctest: +ELLIPSIS
    at most <math ...><mrow><mi>ln</mi><mspace width="0.1667em" /><mi>n</mi></mrow></math>
    """
    from markupsafe import Markup

    parts = _FORMULA.split(text)  # words and formulas in turn
    parts[0::2] = [html.escape(words) for words in parts[0::2]]
    parts[1::2] = [_formula(latex) for latex in parts[1::2]]
    return Markup("".join(parts))  # all but the formulas, which are claims' own, is escaped


def _formula(latex: str) -> str:
    from latex2mathml.converter import convert

    root = fromstring(convert(latex, xmlns=""))  # HTML needs no namespace
    root.attrib.pop("xmlns", None)
    for element in list(root.iter()):
        _join_letters(element)
    for element in list(root.iter()):
        if element.tag in ("mrow", "math"):
            _space_names(element)
    return tostring(root, encoding="unicode")


def _join_letters(parent: Element) -> None:
    """Make one word of the letters of an upright name, such as ``\\mathrm{argmax}``."""
    if parent.tag != "mrow" or len(parent) < 2:
        return
    if not all(child.tag == "mi" and child.get("mathvariant") == "normal" for child in parent):
        return
    word = "".join(child.text or "" for child in parent)
    for child in list(parent):
        parent.remove(child)
    name = Element("mi")  # an identifier of several letters is upright of itself
    name.text = word
    parent.append(name)


def _is_name(element: Element) -> bool:
    """Return whether an element is a function's name (ln, max), with or without scripts."""
    if element.tag in _SCRIPTS or (element.tag == "mrow" and len(element) == 1):
        return _is_name(element[0])
    word = element.text or ""
    return element.tag in ("mi", "mo") and len(word) > 1 and word.isalpha()


def _space_names(row: Element) -> None:
    """Set a thin space between a function's name and a neighbour that is not an operator."""
    for name in (child for child in row.iter("mo") if _is_name(child)):
        name.tag = "mi"  # an operator would be set off by wide spaces on both sides
    children = list(row)
    for child in children:
        row.remove(child)
    for index, child in enumerate(children):
        row.append(child)
        following = children[index + 1] if index + 1 < len(children) else None
        if following is None or "mo" in (child.tag, following.tag):
            continue
        if "mspace" not in (child.tag, following.tag) and (_is_name(child) or _is_name(following)):
            row.append(Element("mspace", width=THIN))


_GROUP = r"\{([^{}]*)\}"  # what stands between braces that hold no group themselves
_PLAIN = {
    r"\\(?:mathrm|mathbf|mathbb|mathcal|mathbin|operatorname|text)" + _GROUP: r"\1",
    r"\\sqrt" + _GROUP: r"sqrt(\1)",
    r"\\binom" + _GROUP + _GROUP: r"C(\1, \2)",
    r"\\frac\{(\w+)\}\{(\w+)\}": r"\1/\2",
    r"\\frac" + _GROUP + _GROUP: r"(\1)/(\2)",
    r"_\{(\w*)\}": r"_\1",
    r"([_^])" + _GROUP: r"\1(\2)",
}
_SIGNS = {
    "le": "<=", "ge": ">=", "ne": "!=", "to": "->", "mapsto": "->", "rightsquigarrow": "~>",
    "mid": "|", "cdot": "*", "pm": "+-", "infty": "oo", "ldots": "...", "circ": "o", "top": "T",
    "oplus": "(+)", "Big": "", "bigl": "", "bigr": "", "left": "", "right": "",
}  # fmt: skip


def plain_math(text: str) -> str:
    r"""Return `text` with its LaTeX formulas as plain characters, for a terminal.

    Examples
    --------
    >>> plain_math(r"$\frac{1}{n} \le e^{-t}$ for every $t$")
    '1/n <= e^(-t) for every t'
    """
    text = text.replace(r"\{", "<<<").replace(r"\}", ">>>")  # braces that are to be seen
    text = re.sub(r"(?<=[A-Za-z0-9])(?=\\(?!text)[a-z])", " ", text)
    before = ""
    while before != text:  # groups inside groups: the innermost first
        before = text
        for pattern, replacement in _PLAIN.items():
            text = re.sub(pattern, replacement, text)
    text = re.sub(r"\\([,;!:]|quad\b)", " ", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda found: _SIGNS.get(found[1], found[1]), text)
    text = re.sub(r"[{}$]", "", text.replace(r"\|", "||"))
    text = re.sub(r"\\([#%&])", r"\1", text)
    return re.sub(r"\s+", " ", text.replace("<<<", "{").replace(">>>", "}")).strip()
