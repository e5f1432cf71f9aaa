# SPDX-License-Identifier: Apache-2.0
"""Chromium as people use it, and what has to hold of every page: for the walks beside this file."""

import importlib.util
import json
import pathlib
import sys

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

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


def look(page, name, shown=None, screenshots=None):
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
        page.save_screenshot(str(pathlib.Path(screenshots) / f"{shown}.png"))
        SEEN["screenshots"] += 1
