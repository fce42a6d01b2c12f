import { expect, test } from 'vitest'
import { readConfig, tellConfigProblem } from '../src/index.ts'

function problemsOf(yaml: string): readonly string[] {
  const reading = readConfig(yaml)
  return reading.ok ? [] : reading.problems.map((problem) => tellConfigProblem(problem, 'hyperherd.yaml'))
}

const HEAD = 'name: a\ngrid: all\nlauncher: ./l.sh\n'
const LR = 'parameters:\n  lr: {type: discrete, values: [0.1, 0.2]}\n'

/** Files with one mistake each, and the line that is reported. */
const FAULTS: readonly (readonly [yaml: string, told: string])[] = [
  ['', '1:1: the file is empty; run `herd init` to create a config to start from'],
  ['- a\n', '1:1: a list is not a mapping; use `key: value` lines'],
  ['name: a\nname: b\n', '2:1: the key `name` appears twice: it is also on line 1'],
  ['name: !!str a\n', '1:7: the tag `!!str` is not supported; write the value without it'],
  ['a: [1\n', '2:1: deficient indentation'],
  [`${HEAD}parametrs: {}\n${LR}`, '4:1: parametrs: unknown field; did you mean `parameters`?'],
  [`grid: all\nlauncher: ./l.sh\n${LR}`, '1:1: name: missing; set it to the name of the sweep'],
  [`name: a\ngrid: all\n${LR}`, '1:1: launcher: missing; set it to the training script, such as ./launch.sh'],
  [`name: "a b"\ngrid: all\nlauncher: x\n${LR}`, '1:7: name: "a b" cannot be part of a file name; use 1 to 64 letters'],
  [
    `name: a\nlauncher: x\n${LR}`,
    '4:3: parameters.lr.default: missing: without `grid`, one parameter varies at a time',
  ],
  [`name: a\ngrid: [lrr]\nlauncher: x\n${LR}`, '2:8: grid[0]: no parameter "lrr"; did you mean `lr`?'],
  [`name: a\ngrid: [lr, lr]\nlauncher: x\n${LR}`, '2:12: grid[1]: lr is listed twice; remove one'],
  [
    `name: a\ngrid: []\nlauncher: x\n${LR.replace('}', ', default: 0.1}')}`,
    '2:7: grid: is empty; name a parameter, or use all',
  ],
  [
    `name: a\ngrid: some\nlauncher: x\n${LR}`,
    '2:7: grid: "some" is not a grid; use all, or a list of parameters such as [lr]',
  ],
  [
    `${HEAD}population: {interval: 5}\n${LR}`,
    '4:13: population: is only allowed with `search: {method: pbt, trials: N}`',
  ],
  [
    `name: a\nlauncher: x\nobjective: {metric: m, direction: min}\nsearch: {method: pbt, trials: 2}\n${LR}`,
    '4:9: search: pbt needs `population`: {interval: 500}, the number of steps between two decisions',
  ],
  [
    `name: a\nlauncher: x\nsearch: {method: pbt, trials: 2}\npopulation: {interval: 5}\n${LR}`,
    '3:9: search: pbt needs `objective`: {metric: val_loss, direction: min}',
  ],
  [`${HEAD}parameters: {}\n`, '4:13: parameters: there are no parameters; at least one is required'],
  [`${HEAD}parameters:\n  lr: 0.1\n`, '5:7: parameters.lr: "0.1" is not a mapping'],
  [`${HEAD}parameters:\n  lr: {values: [1]}\n`, '5:7: parameters.lr.type: missing; discrete, continuous, int, normal'],
  [
    `${HEAD}parameters:\n  lr: {type: continous, low: 1, high: 2}\n`,
    '5:14: parameters.lr.type: "continous" is not one of discrete',
  ],
  [`${HEAD}parameters:\n  lr: {type: discrete, values: []}\n`, '5:32: parameters.lr.values: the list is empty'],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: 3}\n`,
    '5:32: parameters.lr.values: "3" is not a list such as [a, b]',
  ],
  [`${HEAD}parameters:\n  lr: {type: discrete, values: [1, 1]}\n`, '5:36: parameters.lr.values[1]: 1 is listed twice'],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [a/b]}\n`,
    '5:33: parameters.lr.values[0]: a list, or text that contains spaces or /',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [a, b], labels: [x]}\n`,
    '5:48: parameters.lr.labels: 1 labels for 2 values; the counts must match',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [a, b], labels: [x, x]}\n`,
    '5:48: parameters.lr.labels: two labels are equal',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [1, 2], default: 3}\n`,
    '5:49: parameters.lr.default: 3 is not one of the values 1, 2',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [010]}\n`,
    "5:33: parameters.lr.values[0]: 010 may mean 8 in base 8 and 10 in base 10; use 10, or '010' for the text",
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [08]}\n`,
    '5:33: parameters.lr.values[0]: 08 may mean text and 8; use 8',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [1:30]}\n`,
    '5:33: parameters.lr.values[0]: 1:30 is read as a number in base 60',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [.nan]}\n`,
    '5:33: parameters.lr.values[0]: .nan is not a finite number',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [1e999]}\n`,
    '5:33: parameters.lr.values[0]: 1e999 is too large for a float',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: discrete, values: [{a: 1}]}\n`,
    '5:33: parameters.lr.values[0]: a mapping is not a value',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: continuous, low: abc, high: 2}\n`,
    '5:31: parameters.lr.low: "abc" is not a number; use a value such as 1e-5',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: continuous, low: 2, high: 1}\n`,
    '5:31: parameters.lr.low: 2 is not below `high`, which is 1',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: continuous, low: 0.0, high: 1, scale: log}\n`,
    '5:31: parameters.lr.low: "0.0" is not a number > 0',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: continuous, low: 0, high: 1, steps: 0}\n`,
    '5:50: parameters.lr.steps: "0" is not a whole number >= 1',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: continuous, low: 0}\n`,
    '5:7: parameters.lr.high: missing; set it to the largest value',
  ],
  [
    `${HEAD}parameters:\n  lr: {type: continuous, low: 0, high: 1, default: 2}\n`,
    '5:52: parameters.lr.default: 2 is not between 0 and 1',
  ],
  [`${HEAD}parameters:\n  n: {type: int, low: 1.5, high: 3}\n`, '5:23: parameters.n.low: "1.5" is not a whole number'],
  [`${HEAD}parameters:\n  n: {type: normal, mean: 0, sd: 0}\n`, '5:34: parameters.n.sd: "0" is not a number > 0'],
  [
    `${HEAD}parameters:\n  n: {type: normal, mean: 0, sd: 1}\n`,
    '1:1: parameters.n: a parameter of type normal cannot be in a grid; use `search`',
  ],
  [
    `${HEAD}parameters:\n  "a b": {type: discrete, abbrev: a, values: [1]}\n`,
    '5:3: parameters.a b: a name must not contain quotes',
  ],
  [
    `${HEAD}parameters:\n  a/b: {type: discrete, values: [1]}\n`,
    '5:8: parameters.a/b: a/b cannot be part of a file name; add an `abbrev`',
  ],
  [
    `${HEAD}parameters:\n  a: {type: discrete, values: [1], abbrev: x}\n  b: {type: discrete, values: [1], abbrev: x}\n`,
    '6:3: parameters.b: the abbreviation x is also used by a',
  ],
  [`${HEAD}${LR}conditions:\n  - set: {a: 1}\n`, '7:5: conditions[0].when: missing'],
  [
    `${HEAD}${LR}conditions:\n  - when: {lr: 0.1}\n`,
    '7:5: conditions[0]: the condition has no effect; add `exclude`, `force`, `set` or `slurm`',
  ],
  [
    `${HEAD}${LR}conditions:\n  - when: {lrr: 0.1}\n    set: {a: 1}\n`,
    '7:17: conditions[0].when.lrr: no parameter "lrr"; did you mean `lr`?',
  ],
  [
    `${HEAD}${LR}conditions:\n  - when: {lr: {gtt: 1}}\n    set: {a: 1}\n`,
    '7:16: conditions[0].when.lr.gtt: unknown operator',
  ],
  [
    `${HEAD}${LR}conditions:\n  - when: {lr: {gt: 1, lt: 2}}\n    set: {a: 1}\n`,
    '7:16: conditions[0].when.lr: expected exactly one operator',
  ],
  [
    `${HEAD}${LR}conditions:\n  - when: {lr: {in: 1}}\n    set: {a: 1}\n`,
    '7:21: conditions[0].when.lr.in: is not a list such as [a, b]',
  ],
  [`${HEAD}${LR}conditions:\n  - when: {expr: "lr >"}\n    set: {a: 1}\n`, '7:18: conditions[0].when.expr: '],
  [
    `${HEAD}${LR}conditions:\n  - when: {expr: "lrr > 1"}\n    set: {a: 1}\n`,
    '7:18: conditions[0].when.expr: no parameter "lrr"; nearest: lr in "lrr > 1"',
  ],
  [`${HEAD}${LR}slurm: {time: 01:00:00}\n`, '6:8: slurm.partition: missing; set it to the name of a partition'],
  [`${HEAD}${LR}slurm: {partition: p, mem: 1.5G}\n`, '6:28: slurm.mem: "1.5G" is not a SLURM memory size'],
  [`${HEAD}${LR}slurm: {partition: p, time: soon}\n`, '6:29: slurm.time: "soon" is not a SLURM time'],
  [`${HEAD}${LR}slurm: {partition: p, tme: 1}\n`, '6:23: slurm.tme: unknown field; did you mean `time`?'],
  [
    `${HEAD}${LR}slurm: {partition: p, extra_args: [--array=1]}\n`,
    '6:36: slurm.extra_args[0]: "--array=1" is set by hotcb',
  ],
  [`${HEAD}${LR}local: {max_concurrent: 0}\n`, '6:25: local.max_concurrent: "0" is not a whole number >= 1'],
  [`${HEAD}${LR}executor: slurm\n`, '6:11: executor: slurm needs a `slurm` block with a partition'],
  [`${HEAD}${LR}seeds: {}\n`, '6:8: seeds: use either `values` or `count`'],
  [`${HEAD}${LR}retries: {ooom: 1}\n`, '6:11: retries.ooom: unknown field; did you mean `oom`?'],
  [
    `${HEAD}${LR}successive_halving: {metric: v, direction: down, min_steps: 1, budget: 2}\n`,
    '6:44: successive_halving.direction: "down" is not one of min, max',
  ],
  [
    `${HEAD}${LR}successive_halving: {metric: v, direction: min, min_steps: 5, budget: 2}\n`,
    '6:71: successive_halving.budget: 2 is below `min_steps`, which is 5',
  ],
  [`${HEAD}${LR}prune_grace_seconds: -1\n`, '6:22: prune_grace_seconds: "-1" is not a whole number >= 0'],
  [`${HEAD}${LR}static_overrides: a=1\n`, '6:19: static_overrides: "a=1" is not a list such as [a, b]'],
]

