// Pages are whole without this. With it, what is marked data-live is fetched again when the chain moves,
// and Merkle paths are hashed in the reader's own browser.
"use strict";
(() => {
  const live = document.querySelectorAll("[data-live]");
  if (live.length && window.EventSource) {
    let waiting = false;
    const refresh = async () => {
      waiting = false;
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of document.querySelectorAll("[data-live]")) {
        const now = page.getElementById(old.id);
        if (!now || now.isEqualNode(old) || old.contains(document.activeElement)) continue;
        // What somebody has opened stays open and as it was.
        if (old.querySelector("details[open]")) continue;
        const before = new Set([...old.querySelectorAll("tbody tr")].map((row) => row.textContent));
        old.replaceWith(now);
        for (const row of now.querySelectorAll("tbody tr"))
          if (before.size && !before.has(row.textContent)) row.classList.add("fresh");
      }
    };
    const soon = () => {
      if (waiting || document.hidden) return;
      waiting = true;
      setTimeout(() => refresh().catch(() => {}), 400);
    };
    const events = new EventSource("/api/v1/events");
    for (const name of ["block", "reorganisation", "peers"]) events.addEventListener(name, soon);
    document.addEventListener("visibilitychange", () => document.hidden || soon());
    // What the meters say moves between blocks too.
    const every = Number(document.querySelector("[data-every]")?.dataset.every);
    if (every > 0) setInterval(soon, every * 1000);
  }

  // A page that waits for its node to begin anew leads on once the node answers.
  const awaited = document.querySelector("[data-await]");
  if (awaited) {
    const look = async () => {
      const answer = await fetch(awaited.dataset.await, { cache: "no-store" }).catch(() => null);
      if (answer && answer.ok) location.replace(awaited.dataset.await);
      else setTimeout(look, 1000);
    };
    setTimeout(look, 2000);
  }

  // A request is read from a file, or off a picture of its code where the browser can.
  for (const box of document.querySelectorAll("[data-scan]")) {
    box.hidden = false;
    const said = box.querySelector("[data-none]");
    box.querySelector("input").addEventListener("change", async (event) => {
      const file = event.target.files[0];
      said.textContent = "";
      if (!file) return;
      let text = "";
      if (!file.type.startsWith("image/")) text = await file.text();
      else if (window.BarcodeDetector) {
        const codes = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(file));
        text = codes[0]?.rawValue || "";
      }
      if (text) document.getElementById(box.dataset.scan).value = text;
      else said.textContent = said.dataset.none;
    });
  }

  const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
  const bytes = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
  const join = async (tag, left, right) => {
    const data = new Uint8Array(65);
    data[0] = tag;
    data.set(left, 1);
    data.set(right, 33);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  };
  // RFC 6962: leaf = H(0 | digest | zeros), node = H(1 | left | right).
  const check = async (box) => {
    const { leaf, siblings, index, count, root } = box.dataset;
    let hash = await join(0, bytes(leaf), new Uint8Array(32));
    let at = Number(index);
    let width = Number(count);
    for (const sibling of siblings.split(" ").filter(Boolean)) {
      while ((at ^ 1) >= width) { at >>= 1; width = (width + 1) >> 1; }
      const other = bytes(sibling);
      hash = at & 1 ? await join(1, other, hash) : await join(1, hash, other);
      at >>= 1;
      width = (width + 1) >> 1;
    }
    const right = hex(hash) === root;
    box.textContent = right ? box.dataset.good : box.dataset.bad;
    box.className = right ? "good" : "bad";
  };
  if (window.crypto && crypto.subtle)
    for (const box of document.querySelectorAll("[data-root]")) check(box).catch(() => {});
})();
