"""Runs Optuna, hyperopt and random search, as published on PyPI, on the problems of problems.ts.

  python bench/tpe/peers.py out.json [--engines optuna hyperopt] [--problems decoy nested] [--seeds 20]

Writes, for each engine and problem, the value of the best trial after 50, 100 and 200 evaluations, per seed, and the
CPU seconds that the engine itself used. `--speed 1000` measures the CPU time of one long study. With noise, the best
trial is the one whose noisy value is best; its true value counts.
"""
import argparse
import json
import math
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
CHECKPOINTS = (50, 100, 200)


def log(low, high):
    return {"kind": "float", "low": low, "high": high, "log": True}


def real(low, high, step=None):
    return {"kind": "float", "low": low, "high": high, "step": step}


def whole(low, high, log=False):
    return {"kind": "int", "low": low, "high": high, "log": log}


def choice(*values):
    return {"kind": "choice", "values": list(values)}


def branch(**arms):
    return {"kind": "branch", "arms": arms}


def reals(count, low, high):
    return {f"x{i}": real(low, high) for i in range(count)}


def vector(p):
    return [p[f"x{i}"] for i in range(len(p))]


def hash01(a, b, c):
    h = math.sin(12.9898 * a + 78.233 * b + 37.719 * c + 1) * 43758.5453
    return h - math.floor(h)


A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def branin(p):
    x, y = p["x"], p["y"]
    return (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann6(p):
    x = vector(p)
    return -sum(
        (1, 1.2, 3, 3.2)[i] * math.exp(-sum(A[i][j] * (x[j] - P[i][j]) ** 2 for j in range(6))) for i in range(4)
    )


def ackley5(p):
    x = vector(p)
    n = len(x)
    return (
        -20 * math.exp(-0.2 * math.sqrt(sum(v * v for v in x) / n))
        - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / n)
        + 20
        + math.e
    )


def rosenbrock(p):
    x = vector(p)
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def styblinski(p):
    return sum(x**4 - 16 * x * x + 5 * x for x in vector(p)) / 2


def trainer(p):
    lr = math.log10(p["lr"])
    best = {"sgd": -1, "adam": -3, "rmsprop": -3.3}[p["optimizer"]] + 0.5 * math.log10(p["batch"] / 64)
    steep = 0.5 * (lr - best + 0.08 * p["depth"]) ** 2
    size = 0.3 * (math.log2(p["width"]) - 7.5) ** 2 * 0.2 + 0.03 * (p["depth"] - 7) ** 2
    kept = 2 * (p["dropout"] - 0.04 * p["depth"]) ** 2 + 0.05 * (math.log10(p["decay"]) + 4.5) ** 2
    start = 0.3 * ((p["warmup"] - 300) / 1000) ** 2 + (2 * (p["momentum"] - 0.9) ** 2 if p["optimizer"] == "sgd" else 0.1)
    return steep + size + kept + start + {"relu": 0.15, "tanh": 0.3, "gelu": 0, "silu": 0.05}[p["activation"]]


def integers(p):
    z = [x - c for x, c in zip(vector(p), (7, 22, 13, 4, 27, 17))]
    return sum((v + 0.5 * z[(i + 1) % 6]) ** 2 / 20 + 1 - math.cos(v) for i, v in enumerate(z))


def categories(p):
    x = vector(p)
    return sum(hash01(i, v, 0) + (0.7 * hash01(i, v, 1 + x[i - 1]) if i > 0 else 0) for i, v in enumerate(x))


def decoy(p):
    lr, model = math.log10(p["lr"]), p["model"]
    if model["kind"] == "easy":
        return 0.5 + 0.1 * (lr + 1) ** 2 + 0.2 * (model["a"] - 0.5) ** 2
    far = (model["a"] - 0.2) ** 2 + (model["b"] - 0.7) ** 2 + (model["c"] - 0.4) ** 2 + (model["d"] - 0.9) ** 2
    return 0.1 * (lr + 3) ** 2 + 3 * far


def nested(p):
    scaled = {"none": 0.2, "standard": 0, "minmax": 0.05}[p["scale"]]
    model = p["model"]
    if model["kind"] == "linear":
        penalty = model["penalty"]
        if penalty["kind"] == "none":
            return 0.7 + scaled
        best = 0 if penalty["kind"] == "l1" else -1
        return (0.55 if penalty["kind"] == "l1" else 0.5) + 0.03 * (math.log10(penalty["c"]) - best) ** 2 + scaled
    if model["kind"] == "trees":
        fit = math.log10(model["lr"]) + math.log10(model["count"]) - 1.2
        return 0.32 + 0.1 * fit * fit + 0.003 * (model["depth"] - 6) ** 2
    body = model["body"]
    lr = 0.25 * (math.log10(model["lr"]) + 3) ** 2
    if body["kind"] == "one":
        return 0.35 + lr + 0.02 * (math.log2(body["w1"]) - 7) ** 2 + scaled
    if body["kind"] == "three":
        return 0.3 + lr + 0.03 * (math.log2(body["width"]) - 5) ** 2 + (body["drop"] - 0.5) ** 2 + scaled
    shape = (math.log2(body["w1"]) - 7) ** 2 + (math.log2(body["w2"]) - 5) ** 2
    return 0.2 + lr + 0.03 * shape + 2 * (body["drop"] - 0.3) ** 2 + 2 * scaled


