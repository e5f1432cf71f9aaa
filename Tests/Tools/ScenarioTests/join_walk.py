# SPDX-License-Identifier: Apache-2.0
"""Sets a new box up in Chromium, from its root page to the code for the operator.

Usage: join_walk.py BOX CODE_FILE ADDRESS HOUSE
BOX is the address of its pages, ADDRESS its own on the home's network, HOUSE that of the devices. Prints a
JSON line of what was seen; ends with 1 and a reason at the first thing that is wrong.
"""

import json
import pathlib
import sys

from selenium.webdriver.common.by import By

from chromium import SEEN, browser, look, soon, want

BOX, CODE_FILE, ADDRESS, HOUSE = sys.argv[1:5]
ANSWERS = {
    "name": "Sato", "site": "Roof", "pv": "much", "battery": "0", "device": "Sharp", "serial": "1",
    "since": "2020-04-01", "addresses": HOUSE,
}


def put(page, name, text):
    field = page.find_element(By.ID, name)
    field.clear()
    field.send_keys(text)


def press(page):
    button = page.find_element(By.CSS_SELECTOR, "main form button")
    # The tabs of a phone lie over the last lines of its screen.
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()


page = browser("ja", 390)
page.get(BOX + "/")
want(page.current_url.endswith("/home"), f"the root page leads to {page.current_url}")
look(page, "first run")
put(page, "code", pathlib.Path(CODE_FILE).read_text().strip())
put(page, "password", "longenough")
put(page, "again", "longenough")
press(page)
soon(page, lambda p: p.find_elements(By.ID, "serial"), "no form to join")
look(page, "the form to join")
for name, text in ANSWERS.items():
    put(page, name, text)
page.find_element(By.CSS_SELECTOR, "#place option[value=JP-13]").click()
page.execute_script(
    "const o = new Option(arguments[0], arguments[0]); document.getElementById('address').add(o);"
    "o.selected = true", ADDRESS)
press(page)
soon(page, lambda p: p.find_elements(By.CSS_SELECTOR, "[role=alert]"), "a wrong answer is not said")
want("much" in page.find_element(By.CSS_SELECTOR, "[role=alert]").text, "which answer is wrong?")
want("数ではありません" in page.page_source, "the reason is not in the reader's language")
page.get_log("browser")
look(page, "the form with an error")
for name, text in ANSWERS.items():
    want(page.find_element(By.ID, name).get_attribute("value") == text, f"{name} has to be filled again")
want(page.find_element(By.ID, "place").get_attribute("value") == "JP-13", "the place is forgotten")
page.execute_script(
    "const o = new Option(arguments[0], arguments[0]); document.getElementById('address').add(o);"
    "o.selected = true", ADDRESS)
put(page, "pv", "4.5")
press(page)
soon(page, lambda p: p.find_elements(By.CSS_SELECTOR, "[data-await]"), "no page after joining")
soon(page, lambda p: p.find_elements(By.ID, "asked"), "the page does not lead on to the home")
# While it waited, the browser was refused by the node that began anew: that is no fault of a page.
page.get_log("browser")
look(page, "waiting for the operator")
page.quit()
print(json.dumps(SEEN))
