"""A sidecar that sends the lines in the file ``FAKE_TRANSCRIPT``, and writes the lines that it receives to ``FAKE_HEARD``."""

import json
import os
import sys

answers = os.fdopen(int(sys.argv[1]), "rb", buffering=0)
contacts = os.fdopen(0, "rb", buffering=0)


def line_of(stream):
    line = b""
    while not line.endswith(b"\n"):
        byte = stream.read(1)
        if not byte:
            sys.exit(0)
        line += byte
    return line


with open(os.environ["FAKE_TRANSCRIPT"], "rb") as file, open(os.environ["FAKE_HEARD"], "wb") as heard:
    last = {}
    for line in file:
        direction, text = line[:2], line[2:]
        if direction == b"< ":
            last = json.loads(text)
            os.write(1, text)
        else:
            # The line after a request is its answer.
            is_answer = last.get("k") not in ("hello", "done", "error")
            said = line_of(answers if is_answer else contacts)
            while b'"k":"bell"' in said:  # A bell may arrive at any time.
                said = line_of(contacts)
            heard.write(b"> " + said)
            heard.flush()
            last = {"k": "done"} if not is_answer else last
