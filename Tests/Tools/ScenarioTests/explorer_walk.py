# SPDX-License-Identifier: Apache-2.0
"""Walks through the explorer in Chromium as people do, and looks at every page with axe-core.

Usage: explorer_walk.py NODE HOME CODE_FILE SCREENSHOTS
NODE and HOME are addresses of explorers, HOME's with a household's pages; CODE_FILE holds the code of its
first run. Prints a JSON line of what was seen; ends with 1 and a reason at the first thing that is wrong.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import chromium
from chromium import SEEN, browser, soon, want

NODE, HOME, CODE_FILE, SCREENSHOTS = sys.argv[1:5]


def look(page, name, shown):
    chromium.look(page, name, shown, SCREENSHOTS)



def html(page, attribute):
    return page.find_element(By.TAG_NAME, "html").get_attribute(attribute)


def get(path):
    with urllib.request.urlopen(NODE + path) as answer:
        return json.load(answer)


def places():
    """The path of each kind of page, with things that are really there."""
    site = get("/api/v1/sites")["items"][0]["id"]
    lots = get("/api/v1/lots?limit=200")["items"]
    retired = next(lot["id"] for lot in lots if lot["status"] == "retired")
    member = next(
        m["id"] for m in get("/api/v1/members")["items"] if m["retired_mcoin"] > 0)
    # What a buyer states: the days of a lot's generation, by the buyer's clock or a day around it.
    lot = next(lot for lot in lots if lot["status"] == "retired")
    start = datetime.date.fromisoformat(lot["first_interval_start"][:10])
    days = f"first={start - datetime.timedelta(1)}&last={start + datetime.timedelta(1)}"
    report = get("/api/v1/transactions?kind=report")["items"][0]
    retirement = get("/api/v1/transactions?kind=retire")["items"][0]["id"]
    mint = get("/api/v1/transactions?kind=mint")["items"][0]["id"]
    claim = get("/api/v1/decisions")["items"][0]["claim"]
    day = get(f"/api/v1/sites/{site}/days")["items"][-1]["period"]
    return {
        "home": "/", "blocks": "/blocks", "block": f"/blocks/{report['height']}", "forks": "/forks",
        "transactions": "/transactions", "report": f"/transactions/{report['id']}",
        "retirement": f"/transactions/{retirement}", "mint": f"/transactions/{mint}",
        "members": "/members", "member": f"/members/{member}",
        "member-month": f"/members/{member}?month={day[:7]}", "sites": "/sites",
        "site-day": f"/sites/{site}?day={day}", "site-month": f"/sites/{site}?month={day[:7]}",
        "site-year": f"/sites/{site}?year={day[:4]}", "lots": "/lots", "lot": f"/lots/{retired}",
        "certificate": f"/certificates/{retired}", "statement": f"/members/{lot['owner']}/statement?{days}",
        "claims": "/claims", "claim": f"/claims/{claim}",
        "network": "/network", "search": "/search?q=demo",
        "interval": f"/intervals/{report['first_interval']}",
    }


def walk():
    paths = places()
    for language, width, theme in [("en", 1200, "light"), ("ja", 390, "dark")]:
        page = browser(language, width)
        page.get(NODE + "/")
        page.add_cookie({"name": "theme", "value": theme})
        for name, path in paths.items():
            page.get(NODE + path)
            want(html(page, "lang") == language, f"{name} is not in {language}")
            look(page, f"{name} ({language}, {width})", f"{language}-{width}-{name}")
        page.quit()


def weight():
    """The first page with all that it loads, over the wire, from an empty cache."""
    page = browser("en")
    page.get(NODE + "/")
    sizes = page.execute_script(
        "return performance.getEntriesByType('navigation')"
        ".concat(performance.getEntriesByType('resource')).map(e => e.transferSize)")
    SEEN["first_page_bytes"] = sum(sizes)
    want(sum(sizes) < 100_000, f"the first page takes {sum(sizes)} bytes")
    page.quit()


def without_scripts():
    page = browser("en", scripts=False)
    page.implicitly_wait(10)
    page.get(NODE + "/")
    rows = page.find_elements(By.CSS_SELECTOR, "#blocks tbody tr")
    want(len(rows) > 2, "without scripts there are no blocks")
    page.find_element(By.ID, "q").send_keys("demo", Keys.ENTER)
    page.find_element(By.CSS_SELECTOR, "main ul a").click()
    soon(page, lambda p: "/sites/" in p.current_url or "/members/" in p.current_url, "no result")
    page.quit()


def live():
    """A block that is built while the page is open appears on it, without the page being loaded again."""
    page = browser("en")
    page.get(NODE + "/")
    page.execute_script("window.stays = true")
    before = page.find_element(By.CSS_SELECTOR, "#blocks tbody tr").text
    WebDriverWait(page, 60).until(
        lambda p: p.execute_script(
            "return document.querySelector('#blocks tbody tr').innerText") != before)
    want(page.execute_script("return window.stays"), "the page was loaded again")
    page.quit()


def by_hand():
    """Language, colours and the Merkle path that the reader's own browser hashes."""
    page = browser("en")
    page.get(NODE + "/sites")

    def press(name, value):
        page.find_element(By.CSS_SELECTOR, ".menu summary").click()
        page.find_element(By.CSS_SELECTOR, f"button[name={name}][value={value}]").click()

    press("lang", "ja")
    soon(page, lambda p: html(p, "lang") == "ja", "not Japanese")
    want(page.current_url.endswith("/sites"), f"the way back leads to {page.current_url}")
    press("theme", "dark")
    soon(page, lambda p: html(p, "data-theme") == "dark", "not dark")
    press("theme", "auto")
    soon(page, lambda p: html(p, "data-theme") is None, "not as the system has it")
    press("lang", "en")
    soon(page, lambda p: html(p, "lang") == "en", "not English again")
    report = get("/api/v1/transactions?kind=report")["items"][0]["id"]
    page.get(f"{NODE}/transactions/{report}")
    page.find_element(By.XPATH, "//main/details/summary").click()
    soon(
        page, lambda p: "browser" in p.find_element(By.CSS_SELECTOR, "[data-root]").text,
        "the browser does not hash the path")
    want(
        page.find_element(By.CSS_SELECTOR, "[data-root]").get_attribute("class") == "good",
        "the Merkle path does not hold in the browser")
    page.quit()


