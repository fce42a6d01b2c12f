"""Append-only JSONL, read from the end of the last read."""

import json
import os


def append_line(path, record):
    """Appends one record, opening and closing the file. Non-ASCII is unchanged; NaN is written as the bare word."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")


def modified(path):
    """Time of the last change, 0.0 if there is no file."""
    try:
        return os.path.getmtime(path)
    except OSError:
        return 0.0


class Cursor:
    """Reads the lines appended since the last read. The offset is only in memory: a new process begins at byte 0."""

    def __init__(self, path):
        self.path = path
        self.offset = 0

    def read(self):
        """New records. A line that is not JSON is skipped, and so is a line without its end: both are lost."""
        if not os.path.exists(self.path):
            return []
        if os.path.getsize(self.path) < self.offset:
            self.offset = 0
        records = []
        with open(self.path, "r", encoding="utf-8") as file:
            file.seek(self.offset)
            for line in iter(file.readline, ""):
                if line.strip():
                    try:
                        records.append(json.loads(line))
                    except ValueError:
                        pass
            self.offset = file.tell()
        return records