def plateaus(p):
    target = (0.83, 0.12, 0.37, 0.66, 0.49)
    return sum(math.floor(25 * abs(x - t)) ** 1.5 for x, t in zip(vector(p), target))


def valley(p):
    a, b = math.log10(p["lr"]), math.log10(p["decay"])
    return (
        (a + 2 + 0.8 * (b + 4)) ** 2
        + 0.05 * (b + 3) ** 2
        + 0.3 * math.log(p["layers"] / 18) ** 2
        + 0.5 * (p["mix"] - 0.25 - 0.02 * a) ** 2
    )


PROBLEMS = {
    "branin": ({"x": real(-5, 10), "y": real(0, 15)}, branin, 0),
    "hartmann6": (reals(6, 0, 1), hartmann6, 0),
    "ackley5": (reals(5, -32.768, 32.768), ackley5, 0),
    "rosenbrock20": (reals(20, -2, 2), rosenbrock, 0),
    "styblinski8": (reals(8, -5, 5), styblinski, 0),
    "trainer10": (
        {
            "lr": log(1e-5, 1),
            "momentum": real(0, 0.99),
            "decay": log(1e-8, 1e-2),
            "depth": whole(1, 12),
            "width": whole(8, 1024, True),
            "batch": {"kind": "ordered", "values": [16, 32, 64, 128, 256, 512]},
            "optimizer": choice("sgd", "adam", "rmsprop"),
            "activation": choice("relu", "tanh", "gelu", "silu"),
            "dropout": real(0, 0.8, 0.05),
            "warmup": whole(0, 1000),
        },
        trainer,
        0,
    ),
    "integers6": ({f"x{i}": whole(0, 30) for i in range(6)}, integers, 0),
    "categories8": ({f"x{i}": choice(0, 1, 2, 3, 4, 5) for i in range(8)}, categories, 0),
    "noisy-hartmann6": (reals(6, 0, 1), hartmann6, 0.3),
    "decoy": (
        {
            "lr": log(1e-4, 1),
            "model": branch(easy={"a": real(0, 1)}, hard={"a": real(0, 1), "b": real(0, 1), "c": real(0, 1), "d": real(0, 1)}),
        },
        decoy,
        0,
    ),
    "nested": (
        {
            "scale": choice("none", "standard", "minmax"),
            "model": branch(
                linear={"penalty": branch(none={}, l1={"c": log(1e-4, 1e2)}, l2={"c": log(1e-4, 1e2)})},
                trees={"count": whole(10, 1000, True), "depth": whole(1, 20), "lr": log(1e-3, 1)},
                mlp={
                    "lr": log(1e-5, 1e-1),
                    "body": branch(
                        one={"w1": whole(4, 256, True)},
                        two={"w1": whole(4, 256, True), "w2": whole(4, 256, True), "drop": real(0, 0.9)},
                        three={"width": whole(4, 256, True), "drop": real(0, 0.9)},
                    ),
                },
            ),
        },
        nested,
        0,
    ),
    "plateaus5": (reals(5, 0, 1), plateaus, 0),
    "valley4": ({"lr": log(1e-6, 1), "decay": log(1e-6, 1), "layers": whole(1, 50), "mix": real(0, 1)}, valley, 0),
}


def optuna_params(trial, space, path=""):
    out = {}
    for name, d in space.items():
        at = path + name
        kind = d["kind"]
        if kind == "float":
            out[name] = trial.suggest_float(at, d["low"], d["high"], log=d.get("log", False), step=d.get("step"))
        elif kind == "int":
            out[name] = trial.suggest_int(at, d["low"], d["high"], log=d["log"])
        elif kind == "ordered":
            out[name] = d["values"][trial.suggest_int(at, 0, len(d["values"]) - 1)]
        elif kind == "choice":
            out[name] = trial.suggest_categorical(at, d["values"])
        else:
            arm = trial.suggest_categorical(at, list(d["arms"]))
            out[name] = {"kind": arm, **optuna_params(trial, d["arms"][arm], f"{at}.{arm}.")}
    return out