def prices(page):
    """What a household types of its contract: refused with what was typed, then kept and reckoned with."""
    def say(bought, sold):
        for name, value in [("bought", bought), ("sold", sold), ("grams", "0.43")]:
            field = page.find_element(By.ID, name)
            field.clear()
            field.send_keys(value)
        page.find_element(By.CSS_SELECTOR, "form[action='/home/prices'] button").click()

    page.find_element(By.CSS_SELECTOR, "#money summary").click()
    say("31.0", "fifteen")
    soon(page, lambda p: p.find_elements(By.ID, "e-sold"), "a price that is no number is not refused")
    want(page.find_element(By.ID, "bought").get_attribute("value") == "31.0", "what was typed is gone")
    want(page.find_element(By.ID, "sold").get_attribute("value") == "fifteen", "what was wrong is gone")
    page.get_log("browser")
    look(page, "prices, refused", "en-1200-prices-refused")
    say("31.0", "１５")
    soon(page, lambda p: "¥" in p.find_element(By.ID, "money").text, "no yen")
    want("kg" in page.find_element(By.ID, "money").text, "no CO2")


def first_screen():
    """What somebody on a phone sees before touching anything: a picture, in letters that can be read."""
    for width in [320, 390]:
        page = browser("en", width)
        page.get(NODE + "/")
        top = page.execute_script("return document.querySelector('.chart .area').getBoundingClientRect().top")
        want(top < 500, f"at {width} pixels the first chart begins at {top}")
        for chosen in [width, 1280]:
            page.set_window_size(chosen, 1400)
            sizes = page.execute_script(
                "return [...document.querySelectorAll('.chart text')].map(t => t.getBoundingClientRect())"
                ".filter(b => b.height > 0).map(b => b.height)")
            want(sizes and min(sizes) >= 11, f"at {chosen} pixels letters of charts are {min(sizes)} high")
            want(max(sizes) < 40, f"at {chosen} pixels letters of charts are {max(sizes)} high")
        page.quit()


def commands():
    """Whoever pastes what a page prints gets what it promises."""
    paths = places()
    old = get("/api/v1/transactions?limit=200")["items"][-1]["id"]
    page = browser("en")
    folder = tempfile.mkdtemp()
    # What was retired a moment ago has no certificate before it is final.
    end = time.time() + 180
    for path in [paths["certificate"], paths["statement"]]:
        while True:
            try:
                get("/api/v1" + path)
                break
            except urllib.error.HTTPError as error:
                want(time.time() < end, f"{path} is not final: {error}")
                time.sleep(1)
    environment = dict(os.environ, PATH=f"{os.path.abspath('.build/debug')}:{os.environ['PATH']}")
    done = set()
    for path in ["/", paths["block"], f"/transactions/{old}", paths["member"], paths["site-day"], paths["lot"],
                 paths["certificate"], paths["statement"], paths["claim"], paths["report"]]:
        page.get(NODE + path)
        printed = [code.get_attribute("textContent") for code in page.find_elements(By.CSS_SELECTOR, ".verify pre code")]
        want(len(printed) > 1, f"{path} prints no command")
        for command in printed:
            if command in done:
                continue
            done.add(command)
            ended = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
            want(ended.returncode == 0, f"{path}: {command}: {ended.returncode} {ended.stdout} {ended.stderr}")
    SEEN["commands"] = len(done)
    page.get(NODE + paths["site-day"])
    table = page.find_element(By.CSS_SELECTOR, "a[href*='readings.csv']").get_attribute("href")
    with urllib.request.urlopen(table) as answer:
        lines = answer.read().decode("utf-8-sig").splitlines()
    want(lines[0].startswith("Site,Local time,UTC,PQ1") and len(lines) > 1, f"{table} gives {lines[:2]}")
    page.quit()