/** Lines appended to a valid config, and the line that is reported. */
const FAULTS_BEHIND: readonly (readonly [yaml: string, told: string])[] = [
  ['budget: 5', '6:9: budget: "5" is not a mapping'],
  ['budget: {}', '6:9: budget: sets no limit; use gpu_hours, cpu_hours, trials or until'],
  ['budget: {hard: true}', '6:9: budget: sets no limit'],
  ['budget: {gpu_hour: 3}', '6:10: budget.gpu_hour: unknown field; did you mean `gpu_hours`?'],
  ['budget: {gpu_hours: 0}', '6:21: budget.gpu_hours: "0" is not a number > 0; use a value such as 24'],
  ['budget: {trials: 1.5}', '6:18: budget.trials: "1.5" is not a whole number >= 1; use a value such as 50'],
  ['budget: {until: tomorrow}', '6:17: budget.until: "tomorrow" is not a time; use a value such as'],
  ['budget: {until: 2030-02-31}', '6:17: budget.until: "2030-02-31" is not a time'],
  ['budget: {trials: 3, hard: perhaps}', '6:27: budget.hard: "perhaps" is not one of true, false'],
  ['successive_halving: sync', '6:21: successive_halving: "sync" is not a mapping'],
  [
    'successive_halving: {metric: v, direction: min, budget: 2}',
    '6:21: successive_halving.min_steps: missing; set it to the number of steps at the first rung',
  ],
  [
    'successive_halving: {metric: "", direction: min, min_steps: 1, budget: 2}',
    '6:30: successive_halving.metric: "" is empty; it must contain text',
  ],
  [
    'successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2, mode: synch}',
    '6:80: successive_halving.mode: "synch" is not one of sync, asha, asha_promote, hyperband, median; did you mean `sync`?',
  ],
  [
    'successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2, mode: hyperbnd}',
    '6:80: successive_halving.mode: "hyperbnd" is not one of sync, asha, asha_promote, hyperband, median; did you mean `hyperband`?',
  ],
  [
    'successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2, mode: asha, interval: 2}',
    '6:96: successive_halving.interval: it is only used in `mode: median`; remove it',
  ],
  [
    'successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2, mode: median, eta: 2}',
    '6:93: successive_halving.eta: mode median compares a trial with the median of the other trials; remove it',
  ],
  [
    'successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2, eta: 1}',
    '6:79: successive_halving.eta: "1" is not a whole number >= 2',
  ],
  [
    'successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2, smooth: 0}',
    '6:82: successive_halving.smooth: "0" is not a whole number >= 1',
  ],
  ['slurm: p', '6:8: slurm: "p" is not a mapping'],
  ['slurm: {partition: ""}', '6:20: slurm.partition: "" is empty; it must contain text'],
  ['slurm: {partition: p, cpus_per_task: 0}', '6:38: slurm.cpus_per_task: "0" is not a whole number >= 1'],
  ['slurm: {partition: p, max_concurrent: 0}', '6:39: slurm.max_concurrent: "0" is not a whole number >= 1'],
  ['slurm: {partition: p, gres: [gpu]}', '6:29: slurm.gres: a list is not text; put it in quotes'],
  ['slurm: {partition: p, account: {a: 1}}', '6:32: slurm.account: a mapping is not a value'],
  ['slurm: {partition: p, extra_args: --nice}', '6:35: slurm.extra_args: "--nice" is not a list such as [a, b]'],
  [
    'slurm: {partition: p, extra_args: [--nice, hold]}',
    '6:44: slurm.extra_args[1]: "hold" is not a valid sbatch option',
  ],
  ['local: 4', '6:8: local: "4" is not a mapping'],
  [
    'local: {gpus_per_task: 1.5}',
    '6:24: local.gpus_per_task: 1.5 is neither a whole number of GPUs nor a fraction of one GPU',
  ],
  ['local: {gpus: one}', '6:15: local.gpus: "one" is not a list of GPUs; use auto, or a list such as [0, 1]'],
  ['local: {gpus: []}', '6:15: local.gpus: the list is empty; name a GPU, or use auto'],
  ['local: {gpus: [0, 0]}', '6:19: local.gpus[1]: GPU 0 is listed twice; remove one'],
  ['local: {mem_per_task: lots}', '6:23: local.mem_per_task: "lots" is not a memory'],
  ['local: {mem_per_task: 0}', '6:23: local.mem_per_task: "0" is not a memory'],
  ['local: {kill_wait: -1}', '6:20: local.kill_wait: "-1" is not a number >= 0'],
  ['search: {method: grid, trials: 3}', '6:18: search.method: "grid" is not one of random, sobol, tpe, cmaes'],
  ['search: {method: random}', '6:9: search.trials: missing; set it to the number of trials'],
  ['search: {method: random, trials: 5}', '6:9: search: `grid` and `search` cannot be combined; remove one'],
  ['objective: {metric: v}', '6:12: objective.direction: missing; set it to min or max'],
  ['retries: 3', '6:10: retries: "3" is not a mapping'],
  ['retries: {oom: 101}', '6:16: retries.oom: "101" is not a whole number >= 0 and <= 100'],
  ['seeds: {values: []}', '6:17: seeds.values: the list is empty; add at least one seed'],
  ['seeds: {count: 2, param: lr}', '6:8: seeds: lr is already a parameter; choose a different name with `param`'],
  ['executor: ray', '6:11: executor: "ray" is not one of local, slurm'],
  ['conditions: [1]', '6:14: conditions[0]: "1" is not a mapping'],
  [
    'conditions:\n  - when: {}\n    set: {a: 1}',
    '7:11: conditions[0].when: it is empty; add conditions such as {lr: 0.1}',
  ],
  [
    'conditions:\n  - when: {lr: 0.1}\n    force: {lrr: 1}',
    '8:18: conditions[0].force.lrr: no parameter "lrr"; did you mean `lr`?',
  ],
  [
    'conditions:\n  - when: {lr: 0.1}\n    set: {a: {expr: "lr +"}}',
    '8:21: conditions[0].set.a.expr: the expression ends too early',
  ],
  ['? [a]\n: b', '6:3: a key must be text, not a list or a mapping'],
]