def has_branch(space):
    return any(d["kind"] == "branch" for d in space.values())


def run_optuna(space, evaluate, budget, seed, make):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=make(seed, space))
    spent = 0.0
    for _ in range(budget):
        start = time.process_time()
        trial = study.ask()
        params = optuna_params(trial, space)
        spent += time.process_time() - start
        value = evaluate(params)
        start = time.process_time()
        study.tell(trial, value)
        spent += time.process_time() - start
    return spent


def optuna_tpe(seed, space):
    import optuna

    return optuna.samplers.TPESampler(seed=seed)


def optuna_tpe_group(seed, space):
    import optuna

    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)


def hyperopt_space(space, path=""):
    from hyperopt import hp
    from hyperopt.pyll import scope

    out = {}
    for name, d in space.items():
        at = path + name
        kind = d["kind"]
        if kind == "float":
            if d.get("log"):
                out[name] = hp.loguniform(at, math.log(d["low"]), math.log(d["high"]))
            elif d.get("step"):
                out[name] = hp.quniform(at, d["low"], d["high"], d["step"])
            else:
                out[name] = hp.uniform(at, d["low"], d["high"])
        elif kind == "int":
            if d["log"]:
                out[name] = scope.int(hp.qloguniform(at, math.log(d["low"]), math.log(d["high"]), 1))
            else:
                out[name] = scope.int(hp.quniform(at, d["low"], d["high"], 1))
        elif kind in ("choice", "ordered"):
            out[name] = hp.choice(at, d["values"])
        else:
            arms = [{"kind": arm, **hyperopt_space(inner, f"{at}.{arm}.")} for arm, inner in d["arms"].items()]
            out[name] = hp.choice(at, arms)
    return out


def run_hyperopt(space, evaluate, budget, seed):
    import hyperopt

    spent = [0.0]

    def objective(params):
        start = time.process_time()
        value = evaluate(params)
        spent[0] -= time.process_time() - start
        return value

    start = time.process_time()
    hyperopt.fmin(
        objective,
        hyperopt_space(space),
        algo=hyperopt.tpe.suggest,
        max_evals=budget,
        rstate=np.random.default_rng(seed),
        show_progressbar=False,
        verbose=False,
    )
    return spent[0] + time.process_time() - start


def run_random(space, evaluate, budget, seed):
    import optuna

    return run_optuna(space, evaluate, budget, seed, lambda s, _: optuna.samplers.RandomSampler(seed=s))


ENGINES = {
    "optuna": lambda *a: run_optuna(*a, optuna_tpe),
    "optuna-group": lambda *a: run_optuna(*a, optuna_tpe_group),
    "hyperopt": run_hyperopt,
    "random": run_random,
}


def measure(engine, problem, seed):
    space, value, noise = PROBLEMS[problem]
    rng = np.random.default_rng(1000 + seed)
    state = {"best": math.inf, "true": math.inf, "n": 0}
    marks = {}

    def evaluate(params):
        true = value(params)
        told = true + (noise * rng.standard_normal() if noise else 0)
        state["n"] += 1
        if told < state["best"]:
            state["best"], state["true"] = told, true
        if state["n"] in CHECKPOINTS:
            marks[str(state["n"])] = state["true"]
        return told

    spent = ENGINES[engine](space, evaluate, CHECKPOINTS[-1], seed)
    return {"seed": seed, "best": marks, "cpu_s": round(spent, 3)}


def main():
    import hyperopt
    import optuna

    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--engines", nargs="*", default=["optuna", "hyperopt", "random"])
    parser.add_argument("--problems", nargs="*", default=list(PROBLEMS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--speed", type=int, default=0, help="instead, CPU seconds of this many trials of trainer10")
    args = parser.parse_args()
    if args.speed:
        space, value, _ = PROBLEMS["trainer10"]
        cpu = {engine: round(ENGINES[engine](space, value, args.speed, 0), 2) for engine in args.engines}
        print(json.dumps({"trials": args.speed, "cpu_s": cpu}))
        with open(args.out, "w") as file:
            json.dump({"trials": args.speed, "cpu_s": cpu}, file)
        return
    results = {}
    for engine in args.engines:
        results[engine] = {}
        for problem in args.problems:
            if engine == "optuna-group" and not has_branch(PROBLEMS[problem][0]):
                continue
            results[engine][problem] = [measure(engine, problem, seed) for seed in range(args.seeds)]
            print(engine, problem, flush=True)
            versions = {"optuna": optuna.__version__, "hyperopt": hyperopt.__version__, "numpy": np.__version__}
            with open(args.out, "w") as file:
                json.dump({"versions": versions, "results": results}, file)


if __name__ == "__main__":
    main()
