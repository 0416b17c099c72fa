#!/usr/bin/env python3
"""Opens report.html in a real headless Chromium: no console error, nothing fetched, every table sorts by a click, readable on
a phone, in the dark and without scripts; and a page of hostile names runs nothing.

    scripts/verify/report_browser.py --marvel PROGRAM [--results FOLDER] [--pictures FOLDER]

Without --results a small run is made. --pictures keeps screenshots to be looked at.
"""
import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile

from browser import Browser

failures = 0


def check(what, holds, detail=""):
    global failures
    failures += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {what}" + (f": {detail}" if detail and not holds else ""))


# Clicks on each heading of each table, twice, and compares the order with one found here, in the page.
SORTS = """(() => {
  const wrong = [];
  let clicked = 0;
  document.querySelectorAll('table').forEach((table, number) => {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      for (const direction of ['ascending', 'descending']) {
        head.querySelector('button').click();
        clicked += 1;
        const cells = [...table.tBodies[0].rows].map(row => row.cells[column]);
        const full = cells.filter(cell => cell.dataset.v !== undefined || cell.textContent !== '');
        const says = head.getAttribute('aria-sort');
        if (says !== direction) wrong.push(`table ${number} column ${column} says ${says}`);
        if (cells.slice(0, full.length).some(cell => cell.dataset.v === undefined && cell.textContent === ''))
          wrong.push(`table ${number} column ${column}: an empty cell before a full one`);
        for (let i = 1; i < full.length; i++) {
          const [a, b] = [full[i - 1].dataset.v, full[i].dataset.v];
          if (a === undefined || b === undefined) continue;
          if (direction === 'ascending' ? Number(a) > Number(b) : Number(a) < Number(b))
            wrong.push(`table ${number} column ${column} ${direction}: ${a} before ${b}`);
        }
      }
    });
  });
  return {clicked, wrong};
})()"""

# Text and ground of what is visible, as WCAG's contrast: the least over the page's kinds of elements.
CONTRAST = """(() => {
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const parse = text => text.match(/[0-9.]+/g).map(Number);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let least = 99, where = '';
  for (const kind of ['p', 'li', 'td', 'th button', '.caption', 'a', 'h1', 'h2', 'pre', 'figcaption', '.lead']) {
    const element = document.querySelector(kind);
    if (!element) continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < least) [least, where] = [contrast, kind];
  }
  return {least, where, page: light(ground(document.body))};
})()"""


def examine(browser, page, name, pictures):
    browser.complaints.clear()
    browser.addresses.clear()
    browser.screen(1280, 900)
    browser.open(page)
    check(f"{name}: opens without a complaint", not browser.complaints, browser.complaints)
    outside = [a for a in browser.addresses if not a.startswith(("file://", "data:"))]
    check(f"{name}: fetches nothing", not outside and sum(a.startswith("file:") for a in browser.addresses) == 1, browser.addresses)
    tables = browser.value("document.querySelectorAll('table').length")
    check(f"{name}: the summary is first", browser.value("document.querySelector('section').id") == "summary")
    if pictures:
        browser.picture(pictures / f"{name}-desktop.png", whole=True)
    sorted_tables = browser.value(SORTS)
    check(f"{name}: {tables} tables sort ({sorted_tables['clicked']} clicks)",
          sorted_tables["clicked"] > 0 and not sorted_tables["wrong"], sorted_tables["wrong"][:3])
    for dark in (False, True):
        browser.screen(390, 844, dark=dark, phone=True)
        browser.open(page)
        scheme = "dark" if dark else "light"
        width = browser.value("document.scrollingElement.scrollWidth")
        check(f"{name}: a phone's width holds it, {scheme}", width <= 390, f"{width} pixels")
        contrast = browser.value(CONTRAST)
        check(f"{name}: contrast of at least 4.5, {scheme}", contrast["least"] >= 4.5, contrast)
        check(f"{name}: the ground is {scheme}", (contrast["page"] < 0.1) == dark, contrast)
        smallest = browser.value("Math.min(...[...document.querySelectorAll('p, td, th, li')].map("
                                 "e => parseFloat(getComputedStyle(e).fontSize)))")
        check(f"{name}: letters of at least 14 pixels, {scheme}", smallest >= 14, smallest)
        if pictures:
            browser.picture(pictures / f"{name}-phone-{scheme}.png")
    text = "document.body.innerText.replace(/\\s+/g, ' ').length"
    with_scripts = browser.value(text)
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(page)
    without = browser.value(text)
    check(f"{name}: complete without scripts", abs(with_scripts - without) <= 0.01 * with_scripts
          and browser.value("document.querySelectorAll('table').length") == tables, f"{without} of {with_scripts} letters")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    check(f"{name}: no complaint in all that", not browser.complaints, browser.complaints)


EVIL = "<img src=http://127.0.0.1:9/x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"


def hostile(results, folder):
    """The same results, in which a system, a reason and the experiment have names that are markup."""
    folder.mkdir()
    with open(results / "trials.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    first = rows[0]["system"]
    for row in rows:
        row["experiment"] = EVIL
        if row["system"] == first:
            row["system"] = EVIL
    rows[-1]["status"], rows[-1]["reason"] = "failed", EVIL
    with open(folder / "trials.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--marvel", required=True)
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        results = options.results
        if not results:
            results = scratch / "results"
            subprocess.run([options.marvel, "run", "--size", "8MiB", "--workloads", "wordcount,scan", "--repeats", "4",
                            "--warmup", "0", "--out", results], check=True, capture_output=True)
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
        hostile(results, scratch / "hostile")
        browser = Browser()
        try:
            for name, folder in (("report", results), ("hostile", scratch / "hostile")):
                out = scratch / f"{name}-page"
                subprocess.run([options.marvel, "report", folder, "--out", out], check=True, capture_output=True)
                examine(browser, out / "report.html", name, options.pictures)
            title = browser.value("document.title")
            check("hostile: its names are text and ran nothing", title == EVIL, title)
        finally:
            browser.close()
    print(f"report in a browser: {'all holds' if not failures else f'{failures} do not hold'}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
