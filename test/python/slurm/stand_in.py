#!/usr/bin/env python3
"""A cluster that runs nothing: sbatch, squeue, sacct, scancel, sinfo and scontrol, by the name of this program.

Its tasks are in $STAND_IN/tasks.json, where a test sets their states. It serves both `herd` programs: each requests the
columns that it needs. A task of a trial that runs, waits or is completed must not be submitted again: such a submission is
noted in $STAND_IN/twice.
"""

import json
import os
import re
import sys

HOME = os.environ["STAND_IN"]
TASKS = os.path.join(HOME, "tasks.json")
NAME = os.path.basename(sys.argv[0])
ARGS = sys.argv[1:]
SHORT = {"PENDING": "PD", "RUNNING": "R", "COMPLETED": "CD", "FAILED": "F", "CANCELLED": "CA", "TIMEOUT": "TO"}
LIVE = ("PENDING", "RUNNING")


def load():
    if not os.path.exists(TASKS):
        return []
    with open(TASKS) as file:
        return json.load(file)


def save(tasks):
    with open(TASKS + ".new", "w") as file:
        json.dump(tasks, file)
    os.replace(TASKS + ".new", TASKS)


def option(*names):
    """The value of an option, as `--name=value`, `--name value` or `-n value`."""
    for at, word in enumerate(ARGS):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else ARGS[at + 1] if at + 1 < len(ARGS) else ""
    return None


def indices(spec):
    found = []
    for part in spec.split("%")[0].split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def chosen(tasks, selection):
    if selection is None:
        return tasks
    words = set(selection.split(","))
    return [one for one in tasks if one["job"] in words or identity(one) in words]


def identity(task):
    return "{job}_{index}".format(**task)


def sbatch():
    with open(ARGS[-1]) as file:
        script = file.read()
    spec = re.search(r"^#SBATCH --array=(\S+)", script, re.M).group(1)
    tasks = load()
    job = str(7000 + len({one["job"] for one in tasks}))
    for index in indices(spec):
        again = [one for one in tasks if one["index"] == index and one["state"] in LIVE + ("COMPLETED",)]
        if again:
            with open(os.path.join(HOME, "twice"), "a") as file:
                file.write("%s_%d was %s\n" % (job, index, again[-1]["state"]))
        tasks.append({"job": job, "index": index, "state": "PENDING", "name": option("--job-name") or ""})
    save(tasks)
    print(job if "--parsable" in ARGS else "Submitted batch job " + job)


def squeue():
    columns = option("-o", "--format")
    for task in chosen(load(), option("-j", "--jobs")):
        state = task["state"]
        if state not in LIVE:
            continue
        values = {"i": identity(task), "T": state, "t": SHORT[state], "r": "None", "j": task["name"]}
        print(re.sub(r"%(\w)", lambda letter: values.get(letter.group(1), ""), columns))


def sacct():
    columns = option("--format").split(",")
    steps = [] if "-X" in ARGS else [".batch"]
    for task in chosen(load(), option("-j")):
        for step in [""] + steps:
            values = {"JobID": identity(task) + step, "State": task["state"], "JobName": task["name"]}
            print("|".join(values.get(column, "") for column in columns))


def scancel():
    tasks = load()
    for word in ARGS:
        for task in chosen(tasks, word):
            if task["state"] in LIVE:
                task["state"] = "CANCELLED"
    save(tasks)


def scontrol():
    print("MaxArraySize = 1001\nMinJobAge = 300")


def sinfo():
    print(option("-p"))


globals()[NAME]()
