"""The report as a reader sees it: wide screen and phone, light and dark.

Run by ``make browser-test``; the pictures are kept in ``corollary-out/pictures`` for a person to
look at.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from chromium import Page, browser

import corollary

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser() is None, reason="NO BROWSER HERE: nothing was looked at"),
]
PICTURES = Path(__file__).parent.parent.parent / "corollary-out" / "pictures"
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
SCHEMES = {"light": (255, 255, 255), "dark": (20, 23, 29)}


# Elements that stand out of the window, but for those in a box that scrolls by itself.
OUTSIDE = """
(width => [...document.body.querySelectorAll('*')].filter(element => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && (box.right > width + 0.5 || box.left < -0.5)
    && !element.parentElement.closest('.wide, .formula');
}).map(element => element.tagName + ' ' + element.textContent.slice(0, 60)))
"""
# Boxes that hide a part of what they hold and do not scroll.
CUT = """
[...document.body.querySelectorAll('*')].filter(element =>
  element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
  && getComputedStyle(element).display != 'inline'
  && !['auto', 'scroll'].includes(getComputedStyle(element).overflowX)
  && !element.closest('math') && !element.parentElement.closest('.wide, .formula')
).map(element => element.tagName + ' ' + element.textContent.slice(0, 60))
"""
# The least contrast between a text and the page or card it stands on (WCAG asks for 4.5).
CONTRAST = """
(() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => numbers(colour).slice(0, 3).map(value => value / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
  };
  const texts = [...document.querySelectorAll('p, td:not(.missed), th, a, h1, h4, dd, dt, code')];
  return Math.min(...texts.map(element => {
    const [one, two] = [getComputedStyle(element).color, ground(element)].map(light);
    return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  }));
})()
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Two pages: all claims on the reference implementations, and a softmax that is wrong."""
    folder = tmp_path_factory.mktemp("reports")
    corollary.check().save(folder / "own")
    wrong = corollary.verify.select(["softmax"])[0].role.mutants["epsilon in the denominator"]
    corollary.check(lambda logits: wrong(logits, 1.0), "softmax").save(folder / "wrong")
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with Page(browser(), tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.timeout(120)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["own", "wrong"])
def test_report_is_readable(reports, page, name, size, scheme):
    page.look_at(reports / name / "report.html", *SIZES[size], scheme)
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = PICTURES / f"{name}-{size}-{scheme}.png"
    picture.write_bytes(page.picture())
    print(f"see {picture}")
    page.value("document.querySelectorAll('details').forEach(part => { part.open = true; })")

    width = SIZES[size][0]
    assert page.value("innerWidth") == width
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value(f"{OUTSIDE}({width})") == []
    assert page.value(CUT) == []
    ground = ", ".join(map(str, SCHEMES[scheme]))
    assert page.value("getComputedStyle(document.body).backgroundColor") == f"rgb({ground})"
    assert page.value(CONTRAST) >= 4.5
    heights = "[...document.querySelectorAll('math')].map(e => e.getBoundingClientRect().height)"
    formulas = page.value(heights)
    assert len(formulas) > 10 and min(formulas) > 4


@pytest.mark.timeout(60)
def test_what_stands_out_or_is_cut_off_is_found(page, tmp_path):
    file = tmp_path / "bad.html"
    file.write_text(
        "<!doctype html><meta name=viewport content='width=device-width'>"
        "<body style='background: #fff'>"
        "<p style='width: 900px; color: #888'>too wide</p>"
        "<p style='width: 50px; overflow: hidden; white-space: nowrap'>cut off here</p>"
    )
    page.look_at(file, 390, 844, "light")
    assert page.value(f"{OUTSIDE}(390)") == ["P too wide"]
    assert page.value(CUT)[-1] == "P cut off here"
    assert page.value(CONTRAST) < 4.5
