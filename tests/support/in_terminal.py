"""Runs a program in a pseudo-terminal: python3 in_terminal.py JSON, with `command`, `columns` and `steps`, each of which waits
for text and then types; with `hang_up` the terminal is closed after the last of them. Prints what the terminal showed and how the program ended, as JSON. Gives up after a minute."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

LONGEST = 60
task = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(task["command"][0], task["command"])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, task["columns"], 0, 0))

shown = ""
end = time.monotonic() + LONGEST


def plain(text):
    """Without what moves the cursor and colours, which shells put between the letters of one word."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()].|\x1b[=>]|[\x00-\x08]", "", text)


def read():
    """False when the program has closed its terminal."""
    global shown
    ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
    if not ready:
        os.kill(pid, 9)
        sys.exit(f"nothing more was shown after\n{shown}")
    try:
        data = os.read(terminal, 65536)
    except OSError:
        return False
    shown += data.decode(errors="replace")
    return bool(data)


looked = 0
for step in task["steps"]:
    while True:
        found = re.search(step["wait"], plain(shown)[looked:])
        if found:
            looked += found.end()
            break
        if not read():
            sys.exit(f"it ended before it showed {step['wait']}\n{shown}")
    os.write(terminal, step["type"].encode())
if task["hang_up"]:
    os.kill(pid, 9)
while read():
    pass
_, status = os.waitpid(pid, 0)
print(json.dumps({"shown": shown, "exitCode": os.waitstatus_to_exitcode(status)}))
