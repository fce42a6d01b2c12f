"""Runs Optuna's TPE, CMA-ES and GP on the problems of packages/hyperopt-ts/bench/rivals.ts.

  python bench/tpe/rivals.py bench/tpe/rivals.json [--engines tpe cmaes gp] [--problems digits] [--seeds 10]

The functions of that file evaluate the problems (through serve-problems.ts), so both sides run the same functions.
Results that are already in the output file are kept, so a run can be stopped and continued. Needs optuna, cmaes, scipy
and torch from PyPI.
"""
import argparse
import json
import os
import subprocess
import time
import warnings

import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
CHECKPOINTS = (50, 100, 200)
BUDGETS = {"tpe": 200, "cmaes": 200, "gp": 100}
SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "cmaes": lambda seed: optuna.samplers.CmaEsSampler(seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
}


class Problems:
    """The functions of rivals.ts, in a Node process."""

    def __init__(self):
        loader = os.path.join(ROOT, "scripts", "typescript-loader.mjs")
        program = os.path.join(ROOT, "packages", "hyperopt-ts", "bench", "serve-problems.ts")
        command = ["node", "--conditions=@hotcb/source", "--import", loader, program]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def spaces(self):
        return {entry["name"]: entry["space"] for entry in self.ask({})}

    def value(self, problem, params):
        return self.ask({"problem": problem, "params": params})["value"]


def suggest(trial, space, path=""):
    out = {}
    for name, d in space.items():
        at = path + name
        kind = d["kind"]
        if kind == "float":
            out[name] = trial.suggest_float(at, d["low"], d["high"], log=d.get("log", False), step=d.get("step"))
        elif kind == "int":
            out[name] = trial.suggest_int(at, d["low"], d["high"], log=d.get("log", False))
        elif kind == "ordered":
            out[name] = d["values"][trial.suggest_int(at, 0, len(d["values"]) - 1)]
        elif kind == "choice":
            out[name] = trial.suggest_categorical(at, d["values"])
        else:
            arm = trial.suggest_categorical(at, list(d["arms"]))
            out[name] = {"kind": arm, **suggest(trial, d["arms"][arm], f"{at}.{arm}.")}
    return out


def measure(problems, spaces, engine, problem, seed):
    study = optuna.create_study(sampler=SAMPLERS[engine](seed))
    best, marks, spent = float("inf"), {}, 0.0
    for count in range(1, BUDGETS[engine] + 1):
        start = time.process_time()
        trial = study.ask()
        params = suggest(trial, spaces[problem])
        spent += time.process_time() - start
        value = problems.value(problem, params)
        start = time.process_time()
        study.tell(trial, value)
        spent += time.process_time() - start
        best = min(best, value)
        if count in CHECKPOINTS:
            marks[str(count)] = best
    return {"seed": seed, "best": marks, "cpu_s": round(spent, 2)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--engines", nargs="*", default=list(SAMPLERS))
    parser.add_argument("--problems", nargs="*")
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    problems = Problems()
    spaces = problems.spaces()
    versions = {"optuna": optuna.__version__}
    for name in ("cmaes", "scipy", "torch", "numpy"):
        versions[name] = __import__(name).__version__
    results = {}
    if os.path.exists(args.out):
        with open(args.out) as file:
            results = json.load(file)["results"]
    for seed in range(args.seeds):
        for engine in args.engines:
            for problem in args.problems or spaces:
                rows = results.setdefault(engine, {}).setdefault(problem, [])
                if any(row["seed"] == seed for row in rows):
                    continue
                rows.append(measure(problems, spaces, engine, problem, seed))
                print(engine, problem, seed, rows[-1], flush=True)
                with open(args.out + ".part", "w") as file:
                    json.dump({"versions": versions, "results": results}, file)
                os.replace(args.out + ".part", args.out)


if __name__ == "__main__":
    main()