def first_run():
    page = browser("en")
    page.get(HOME + "/home")
    look(page, "first run", "en-1200-first-run")

    def fill(code, password):
        page.find_element(By.ID, "code").send_keys(code)
        page.find_element(By.ID, "password").send_keys(password)
        page.find_element(By.ID, "again").send_keys(password)
        page.find_element(By.CSS_SELECTOR, "main form button").click()

    fill("00000000", "sun on the roof")
    soon(page, lambda p: p.find_elements(By.CSS_SELECTOR, "[role=alert]"), "a wrong code is not said")
    want(page.find_element(By.ID, "code").get_attribute("value") == "00000000", "the form is empty")
    page.get_log("browser")
    look(page, "first run, refused", "en-1200-first-run-refused")
    page.get(HOME + "/home")
    fill(pathlib.Path(CODE_FILE).read_text().strip(), "sun on the roof")
    soon(page, lambda p: p.find_elements(By.ID, "now"), "no dashboard")
    look(page, "my home", "en-1200-my-home")
    prices(page)
    for period in ["week", "month", "year"]:
        page.get(page.find_element(By.CSS_SELECTOR, f".seg a[href*='{period}=']").get_attribute("href"))
        soon(page, lambda p: f"{period}=" in p.current_url, f"no {period}")
        look(page, f"my home by {period}", f"en-1200-my-home-{period}")
    # Another member's meters, through this home's own node: all homes of the street are linked.
    own = page.find_element(By.CSS_SELECTOR, "h1.over").text.split(" · ")[0]
    site = next(s for s in get("/api/v1/sites")["items"] if s["name"] != own)
    report = next(t for t in get("/api/v1/transactions?kind=report&limit=200")["items"] if t["subject"] == site["id"])
    page.get(HOME + "/transactions/" + report["id"])
    page.find_element(By.CSS_SELECTOR, "a[href^='/home/look/']").click()
    soon(page, lambda p: "/home/look/" in p.current_url, "no way to another's meters")
    for _ in range(20):
        if page.find_elements(By.CSS_SELECTOR, "main td code"):
            break
        time.sleep(3)
        page.refresh()
    want(page.find_elements(By.CSS_SELECTOR, "main td code"), "another's samples are not shown")
    want("They hash to the root" in page.page_source, "the samples do not lead to the report's root")
    look(page, "another's meters", "en-1200-look")
    page.get(HOME + "/home")
    want(not pathlib.Path(CODE_FILE).exists(), "the code lives on")
    page.find_element(By.XPATH, "//button[.='Log out']").click()
    soon(page, lambda p: p.find_elements(By.ID, "password"), "logged out and still inside")
    want(not page.find_elements(By.ID, "now"), "logged out and still inside")
    page.find_element(By.ID, "password").send_keys("moon on the roof")
    page.find_element(By.CSS_SELECTOR, "main form button").click()
    soon(
        page, lambda p: p.find_elements(By.CSS_SELECTOR, "[role=alert]"), "a wrong password is not said")
    page.get_log("browser")
    page.get(HOME + "/home")
    page.find_element(By.ID, "password").send_keys("sun on the roof")
    page.find_element(By.CSS_SELECTOR, "main form button").click()
    soon(page, lambda p: p.find_elements(By.ID, "now"), "the right password does not open")
    page.quit()
    phone = browser("ja", 390)
    phone.get(HOME + "/home")
    look(phone, "log-in", "ja-390-login")
    phone.find_element(By.ID, "password").send_keys("sun on the roof")
    phone.find_element(By.CSS_SELECTOR, "main form button").click()
    soon(phone, lambda p: p.find_elements(By.ID, "now"), "no dashboard on a phone")
    look(phone, "my home on a phone", "ja-390-my-home")
    ends = phone.execute_script("return document.getElementById('now').getBoundingClientRect().bottom")
    want(ends < 844, f"the picture of the home ends {ends} pixels down")
    phone.quit()


pathlib.Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
began = time.time()
for step in [weight, live, without_scripts, by_hand, first_run, first_screen, commands, walk]:
    step()
SEEN["seconds"] = round(time.time() - began)
print(json.dumps(SEEN))
