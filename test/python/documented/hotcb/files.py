"""Append-only JSONL, read from where the last look ended."""

import json
import os


def append_line(path, record):
    """Appends one record, opening and closing the file. Non-ASCII stays as it is; NaN is the bare word."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")


def modified(path):
    """Time of the last change, 0.0 where there is no file."""
    try:
        return os.path.getmtime(path)
    except OSError:
        return 0.0


class Cursor:
    """What was appended since the last look, in memory only: a new process begins at byte 0."""

    def __init__(self, path):
        self.path = path
        self.offset = 0

    def read(self):
        """New records. A line that is no JSON is passed over, a line without its end as well: both are lost."""
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
