"""The page of the paper in a real browser: figures that enlarge, rows, links, small screens."""

import pytest

from rttgeo.figures import save
from rttgeo.figures.style import finish, new_figure
from rttgeo.paper.claims import claims_table
from rttgeo.paper.documents import write_html
from rttgeo.paper.references import References

pytestmark = pytest.mark.browser
HEAD = "---\ntitle: T\nsubtitle: S\nversion: '0'\ndate: '2026'\nauthor: [A]\nabstract: A\n---\n\n"
ORIGIN = '[Data: [d (measured)](#data-d).]{.origin notebook="n" results="n.d.json"}'


@pytest.fixture(scope="module")
def url(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    figure = new_figure()
    figure.add_subplot().set_xlabel("time")
    save(finish(figure, "A.", {}, None), folder / "a", ["svg"])
    table = claims_table(References([], "figures"), "tbl:claims", "All.")
    text = f"""{HEAD}# One

::: {{.row}}
![First. {ORIGIN}](a.svg){{#fig:a alt="First"}}

![Second.](a.svg){{#fig:b alt="Second"}}
:::

::: {{#eq:long}}
$$ p(x) = \\prod_l f_l(t_l - m_l(d(x, l)) - \\xi_l(x)), \\qquad d(x, l) \\le r_l + 50 + a + b + c + d $$
:::

# Data sets

::: {{#data-d}}
**d**
:::

:::: {{.full-page}}
{table}
::::
"""
    (folder / "paper.md").write_text(text, encoding="utf-8")
    return write_html(folder / "paper.md", root / "paper", folder / "paper.html").as_uri()


def test_a_figure_of_a_row_grows_and_shrinks_again(open_page, url):
    page = open_page(url, viewport={"width": 1300, "height": 900})
    image = page.get_by_role("button", name="Second")
    small = image.bounding_box()["width"]
    image.focus()
    page.keyboard.press("Enter")
    assert image.bounding_box()["width"] > 1.5 * small
    page.keyboard.press("Escape")
    assert image.bounding_box()["width"] == pytest.approx(small)
    image.click()
    assert page.locator("figure.enlarged").count() == 1


def test_a_link_inside_the_page_shows_where_it_leads(open_page, url):
    page = open_page(url, viewport={"width": 1300, "height": 900})
    peek = page.locator(".peek")
    assert not peek.is_visible()
    page.locator('[id="fig:a"] .origin a').first.hover()
    assert peek.is_visible() and peek.inner_text().strip() == "d"
    page.mouse.move(1, 1)
    assert not peek.is_visible()
    page.locator('[id="fig:a"] .origin a').first.focus()
    assert peek.is_visible() and page.locator("[id=data-d]").count() == 1
    page.keyboard.press("Escape")
    assert not peek.is_visible()


def test_figures_of_a_row_stand_beside_each_other_or_below(open_page, url):
    def tops(width):
        page = open_page(url, viewport={"width": width, "height": 900})
        return [page.locator(f'[id="fig:{name}"]').bounding_box()["y"] for name in "ab"]

    first, second = tops(1300)
    assert first == second
    first, second = tops(390)
    assert second > first + 100


def test_a_figure_leads_to_its_notebook_results_and_data(open_page, url):
    page = open_page(url)
    links = page.locator('[id="fig:a"] .origin a')
    wanted = ["#data-d", "notebooks/n.d.ipynb", "results/n.d.json"]
    assert [one.get_attribute("href") for one in links.all()] == wanted
    assert page.locator("#data-d").count() == 1


def test_nothing_is_wider_than_a_phone_and_cells_say_their_column(open_page, url):
    page = open_page(url, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cell = page.locator(".full-page tbody tr").first.locator("td").nth(2)
    said = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert said == '"Published: "' and cell.inner_text() == "32"


def test_the_contents_lead_to_every_section(open_page, url):
    page = open_page(url)
    links = page.locator("nav#TOC a")
    assert [one.inner_text().split(" ", 1)[1] for one in links.all()] == ["One", "Data sets"]
