# SPDX-License-Identifier: Apache-2.0
"""The operator and the people of an exchange at work in Chromium.

Usage: office_walk.py NODE CODE_FILE admit REQUEST_FILE KEY_PASSWORD | NODE CODE_FILE decide
Prints a JSON line of what was seen; ends with 1 and a reason at the first thing that is wrong.
"""

import json
import pathlib
import sys

from selenium.webdriver.common.by import By

from chromium import SEEN, browser, look, soon, want

NODE, CODE_FILE, WORK = sys.argv[1:4]
PASSWORD = "sun on the roof"


def press(page, where):
    button = page.find_element(By.CSS_SELECTOR, f"{where} button")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'}); window.before = true", button)
    button.click()
    soon(page, lambda p: p.execute_script("return !window.before && document.readyState === 'complete'"),
         f"{where} leads nowhere")


def enter(page):
    page.get(NODE + "/home")
    for name in ["code", "password", "again"]:
        for field in page.find_elements(By.ID, name):
            field.send_keys(pathlib.Path(CODE_FILE).read_text().strip() if name == "code" else PASSWORD)
    press(page, "main form")
    soon(page, lambda p: p.find_elements(By.CSS_SELECTOR, "a[href='/home/desk']"), "no way to the desk")


def alert(page, reason):
    want(page.find_elements(By.CSS_SELECTOR, "[role=alert]"), reason)
    page.get_log("browser")


def admit(request, password):
    page = browser("ja", 390)
    enter(page)
    look(page, "the office")
    page.find_element(By.CSS_SELECTOR, "a[href='/home/operator']").click()
    soon(page, lambda p: p.find_elements(By.ID, "request"), "no form for a request")
    look(page, "the form for a request")
    page.find_element(By.ID, "request").send_keys("hinata-join:AAAA")
    press(page, "main form")
    alert(page, "a damaged request is not said")
    look(page, "a damaged request")
    field = page.find_element(By.ID, "request")
    field.clear()
    # The file that the household sent, read by the page itself.
    page.find_element(By.ID, "file").send_keys(str(pathlib.Path(request).resolve()))
    soon(page, lambda p: "hinata-join" in p.find_element(By.ID, "request").get_attribute("value"), "no file was read")
    press(page, "main form")
    soon(page, lambda p: p.find_elements(By.ID, "sign"), "no review")
    look(page, "the review")
    want("60000" in page.page_source and "feedInTariff" in page.page_source, "the request is not shown")
    want("Sato &lt;b&gt;" in page.page_source, "a name is markup")
    page.find_element(By.ID, "password").send_keys(password)
    press(page, "#sign")
    alert(page, "what has to be weighed is passed over")
    page.find_element(By.NAME, "weighed").click()
    page.find_element(By.ID, "password").send_keys("wrong")
    press(page, "#sign")
    alert(page, "a wrong password is taken")
    page.find_element(By.NAME, "weighed").click()
    page.find_element(By.ID, "password").send_keys(password)
    press(page, "#sign")
    soon(page, lambda p: "承認しました" in p.find_element(By.TAG_NAME, "h1").text, "not admitted")
    look(page, "admitted")
    page.quit()


def decide():
    page = browser("en", 1200)
    enter(page)
    page.get(NODE + "/home/desk")
    look(page, "the desk")
    rows = page.find_elements(By.CSS_SELECTOR, "tbody tr")
    want(len(rows) == 2, f"{len(rows)} claims are held")
    rows[0].find_element(By.TAG_NAME, "a").click()
    soon(page, lambda p: p.find_elements(By.ID, "decide"), "no claim")
    look(page, "a held claim")
    want("the sun was down" in page.page_source, "no reasons are shown")
    page.execute_script("document.getElementById('reason').removeAttribute('maxlength')")
    page.find_element(By.ID, "reason").send_keys("x" * 256)
    press(page, "form[action='/home/desk/refuse']")
    alert(page, "a reason of 256 bytes is taken")
    field = page.find_element(By.ID, "reason")
    field.clear()
    field.send_keys("the roof is in the shade")
    press(page, "form[action='/home/desk/refuse']")
    soon(page, lambda p: len(p.find_elements(By.CSS_SELECTOR, "tbody tr")) == 1, "it is held still")
    page.find_element(By.CSS_SELECTOR, "tbody a").click()
    soon(page, lambda p: p.find_elements(By.ID, "decide"), "no claim")
    press(page, "form[action='/home/desk/release']")
    soon(page, lambda p: p.find_elements(By.CSS_SELECTOR, "p.none"), "it is held still")
    page.quit()


if WORK == "admit":
    admit(*sys.argv[4:])
else:
    decide()
print(json.dumps(SEEN))
