import { describe, expect, test } from 'vitest'
import { memoryBytes, resourceProblem } from '../src/config/read-resources.ts'
import { readConfig, type SweepConfig } from '../src/index.ts'
import { bool, float, int, str } from '../src/value.ts'

// The meaning of each block in hyperherd.yaml, with all of its fields and with none. config-problems.test.ts has the refused configs.

const HEAD = 'name: t\nlauncher: ./l.sh\n'
const LR = 'parameters:\n  lr: {type: discrete, values: [0.1, 0.2]}\n'

function read(yaml: string): SweepConfig {
  const reading = readConfig(yaml)
  if (!reading.ok) throw new Error(reading.problems.map(({ field, message }) => `${field}: ${message}`).join('\n'))
  return reading.config
}

const block = (yaml: string) => read(`${HEAD}grid: all\n${LR}${yaml}\n`)
const problem = (yaml: string): string => {
  try {
    block(yaml)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

test('a config with only the required fields has defaults for all other fields', () => {
  expect(read(`${HEAD}grid: all\n${LR}`)).toEqual({
    ...{ name: 't', launcher: './l.sh', executor: 'local', slurm: null, gridEngine: null, staticOverrides: [] },
    local: { maxConcurrent: null, cpusPerTask: 1, gpusPerTask: 0, memPerTask: null, gpus: 'auto', killWait: 30 },
    parameters: [
      {
        ...{ kind: 'discrete', name: 'lr', abbrev: 'lr', default: null, values: [float(0.1), float(0.2)] },
        ...{ labels: null, isOrdered: false },
      },
    ],
    ...{ grid: { kind: 'all' }, search: null, population: null, seeds: null, conditions: [], objective: null },
    ...{ halving: null, pruneGraceSeconds: 600, budget: null, stages: [] },
    retries: {
      byClass: { preempted: 5, node_fail: 3, boot_fail: 3, timeout: 0, oom: 0, exit: 0, killed: 0, lost: 0 },
      backoff: 60,
    },
  })
})

describe("a scheduler's block", () => {
  test('for SLURM has its fields or their defaults, and makes SLURM the executor', () => {
    const { slurm, executor } = block('slurm: {partition: p}')
    expect([executor, slurm]).toEqual([
      'slurm',
      {
        ...{ partition: 'p', time: '01:00:00', mem: '8G', cpusPerTask: 1, gres: null, account: null, qos: null },
        ...{ constraint: null, exclude: null, maxConcurrent: null, requeue: null, signalBefore: null, onLimit: 'stop' },
        ...{ lagSeconds: 180, maxQueued: null, ssh: null, extraArgs: [] },
      },
    ])
    const more = `time: 1-02:00:00, mem: 12G, cpus_per_task: 4, gres: "gpu:2", account: a, qos: q, constraint: c, exclude: n1,
  max_concurrent: 3, requeue: true, signal_before: 60, on_limit: requeue, lag_seconds: 30, max_queued: 9, ssh: me@login1,
  extra_args: [--nice=5, -v]`
    expect(block(`retries: {timeout: 1}\nslurm: {partition: p, ${more}}`).slurm).toEqual({
      ...{ partition: 'p', time: '1-02:00:00', mem: '12G', cpusPerTask: 4, gres: 'gpu:2', account: 'a', qos: 'q' },
      ...{ constraint: 'c', exclude: 'n1', maxConcurrent: 3, requeue: true, signalBefore: 60, onLimit: 'requeue' },
      ...{ lagSeconds: 30, maxQueued: 9, ssh: 'me@login1', extraArgs: ['--nice=5', '-v'] },
    })
    expect(block('slurm: {partition: p, requeue: false}').slurm?.requeue).toBe(false)
    expect(block('executor: local\nslurm: {partition: p}').executor).toBe('local')
  })

  test('for Grid Engine has its fields or their defaults, and SLURM takes precedence over it', () => {
    const none = {
      queue: null,
      time: null,
      mem: null,
      cpusPerTask: 1,
      gpusPerTask: 0,
      parallelEnvironment: null,
    } as const
    const rest = { project: null, maxConcurrent: null, lagSeconds: 60, maxQueued: null, extraArgs: [] }
    expect(block('gridengine: {}')).toMatchObject({ executor: 'gridengine', gridEngine: { ...none, ...rest } })
    expect(block('gridengine: {}\nslurm: {partition: p}').executor).toBe('slurm')
    const more = 'queue: q, time: 4:00:00, mem: 8g, cpus_per_task: 2, gpus_per_task: 1, parallel_environment: smp, project: p, max_concurrent: 2, lag_seconds: 5, max_queued: 7, extra_args: [-l gpu=1]' // biome-ignore format: one block
    expect(block(`gridengine: {${more}}`).gridEngine).toEqual({
      ...{ queue: 'q', time: '4:00:00', mem: '8g', cpusPerTask: 2, gpusPerTask: 1, parallelEnvironment: 'smp' },
      ...{ project: 'p', maxConcurrent: 2, lagSeconds: 5, maxQueued: 7, extraArgs: ['-l gpu=1'] },
    })
  })

  test.each([
    [
      'slurm: {partition: p, max_concurrent: 0}',
      'slurm.max_concurrent: "0" is not a whole number >= 1; use a value such as 4',
    ],
    ['slurm: {partition: p, requeue: 1}', 'slurm.requeue: "1" is not true or false'],
    ['slurm: {partition: p, on_limit: stop}', 'slurm.on_limit: needs `signal_before`'],
    [
      'slurm: {partition: p, signal_before: 9, on_limit: requeue}',
      'slurm.on_limit: `requeue` also needs `retries: {timeout: N}`',
    ],
    ['slurm: {partition: ""}', 'slurm.partition: "" is empty; it must contain text'],
    ['slurm: {partition: p, ssh: "a b"}', 'slurm.ssh: "a b" is not a host; use a value such as login1 or me@login1'],
    [
      'slurm: {partition: p, extra_args: [nice]}',
      'slurm.extra_args[0]: "nice" is not a valid sbatch option; use an option such as --nice',
    ],
    [
      'slurm: {partition: p, extra_args: [--array=1]}',
      'slurm.extra_args[0]: "--array=1" is set by hotcb; remove it, and use the corresponding field instead',
    ],
    ['slurm: {partition: p, extra_args: [-J]}', 'slurm.extra_args[0]: "-J" is set by hotcb'],
    [
      'gridengine: {extra_args: [gpu]}',
      'gridengine.extra_args[0]: "gpu" is not a valid qsub option; use an option such as -l gpu=1',
    ],
    ['gridengine: {cpus_per_task: 2}', 'gridengine.cpus_per_task: 2 needs `parallel_environment: NAME`'],
    ['executor: slurm', 'executor: slurm needs a `slurm` block with a partition'],
    ['executor: gridengine', 'executor: gridengine needs a `gridengine` block, which may be empty: {}'],
  ])('%s is refused', (yaml, start) => {
    // biome-ignore format: a table
    expect(problem(yaml).slice(0, start.length)).toBe(start)
  })

  test("accepts times and sizes in SLURM's formats", () => {
    const times = ['5', '5:30', '1:00:00', '1-0', '2-12:30', '1-1:1:1', 'UNLIMITED', 'INFINITE']
    for (const text of times) expect([text, resourceProblem('time', text)]).toEqual([text, null])
    for (const text of ['', '1h', '1:2:3:4', '-1', 'x1', '1-', '1:234'])
      expect(resourceProblem('time', text)).toMatch(/^is not a SLURM time/)
    for (const text of ['8', '8G', '8g', '12MB', '1T', '5K'])
      expect([text, resourceProblem('mem', text)]).toEqual([text, null])
    for (const text of ['', '8.5G', 'G', '8X', '8 G', 'x8G']) expect(resourceProblem('mem', text)).toMatch(/^is not a SLURM memory size/) // biome-ignore format: short
    expect(['8', '1K', '2kb', '3M', '1.5G', '2T', 'x', '', '8X'].map(memoryBytes)).toEqual([
      ...[8, 1024, 2048, 3 * 2 ** 20, 1.5 * 2 ** 30, 2 * 2 ** 40, undefined, undefined, undefined],
    ])
  })
})

describe('the `local` block', () => {
  test('has its slots, its fractions of GPUs and its memory', () => {
    const { local } = block('local: {max_concurrent: 2, cpus_per_task: 3, gpus_per_task: 0.5, mem_per_task: 2G, gpus: [0, "1"], kill_wait: 0}') // biome-ignore format: one block
    expect(local).toEqual({ maxConcurrent: 2, cpusPerTask: 3, gpusPerTask: 0.5, memPerTask: 2 ** 31, gpus: ['0', '1'], killWait: 0 }) // biome-ignore format: short
    expect(block('local: {gpus: auto, gpus_per_task: 2}').local).toMatchObject({ gpus: 'auto', gpusPerTask: 2 })
  })

  test.each([
    [
      'local: {gpus_per_task: 1.5}',
      'local.gpus_per_task: 1.5 is neither a whole number of GPUs nor a fraction of one GPU',
    ],
    ['local: {gpus: 2}', 'local.gpus: "2" is not a list of GPUs; use auto, or a list such as [0, 1]'],
    ['local: {gpus: []}', 'local.gpus: the list is empty; name a GPU, or use auto'],
    ['local: {gpus: [0, 1, 0]}', 'local.gpus[2]: GPU 0 is listed twice; remove one'],
    ['local: {mem_per_task: 0}', 'local.mem_per_task: "0" is not a memory size; use a value such as 8G or 500M'],
    ['local: {mem_per_task: 1.5G}', 'local.mem_per_task: "1.5G" is not a memory'],
    ['retries: {oom: 101}', 'retries.oom: "101" is not a whole number >= 0 and <= 100; use a value such as 3'],
    ['retries: {backoff: -1}', 'retries.backoff: "-1" is not a number >= 0; use a value such as 60'],
    ['prune_grace_seconds: 1.5', 'prune_grace_seconds: "1.5" is not a whole number >= 0'],
  ])('%s is refused', (yaml, start) => {
    expect(problem(yaml).slice(0, start.length)).toBe(start)
  })

  test('can be combined with retries, times and overrides', () => {
    const config = block(
      'retries: {oom: 2, killed: 1, backoff: 5}\nprune_grace_seconds: 0\nstatic_overrides: [a=1, b=2]',
    )
    expect(config.retries).toMatchObject({ byClass: { oom: 2, killed: 1, preempted: 5 }, backoff: 5 })
    expect([config.pruneGraceSeconds, config.staticOverrides]).toEqual([0, ['a=1', 'b=2']])
    expect(block('hydra: {static_overrides: [c=3]}').staticOverrides).toEqual(['c=3'])
  })
})

describe('a parameter', () => {
  const one = (fields: string) => read(`${HEAD}grid: all\nparameters:\n  x: {${fields}}\n`).parameters[0]

  test('of each kind has a range, a default and an abbreviation', () => {
    expect(one('type: continuous, low: 0.001, high: 1, scale: log, steps: 3, default: 1, abbrev: a')).toEqual({
      ...{ kind: 'continuous', name: 'x', abbrev: 'a', default: float(1), low: 0.001, high: 1, isLog: true, steps: 3 },
    })
    expect(one('type: continuous, low: 0, high: 1')).toMatchObject({ isLog: false, steps: 5, default: null })
    expect(one('type: int, low: 1, high: 9, step: 2, default: 9')).toMatchObject({ kind: 'int', low: 1, high: 9, step: 2, default: int(9) }) // biome-ignore format: short
    expect(one('type: int, low: 1, high: 9')).toMatchObject({ step: 1, isLog: false })
    const labels = one(
      'type: discrete, values: [adam, "a b", 1.0, true], labels: [w, x, y, z], ordered: true, default: 1',
    )
    expect(labels).toMatchObject({
      ...{ values: [str('adam'), str('a b'), float(1), bool(true)], labels: ['w', 'x', 'y', 'z'], isOrdered: true },
      default: float(1),
    })
    const normal = read(`${HEAD}search: {method: random, trials: 2}\nparameters:\n  x: {type: normal, mean: 1, sd: 2, default: 99}\n`) // biome-ignore format: short
    expect(normal.parameters[0]).toMatchObject({ kind: 'normal', mean: 1, sd: 2, default: float(99) })
  })

  test.each([
    ['type: continuous, low: 0, high: 1, default: 1.1', 'parameters.x.default: 1.1 is not between 0 and 1'],
    ['type: continuous, low: 0, high: 1, default: -0.1', 'parameters.x.default: -0.1 is not between 0 and 1'],
    ['type: int, low: 1, high: 3, default: 1.5', 'parameters.x.default: 1.5 is not between 1 and 3'],
    ['type: int, low: 3, high: 3', 'parameters.x.low: 3 is not below `high`, which is 3'],
    [
      'type: continuous, low: 0, high: 1, scale: log',
      'parameters.x.low: "0" is not a number > 0; use a value such as 1e-5',
    ],
    ['type: discrete, values: [1, 2], default: 3', 'parameters.x.default: 3 is not one of the values 1, 2'],
    ['type: discrete, values: [1, 1]', 'parameters.x.values[1]: 1 is listed twice; remove one'],
    [
      'type: discrete, values: [a b]',
      'parameters.x.values[0]: a list, or text that contains spaces or /, needs `labels`',
    ],
    [
      'type: discrete, values: [[1]]',
      'parameters.x.values[0]: a list, or text that contains spaces or /, needs `labels`',
    ],
    [
      'type: discrete, values: [1, 2], labels: [a]',
      'parameters.x.labels: 1 labels for 2 values; the counts must match',
    ],
    [
      'type: discrete, values: [1, 2], labels: [a, a]',
      'parameters.x.labels: two labels are equal; labels must be unique',
    ],
    [
      'type: discrete, values: [1, 2], labels: [a, ""]',
      'parameters.x.labels: the label "" is empty, or contains a space or /',
    ],
    [
      'type: continuous, low: 0, high: 1, steps: 0',
      'parameters.x.steps: "0" is not a whole number >= 1 and <= 1000000',
    ],
    ['type: int, low: 0.5, high: 1', 'parameters.x.low: "0.5" is not a whole number; use a value such as 1'],
  ])('with %s is refused', (fields, start) => {
    // biome-ignore format: a table
    expect(() => one(fields)).toThrow(start)
  })

  test('accepts a default at the end of its range, or one of its values', () => {
    for (const value of [0, 1])
      expect(one(`type: continuous, low: 0, high: 1, default: ${value}`)?.default).toEqual(float(value))
    for (const value of [1, 3])
      expect(one(`type: int, low: 1, high: 3, default: ${value}`)?.default).toEqual(int(value))
  })
})

describe("a sweep's plan", () => {
  test('has an objective, seeds and early stopping', () => {
    const config = block(`objective: {metric: loss, direction: max, value: best}
seeds: {values: [4, 5], param: s, aggregate: median}
successive_halving: {metric: acc, direction: min, min_steps: 2, budget: 9, eta: 3, mode: asha, smooth: 4}`)
    expect(config.objective).toEqual({ metric: 'loss', direction: 'max', value: 'best' })
    expect(config.seeds).toEqual({ param: 's', values: [int(4), int(5)], aggregate: 'median' })
    expect(config.parameters[1]).toMatchObject({ name: 's', values: [int(4), int(5)], default: int(4) })
    expect(config.halving).toEqual({
      ...{
        metric: 'acc',
        direction: 'min',
        minSteps: 2,
        budget: 9,
        eta: 3,
        mode: 'asha',
        smooth: 4,
        startup: 5,
        interval: 2,
      },
    })
    const bare = block('successive_halving: {metric: acc, direction: min, min_steps: 2, budget: 9}\nseeds: {count: 2}')
    expect(bare.halving).toMatchObject({ eta: 2, mode: 'sync', smooth: 1 })
    expect(bare.objective).toEqual({ metric: 'acc', direction: 'min', value: 'last' })
    expect(bare.seeds).toEqual({ param: 'seed', values: [int(0), int(1)], aggregate: 'mean' })
  })

  test('has a budget, with a time in epoch seconds', () => {
    expect(
      block('budget: {gpu_hours: 2, cpu_hours: 3, trials: 4, until: "2030-01-31T18:00:00Z", hard: true}').budget,
    ).toEqual({
      ...{ gpuHours: 2, cpuHours: 3, trials: 4, until: Date.UTC(2030, 0, 31, 18) / 1000, isHard: true },
    })
    expect(block('budget: {trials: 4}').budget).toEqual({ gpuHours: null, cpuHours: null, trials: 4, until: null, isHard: false }) // biome-ignore format: short
    expect(problem('budget: {until: 2030-02-31}')).toBe('budget.until: "2030-02-31" is not a time; use a value such as "2030-01-31T18:00:00Z"') // biome-ignore format: short
    expect(problem('budget: {hard: true}')).toBe('budget: sets no limit; use gpu_hours, cpu_hours, trials or until')
  })

  test('for a population has its rules, a control for each parameter, and all trials running at once', () => {
    const config = read(`${HEAD}search: {method: pbt, trials: 4, seed: 3}\nobjective: {metric: l, direction: min}
population: {interval: 5}\n${LR}`)
    expect(config.population).toEqual({
      interval: 5,
      truncation: 0.2,
      factor: 0.2,
      resample: 0.25,
      controls: { lr: 'lr' },
    })
    expect(config.local.maxConcurrent).toBe(4)
  })

  test('has conditions with their tests and effects', () => {
    const { conditions } = block(`conditions:
  - {name: c, when: {lr: 0.1}, force: {lr: 0.2}, set: {x: "1e-3", y: {expr: "lr * 2"}}}
  - {when: {lr: [0.1, 0.2]}, exclude: {lr: [0.1]}}
  - {when: {lr: {ge: 0.2}, expr: "lr > 0"}, slurm: {mem: 9G}}`)
    expect(conditions.map(({ name, line }) => [name, line])).toEqual([['c', 7], ['unnamed', 8], ['unnamed', 9]]) // biome-ignore format: pairs
    expect(conditions[0]).toMatchObject({
      ...{ when: [{ kind: 'value', name: 'lr', op: 'eq', operand: float(0.1) }], force: [['lr', float(0.2)]], exclude: [] },
      set: [['x', float(0.001)], ['y', expect.objectContaining({ text: 'lr * 2' })]],
    }) // biome-ignore format: pairs
    expect(conditions[1]).toMatchObject({ when: [{ op: 'in' }], exclude: [['lr', [float(0.1)]]] })
    expect(conditions[2]).toMatchObject({ when: [{ op: 'ge' }, { kind: 'expr' }], slurm: { mem: '9G' } })
  })
})
