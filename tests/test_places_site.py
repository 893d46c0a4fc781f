"""The site that efface-places makes of the register: what it says, that it can be read by all, and how it comes into its folder."""
import collections
import html.parser
import json
import os
import pathlib
import re
import subprocess
import urllib.parse

import pytest

import browser
from command import ROOT, check_no_crash, check_sentence

PLACES = pathlib.Path(os.environ.get("EFFACE_PLACES_BIN", ROOT / "build/bin/efface-places")).absolute()
LARGEST = 300_000  # bytes of a page with what it asks for
# Of each kind one: a ban, one that ended, a county, a month only, a state without a date, a state with many places and a law.
SAMPLE = ["index.html", "how.html", "places/us-ma-boston.html", "places/us-la-new-orleans.html", "places/us-wa-king-county.html",
          "places/us-ms-jackson.html", "places/us-nh.html", "places/us-ma.html"]


def run(*arguments, code=0):
    ran = subprocess.run([PLACES, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    check_no_crash(ran.returncode, ran.stderr)
    assert ran.returncode == code, f"exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran


def count():
    """What the command counts: of the United States, and by the codes of states with a law or a place in force."""
    said = json.loads(run("count", "--json").stdout)
    return said["united_states"], {state["code"]: state for state in said["states"]}


def below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places") / "site"
    run("site", folder)
    return folder


@pytest.fixture(scope="module")
def chromium():
    with browser.browser() as opened:
        yield opened


@pytest.fixture
def open_page(chromium):
    contexts = []

    def opened(viewport=browser.DESKTOP, **options):
        contexts.append(chromium.new_context(viewport=viewport, **options))
        return browser.Page(contexts[-1].new_page())
    yield opened
    for context in contexts:
        context.close()


class Parts(html.parser.HTMLParser):
    """Addresses, ids, headings and text of a page, and whether its elements close."""

    VOID = {"meta", "link", "input", "rect", "line", "path", "circle", "br"}

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.ids, self.levels, self.words, self.stack = [], [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.stack, self.stack

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        if tag in ("link", "script", "img", "iframe", "source", "use"):
            self.loads += [values[name] for name in ("href", "src") if name in values]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, f"</{tag}> closes {self.stack[-1:]}"
        self.stack.pop()

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def pages(site):
    return {str(path.relative_to(site)): Parts(path.read_text()) for path in sorted(site.rglob("*.html"))}


def test_every_place_has_a_page_and_every_page_is_whole(site, pages):
    register = json.loads(run("export").stdout)["places"]
    for place in register:
        assert f"places/{place['id']}.html" in pages, place["id"]
        assert f"places/us-{place['state'].lower()}.html" in pages, place["state"]
        text = pages[f"places/{place['id']}.html"].text
        assert place["name"] in text and f"{place['population']['count']:,}" in text
        for source in place["sources"]:
            assert source["url"] in pages[f"places/{place['id']}.html"].links
    assert len(pages) == 2 + len({place["id"] for place in register} | {f"us-{place['state'].lower()}" for place in register})
    for name, page in pages.items():
        assert page.levels[0] == 1 and page.levels.count(1) == 1, name
        assert all(after <= before + 1 for before, after in zip(page.levels, page.levels[1:])), f"{name}: {page.levels}"
        assert len(page.ids) == len(set(page.ids)), [id for id, times in collections.Counter(page.ids).items() if times > 1]
        assert "Not legal advice" in page.text
        loads = [address for address in page.loads if not address.startswith("data:")]
        size = sum((site / name).parent.joinpath(address).resolve().stat().st_size for address in loads)
        assert (site / name).stat().st_size + size < LARGEST, name


def test_links_lead_to_pages_and_parts_that_are_there_and_nothing_is_loaded_from_elsewhere(site, pages):
    targets = 0
    for name, page in pages.items():
        for address in page.links:
            to = urllib.parse.urlsplit(address)
            if to.scheme:
                assert to.scheme in ("http", "https"), address
                continue
            path = os.path.normpath(os.path.join(os.path.dirname(name), to.path)) if to.path else name
            assert (site / path).is_file(), f"{name} leads to {address}"
            if to.fragment:
                assert to.fragment in pages[path].ids, f"{name} leads to {address}"
            targets += 1
        assert not [address for address in page.loads if re.match("[a-z]+:|//", address) and not address.startswith("data:image/svg")]
    assert targets > 500
    assert not re.search(r"url\((?!#)|@import", (site / "site.css").read_text())


def test_figures_are_those_of_count(pages, site):
    whole, states = count()
    people = whole["bound"]["residents"]
    shown = re.search(r'data-people="(\d+)"', (site / "index.html").read_text())
    assert int(shown[1]) == people > 1_000_000
    assert f"{people:,}" in pages["index.html"].text and f"{people:,}" in pages["how.html"].text
    assert f"{people / 1e6:.3g} million" in pages["index.html"].text
    assert f"{100 * whole['bound']['residents_by_unconfirmed_figures'] / people:.1f}% of the count" in pages["index.html"].text
    counted = 0
    for name, page in pages.items():
        state = re.fullmatch(r"places/us-(\w\w)\.html", name)
        if not state:
            continue
        of = states.get(state[1].upper())
        if of and of["bound"]["residents"]:
            counted += of["bound"]["residents"]
            assert f"{100 * of['share_bound']:.1f}%" in page.text, name
            assert f"Everyone else {of['residents'] - of['bound']['residents']:,}" in page.text, name
        else:
            assert "How far it is to everyone" not in page.text, name
    assert counted == people


def test_massachusetts_on_the_second_of_july_2020(tmp_path):
    run("site", tmp_path / "site", "--as-of", "2020-07-02")
    names = {path.name for path in (tmp_path / "site/places").iterdir()}
    assert "us-ma-boston.html" in names and "us-ma-worcester.html" not in names
    text = Parts((tmp_path / "site/places/us-ma.html").read_text()).text
    assert "1.14 of 7.03 million" in text and "16.2%" in text and "Worcester" not in text
    index = Parts((tmp_path / "site/index.html").read_text()).text
    assert "as of 2 July 2020" in index and "standstill" not in index
    Parts((tmp_path / "site/how.html").read_text())
    run("site", tmp_path / "before", "--as-of", "2001-01-01")
    assert "No local ban was in force" in Parts((tmp_path / "before/index.html").read_text()).text


def test_what_is_unsure_says_so(pages):
    assert "Reported, but unconfirmed" in pages["places/us-nh.html"].text
    assert "Repealed in February 2025 Unconfirmed" in pages["places/us-ms-jackson.html"].text
    assert "1 July 2020 (unconfirmed)" in pages["places/us-ma-easthampton.html"].text
    assert "The text doesn’t say. Confirmed" in pages["places/us-ma-springfield.html"].text
    assert "Yes, by what is reported. Unconfirmed" in pages["places/us-wi-madison.html"].text
    assert "Yes, the text says so. Confirmed" in pages["places/us-co.html"].text
    assert "We don’t know." in pages["places/us-ma-boston.html"].text


def test_every_page_opens_at_desktop_and_phone_widths(site, pages, open_page):
    opened = open_page()
    for name in pages:
        page = opened.open(site / name)
        for viewport in (browser.PHONE, browser.DESKTOP):
            page.set_viewport_size(viewport)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} is {wide} pixels wider than the window of {viewport['width']}"
    assert not opened.errors and not opened.foreign


@pytest.mark.parametrize("viewport, scheme, names", [
    (browser.DESKTOP, "light", SAMPLE), (browser.PHONE, "dark", SAMPLE),
    (browser.PHONE, "light", SAMPLE[:3]), (browser.DESKTOP, "dark", SAMPLE[:3]),
], ids=["desktop-light", "phone-dark", "phone-light", "desktop-dark"])
def test_axe_finds_nothing(site, open_page, viewport, scheme, names):
    opened = open_page(viewport, color_scheme=scheme, reduced_motion="reduce")
    for name in names:
        page = opened.open(site / name)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert not opened.errors, name
        assert not opened.axe(), name
        opened.errors.clear()  # axe asks for the style sheet once more, which Chromium refuses for files
    assert not opened.foreign


def test_the_list_can_be_filtered_by_keyboard(site, open_page):
    opened = open_page()
    page = opened.open(site / "index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_label("Find a place or state").focus()
    page.keyboard.type("portland")
    assert page.locator(".list li:visible").count() == 2
    assert page.locator(".found").text_content() == "2 of 42 are shown."
    page.keyboard.press("Control+a")
    page.keyboard.type("massach")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.locator(".list li:visible").count() == 8
    page.keyboard.press("ArrowRight")
    assert page.locator(".list li:visible").count() == 1
    page.get_by_label("Find a place or state").fill("atlantis")
    assert page.locator(".list li:visible").count() == 0
    assert "no proof" in page.locator(".found").text_content()
    assert not opened.errors


def test_without_a_script_all_is_there(site, open_page):
    opened = open_page(java_script_enabled=False)
    page = opened.open(site / "index.html")
    assert not page.locator("form.filter").is_visible()
    assert page.locator(".list li:visible").count() == 42
    assert page.locator("svg.states a").count() > 20 and page.locator("svg.growth.wide-only").is_visible()
    page.locator("svg.states a[href$='us-ma.html']").click()
    assert page.locator("h1").text_content() == "Massachusetts"


def test_targets_are_large_enough_for_a_finger(site, open_page):
    page = open_page(browser.PHONE).open(site / "index.html")
    for selector in ("svg.states a", ".top li a", ".bars a", ".spans li a", ".state li a", ".filter fieldset label"):
        sizes = page.locator(selector).evaluate_all(
            "(all) => all.map((each) => each.getBoundingClientRect()).map((box) => [box.width, box.height])")
        assert sizes and min(map(min, sizes)) >= 24, f"{selector}: {min(sizes, key=min)}"  # WCAG 2.2, 2.5.8


def test_print_shows_the_page_and_where_its_sources_are(site, open_page):
    opened = open_page()
    page = opened.open(site / "places/us-ma-boston.html")
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible() and page.locator(".facts").is_visible()
    assert not page.locator(".top nav").is_visible()
    after = page.locator(".sources a").first.evaluate("(link) => getComputedStyle(link, '::after').content")
    assert "https://www.reuters.com/" in after
    page = opened.open(site / "index.html")
    assert page.locator("svg.states").is_visible() and page.locator(".list li").first.is_visible()
    assert not page.locator("form.filter").is_visible()
    assert len(page.pdf()) > 20_000


def test_data_files_are_the_export(site):
    for name, of in (("places.json", "json"), ("places.csv", "csv"), ("places.geojson", "geojson")):
        assert (site / "data" / name).read_text() == run("export", "--format", of).stdout
    json.loads((site / "data/places.geojson").read_text())


def test_the_same_register_makes_the_same_bytes_and_replaces_an_earlier_site(site, tmp_path):
    first = below(site)
    (tmp_path / "site").mkdir()  # an empty folder will do
    run("site", tmp_path / "site", "--as-of", "2020-07-02")
    assert below(tmp_path / "site").keys() < first.keys()
    run("site", tmp_path / "site")
    assert below(tmp_path / "site") == first
    assert [path.name for path in tmp_path.iterdir()] == ["site"]  # nothing beside it
    run("site", f"{tmp_path / 'site'}/")
    (tmp_path / "link").symlink_to("site")
    run("site", tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and below(tmp_path / "site") == first
    listed = json.loads((site / "efface-places-site.json").read_text())
    assert sorted(listed["files"]) == sorted(first)


@pytest.mark.parametrize("what", ["file", "foreign folder", "foreign file in a site", "foreign list", "no folder above"])
def test_what_is_no_site_is_left_alone(tmp_path, what):
    folder = tmp_path / "site"
    if what == "file":
        folder.write_text("mine")
    elif what == "foreign folder":
        folder.mkdir()
        (folder / "letter.txt").write_text("mine")
    elif what == "foreign file in a site":
        run("site", folder)
        (folder / "places/notes.txt").write_text("mine")
    elif what == "foreign list":
        folder.mkdir()
        (folder / "efface-places-site.json").write_text('{"format": "efface-places-site/2", "files": 3}')
    else:
        folder = tmp_path / "missing" / "site"
    before = below(tmp_path)
    ran = run("site", folder, code=2)
    assert ran.stdout == "" and ran.stderr.startswith("efface-places: ")
    check_sentence(ran.stderr.strip())
    assert below(tmp_path) == before
    assert not [path for path in tmp_path.rglob(".*")]


def test_names_in_a_register_cannot_become_markup(tmp_path):
    data = json.loads((ROOT / "places/data/places.json").read_text())
    boston = next(place for place in data["places"] if place["id"] == "us-ma-boston")
    boston["name"] = "<script>alert(1)</script>"
    boston["note"] = 'A "quoted" & <b>bold</b> note of 2020-06-30.'
    (tmp_path / "places.json").write_text(json.dumps(data))
    run("--data", tmp_path / "places.json", "site", tmp_path / "site")
    for path in (tmp_path / "site").rglob("*.html"):
        text = path.read_text()
        assert "<script>alert" not in text and "<b>bold" not in text, path
        Parts(text)
    assert 'A "quoted" & <b>bold</b> note of 30 June 2020.' in Parts((tmp_path / "site/places/us-ma-boston.html").read_text()).text
