# SPDX-License-Identifier: Apache-2.0
"""Walks through the explorer in Chromium as people do, and looks at every page with axe-core.

Usage: explorer_walk.py NODE HOME CODE_FILE SCREENSHOTS
NODE and HOME are addresses of explorers, HOME's with a household's pages; CODE_FILE holds the code of its
first run. Prints a JSON line of what was seen; ends with 1 and a reason at the first thing that is wrong.
"""

import importlib.util
import json
import pathlib
import sys
import time
import urllib.request

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

NODE, HOME, CODE_FILE, SCREENSHOTS = sys.argv[1:5]
AXE = pathlib.Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js")
AXE_SOURCE = AXE.read_text()
SEEN = {"pages": 0, "axe_rules_passed": 0, "screenshots": 0}


def browser(language, width=1200, scripts=True):
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        f"--window-size={width},1400", f"--lang={language}", f"--accept-lang={language}",
    ]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not scripts:
        options.add_experimental_option(
            "prefs", {"profile.managed_default_content_settings.javascript": 2})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def fail(reason):
    print(json.dumps({"wrong": reason}))
    sys.exit(1)


def want(holds, reason):
    if not holds:
        fail(reason)


def soon(page, holds, reason):
    """Waits for what a click leads to."""
    try:
        WebDriverWait(page, 15, ignored_exceptions=[StaleElementReferenceException]).until(holds)
    except TimeoutException:
        fail(f"{reason}: {page.title} at {page.current_url}")


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
        "certificate": f"/certificates/{retired}", "claims": "/claims", "claim": f"/claims/{claim}",
        "network": "/network", "search": "/search?q=demo",
        "interval": f"/intervals/{report['first_interval']}",
    }


def look(page, name, shown):
    """Everything that has to hold of every page."""
    SEEN["pages"] += 1
    want(page.find_elements(By.TAG_NAME, "h1"), f"{name} has no heading")
    text = page.find_element(By.TAG_NAME, "body").text
    for leak in ["HTML(", "Optional(", "Internal Server Error"]:
        want(leak not in page.page_source, f"{name} shows {leak}")
    want(len(text) > 100, f"{name} is empty: {text}")
    hosts = page.execute_script(
        "return performance.getEntriesByType('resource').map(e => new URL(e.name).host)")
    own = page.execute_script("return location.host")
    want(all(host == own for host in hosts), f"{name} asks {hosts}")
    severe = [e["message"] for e in page.get_log("browser") if e["level"] == "SEVERE"]
    want(not severe, f"{name}: {severe}")
    wide = page.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    want(wide <= 1, f"{name} is {wide} pixels wider than the screen")
    page.execute_script(AXE_SOURCE)
    result = page.execute_async_script(
        "axe.run({resultTypes: ['violations']}).then(arguments[arguments.length - 1])")
    bad = [
        f"{v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in result["violations"] if v["impact"] in ("serious", "critical")]
    want(not bad, f"{name}: axe finds {bad}")
    SEEN["axe_rules_passed"] += len(result["passes"])
    if shown:
        page.save_screenshot(str(pathlib.Path(SCREENSHOTS) / f"{shown}.png"))
        SEEN["screenshots"] += 1


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
    page.find_element(By.ID, "q").send_keys("demo")
    page.find_element(By.CSS_SELECTOR, "form[role=search] button").click()
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
    page.find_element(By.CSS_SELECTOR, "button[name=lang]").click()
    soon(page, lambda p: html(p, "lang") == "ja", "not Japanese")
    want(page.current_url.endswith("/sites"), f"the way back leads to {page.current_url}")
    page.find_element(By.CSS_SELECTOR, "button[name=theme]").click()
    soon(page, lambda p: html(p, "data-theme") == "dark", "not dark")
    page.find_element(By.CSS_SELECTOR, "button[name=lang]").click()
    soon(page, lambda p: html(p, "lang") == "en", "not English again")
    report = get("/api/v1/transactions?kind=report")["items"][0]["id"]
    page.get(f"{NODE}/transactions/{report}")
    soon(
        page, lambda p: "browser" in p.find_element(By.CSS_SELECTOR, "[data-root]").text,
        "the browser does not hash the path")
    want(
        page.find_element(By.CSS_SELECTOR, "[data-root]").get_attribute("class") == "good",
        "the Merkle path does not hold in the browser")
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
    soon(page, lambda p: "403" in p.title, "a wrong code is answered")
    page.get_log("browser")
    page.get(HOME + "/home")
    fill(pathlib.Path(CODE_FILE).read_text().strip(), "sun on the roof")
    soon(page, lambda p: p.find_elements(By.ID, "figures"), "no dashboard")
    look(page, "my home", "en-1200-my-home")
    want(not pathlib.Path(CODE_FILE).exists(), "the code lives on")
    page.find_element(By.XPATH, "//button[.='Log out']").click()
    soon(page, lambda p: p.find_elements(By.ID, "password"), "logged out and still inside")
    want(not page.find_elements(By.ID, "figures"), "logged out and still inside")
    page.find_element(By.ID, "password").send_keys("moon on the roof")
    page.find_element(By.CSS_SELECTOR, "main form button").click()
    soon(page, lambda p: "403" in p.title, "a wrong password is answered")
    page.get(HOME + "/home")
    page.find_element(By.ID, "password").send_keys("sun on the roof")
    page.find_element(By.CSS_SELECTOR, "main form button").click()
    soon(page, lambda p: p.find_elements(By.ID, "figures"), "the right password does not open")
    page.quit()
    phone = browser("ja", 390)
    phone.get(HOME + "/home")
    look(phone, "log-in", "ja-390-login")
    phone.find_element(By.ID, "password").send_keys("sun on the roof")
    phone.find_element(By.CSS_SELECTOR, "main form button").click()
    soon(phone, lambda p: p.find_elements(By.ID, "figures"), "no dashboard on a phone")
    look(phone, "my home on a phone", "ja-390-my-home")
    phone.quit()


pathlib.Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
began = time.time()
for step in [weight, live, without_scripts, by_hand, first_run, walk]:
    step()
SEEN["seconds"] = round(time.time() - began)
print(json.dumps(SEEN))
