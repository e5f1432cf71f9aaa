# SPDX-License-Identifier: Apache-2.0
"""Runs a command in a terminal of a given size, and prints as JSON what stood on its screen at the end of each second.

Usage: terminal_street.py COLUMNS ROWS SECONDS COMMAND [ARGUMENT ...]
The screen is that of pyte, an emulator that knows nothing of the command. Ends with the command's exit code.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte

columns, rows, seconds = (int(word) for word in sys.argv[1:4])
screen = pyte.HistoryScreen(columns, rows, history=10_000)
stream = pyte.ByteStream(screen)
terminal, own = pty.openpty()
fcntl.ioctl(own, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
child = subprocess.Popen(sys.argv[4:], stdin=own, stdout=own, stderr=own, start_new_session=True)
os.close(own)
shown, next_look, end = [], time.monotonic() + 1, time.monotonic() + seconds
status = None
while status is None:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if ready:
        try:
            stream.feed(os.read(terminal, 65_536))
        except OSError:
            pass
    now = time.monotonic()
    if now >= next_look and now < end:
        next_look = now + 1
        shown.append([line.rstrip() for line in screen.display])
    if now >= end:
        child.send_signal(signal.SIGINT)
        end = float("inf")
    status = child.poll()
print(json.dumps({"screens": shown, "scrolled": len(screen.history.top)}))
sys.exit(0 if status == 0 else 1)
