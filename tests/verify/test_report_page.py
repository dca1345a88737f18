"""The report page: every state is shown, nothing comes from outside, formulas are formulas."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from corollary.verify.evidence import Check, ClaimResult, Evidence, Run, Witness
from corollary.verify.formulas import mathml, plain_math
from corollary.verify.report import Report

WITNESS = Witness({"n": 3, "name": "<b>"}, "raised", "IndexError: a < b & c", -2.0)
HOLDING = Evidence("swept", "n in [1, 200]", 8192, "holds", 0.9, 1.0)
REFUTING = Evidence("sampled", "n in [1, 200]", 7, "refuted", -2.0, None, WITNESS)
UNDECIDED = Evidence("enclosed", "t in [0, 1]", 9, "inconclusive", message="undecided near 0.5")
RESULT = ClaimResult(
    claim="family.a",
    kind="law",
    family="family",
    role="a role",
    statement=r"At most $\ln n$ of a < b.",
    standing="derived",
    source="arXiv:2410.01104",
    dossier="",
    domain="$n$ logits",
    expected="holds",
    evidence=(HOLDING,),
    mutants=(Check("wrong axis", "refuted", True, WITNESS), Check("no shift", "holds", True)),
)


def page(*results: ClaimResult, role: str | None = None) -> str:
    return Report(Run("a:b", role, "float64", "quick", 0), results).to_html()


def text(html: str) -> str:
    """Return the words of a page, its tags taken away."""
    body = html.partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]*>", "", body).split())


class Structure(HTMLParser):
    """Notes what a page loads, where its links lead, and tags that are left open."""

    VOID = ("meta", "br", "mspace")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.links: set[str] = set()
        self.targets: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("script", "link", "img", "iframe", "object") or "src" in given:
            self.loads.append(tag)
        if tag == "a":
            self.links.add(given["href"])
        if "id" in given:
            self.targets.append(given["id"])

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def structure(html: str) -> Structure:
    found = Structure()
    found.feed(html)
    found.close()
    return found


def test_the_page_is_whole_and_loads_nothing():
    found = structure(page(RESULT, replace(RESULT, claim="family.b", evidence=(REFUTING,))))
    assert not found.open and not found.loads
    assert found.links == {f"#{target}" for target in found.targets}
    assert len(set(found.targets)) == len(found.targets) == 5
    assert "url(" not in page(RESULT) and "@import" not in page(RESULT)


def test_the_check_of_the_page_can_fail():
    assert structure('<p><img src="x">').loads == ["img"]
    with pytest.raises(AssertionError):
        structure("<p><b></p>")


def test_a_counterexample_is_shown_escaped_with_its_replay_line():
    html = page(replace(RESULT, evidence=(REFUTING,), mutants=()), role="a role")
    assert "Counterexample (raised): IndexError: a &lt; b &amp; c" in text(html)
    assert "--implementation a:b" in text(html)
    assert "<b>" not in html
    assert "Not as expected family.a: refuted (raised)" in text(html)


def test_a_run_as_expected_has_no_list_of_surprises():
    assert "Not as expected" not in text(page(replace(RESULT, mutants=RESULT.mutants[:1])))


@pytest.mark.parametrize(
    "change, words",
    [
        ({"evidence": (UNDECIDED,)}, "family.a: inconclusive"),
        ({"expected": "refuted", "standing": "refuted as printed"}, "holds, should be refuted"),
        ({"constraints": (Check("bounded", "inconclusive", False),)}, "but a check of the claim"),
        ({"mutants": (Check("smoothed", "holds", False),)}, "“smoothed” no longer refutes"),
        ({"mutants": RESULT.mutants}, "No claim refutes the wrong a role “no shift”"),
    ],
)
def test_what_is_not_as_expected_is_said_at_the_top_and_in_its_place(change, words):
    shown = text(page(replace(RESULT, **change)))
    assert "Not as expected" in shown
    assert words in shown


def test_a_claim_refuted_as_printed_is_as_expected_when_refuted():
    result = replace(RESULT, evidence=(REFUTING,), expected="refuted", mutants=())
    shown = text(page(result))
    assert "refuted, as expected" in shown and "Not as expected" not in shown


def test_the_summary_counts_wrong_implementations_that_nothing_refutes():
    run = Run("a:b", None, "float64", "quick", 0)
    assert Report(run, (RESULT,)).summary() == (
        "1 claims, 8,192 cases: 0 not as expected; "
        "1 refutations of 2 wrong implementations, 1 of them refuted by none"
    )
    fine = replace(RESULT, mutants=RESULT.mutants[:1])
    assert "all as expected; 1 refutations of 1 wrong" in Report(run, (fine,)).summary()


def test_the_matrix_counts_what_it_shows():
    html = page(RESULT, replace(RESULT, claim="family.b"))
    rows = re.findall(r"<tr><th>(.*?)</th><td.*?>(\d+)</td>(.*?)</tr>", html)
    assert [(name, int(count), cells.count("●")) for name, count, cells in rows] == [
        ("wrong axis", 2, 2),
        ("no shift", 0, 0),
    ]


@pytest.mark.parametrize(
    "latex, expected",
    [
        (r"\ln n", '<mi>ln</mi><mspace width="0.1667em" /><mi>n</mi>'),
        (r"n\ln n", '<mi>n</mi><mspace width="0.1667em" /><mi>ln</mi>'),
        (r"\ln(n)", '<mi>ln</mi><mo stretchy="false">(</mo>'),
        (r"a - \max x", '<mo>−</mo><mi>max</mi><mspace width="0.1667em" /><mi>x</mi>'),
        (r"\max_i x", '<msub><mi>max</mi><mi>i</mi></msub><mspace width="0.1667em" />'),
        (r"\mathrm{argmax}", "<mi>argmax</mi>"),
        (r"n^2", "<msup><mi>n</mi><mn>2</mn></msup>"),
    ],
)
def test_formulas_are_spaced_as_latex_spaces_them(latex, expected):
    found = mathml(f"a < b: ${latex}$")
    assert found.startswith("a &lt; b: <math") and expected in found


@pytest.mark.parametrize(
    "latex, expected",
    [
        (r"$\frac{a}{b+1} \le \ln\sum_j e^{e_j}$", "(a)/(b+1) <= ln sum_j e^(e_j)"),
        (r"$2\sqrt{\frac{1}{2}}\,x_{\{a, b\}}$", "2 sqrt(1/2) x_({a, b})"),
        (r"$I(X_{a:b} \to Y_i \mid X_{<a})$", "I(X_(a:b) -> Y_i | X_(<a))"),
        (r"$2 \cdot 3^{m-1} \ne \binom{2m}{m}$", "2 * 3^(m-1) != C(2m, m)"),
        (r"$\min\{a, b\}\,\mathrm{Var}(x)$", "min{a, b} Var(x)"),
        (r"$\sqrt{2}\,\|x\|_1$, $t \in \mathbb{R}$", "sqrt(2) ||x||_1, t in R"),
        (r"$e^{-\delta/\theta}$", "e^(-delta/theta)"),
    ],
)
def test_formulas_in_a_terminal_are_plain(latex, expected):
    assert plain_math(latex) == expected


def test_no_statement_keeps_a_trace_of_latex():
    from corollary.verify import select

    for claim in select():
        shown = plain_math(claim.statement)
        assert not re.search(r"[\\$]|\b(mid|cdot|text|binom|ldots|rightsquigarrow)\b", shown), shown