test.each([...FAULTS, ...FAULTS_BEHIND.map(([yaml, told]) => [`${HEAD}${LR}${yaml}\n`, told] as const)])(
  '%j is refused in one line',
  (yaml, told) => {
    const problems = problemsOf(yaml)
    expect(problems).toHaveLength(1)
    expect(problems[0]?.startsWith(`hyperherd.yaml:${told}`), problems[0]).toBe(true)
  },
)

test('all problems in a file are reported together, each with its position', () => {
  const yaml =
    'name: "x y"\ngrid: all\nlauncher: ./l.sh\nparameters:\n  lr: {type: continuous, low: a, high: 1}\nlcal: {}\n'
  expect(problemsOf(yaml).map((line) => line.split(': ')[0])).toEqual([
    'hyperherd.yaml:1:7',
    'hyperherd.yaml:5:31',
    'hyperherd.yaml:6:1',
  ])
})

test('yes and no are read as true and false, with a warning', () => {
  const reading = readConfig(`${HEAD}parameters:\n  amp: {type: discrete, values: [yes, no]}\n`)
  expect(reading.ok && reading.warnings.map((one) => one.message)).toEqual([
    "yes is read as true; use true, or 'yes' for the text",
    "no is read as false; use false, or 'no' for the text",
  ])
})
