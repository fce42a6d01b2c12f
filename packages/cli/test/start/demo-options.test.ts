import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readOverrides } from '../../src/commands/start/demo-overrides.ts'
import type { DemoCommandOptions } from '../../src/context.ts'
import { runHere } from '../here.ts'
import { temporaryDirectory } from '../surroundings.ts'

/** Runs `hotcb demo` with a demo that only records its options. */
async function demo(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const seen: unknown[] = []
  const runDemo = ({ serve, ...options }: DemoCommandOptions): Promise<number> => {
    seen.push(options, serve === undefined ? 'not served' : 'served')
    return Promise.resolve(options.json === true ? 0 : 7)
  }
  const { code, err } = await runHere(['demo', ...words], { env, ports: { runDemo } })
  return seen.length > 0 && [0, 7].includes(code) ? seen : [code, err.trimEnd()]
}

const NONE = { continue: false, takeOver: false, keep: false, json: false }

test('the demo gets the options that were typed', async () => {
  expect(await demo([])).toEqual([NONE, 'served'])
  expect(await demo(['--no-serve'])).toEqual([NONE, 'not served'])
  expect(await demo(['--json'])).toEqual([{ ...NONE, json: true }, 'not served'])
  expect(await demo(['--dir', 'runs/a', '--keep', '--golden'])).toEqual([
    { ...NONE, dir: 'runs/a', keep: true, golden: true },
    'served',
  ])
  const numbers = ['--max-steps', '10', '--max-time', '2.5', '--step-delay', '0.5', '--seed', '3', '--ranks', '2']
  expect(await demo([...numbers, '--checkpoint-every', '5', '--config', 'digits-adam', '--tune', 'observe'])).toEqual([
    {
      ...NONE,
      ...{ maxSteps: 10, maxTimeSeconds: 2.5, stepDelaySeconds: 0.5, seed: 3, ranks: 2, checkpointEvery: 5 },
      ...{ config: 'digits-adam', tune: 'observe' },
    },
    'served',
  ])
  expect(await demo(['--autopilot', 'auto', '--key-metric', 'loss:min'])).toMatchInlineSnapshot(`
    [
      {
        "autopilot": {
          "keyMetric": {
            "direction": "min",
            "name": "loss",
          },
          "mode": "auto",
        },
        "continue": false,
        "json": false,
        "keep": false,
        "takeOver": false,
      },
      "served",
    ]
  `)
  expect(await demo(['--autopilot', 'suggest'])).toEqual([{ ...NONE, autopilot: { mode: 'suggest' } }, 'served'])
  expect(await demo(['--overrides', 'lr=0.1 optimizer=adam seed=2'])).toEqual([
    { ...NONE, config: 'digits-adam', seed: 2, initial: { lr: 0.1 } },
    'served',
  ])
})

test('the demo serves its run with the given port and environment', async () => {
  const dir = join(temporaryDirectory(), 'a')
  const served: unknown[] = []
  const startDashboard = ({ env: _, mcp: __, ...options }: object & { env?: unknown; mcp?: unknown }) => {
    served.push(options)
    return Promise.resolve({ address: '', port: 1, notes: [], close: () => Promise.resolve() })
  }
  const runDemo = async ({ serve }: DemoCommandOptions): Promise<number> => {
    await serve?.(dir)
    return 0
  }
  await runHere(['demo', '--port', '8123'], { ports: { runDemo, startDashboard } })
  await runHere(['demo'], { ports: { runDemo, startDashboard } })
  expect(served).toEqual([{ dir, port: 8123 }, { dir }])
})

test('demo options that cannot be combined are refused', async () => {
  const dir = temporaryDirectory()
  await runHere(['init', '--dir', join(dir, 'exp-001')])
  const near = await demo(['--continue', '--dir', join(dir, 'exp-002')])
  expect([
    await demo(['--take-over']),
    await demo(['--key-metric', 'loss:min']),
    await demo(['--autopilot', 'fast']),
    await demo(['--python', '--golden']),
    await demo(['--python', '--config', 'digits']),
    await demo(['--python', '--overrides', 'lr=1']),
    await demo(['--overrides', 'lr=1', '--ranks', '2']),
    (await runHere(['demo'])).err,
    JSON.parse(JSON.stringify(near).replaceAll(dir, 'DIR')),
  ]).toMatchInlineSnapshot(`
    [
      [
        2,
        "hotcb: \`--take-over\` needs \`--continue\`",
      ],
      [
        2,
        "hotcb: \`--key-metric\` requires \`--autopilot\`",
      ],
      [
        2,
        "hotcb: unknown mode \`fast\`: off, suggest, auto",
      ],
      [
        2,
        "hotcb: \`--golden\` and \`--python\` cannot be combined",
      ],
      [
        2,
        "hotcb: \`--config\` and \`--python\` cannot be combined",
      ],
      [
        2,
        "hotcb: \`--overrides\` and \`--python\` cannot be combined",
      ],
      [
        2,
        "hotcb: \`--overrides\` cannot be combined with \`--ranks\`",
      ],
      "hotcb: this program was built without the demo; use \`npx hotcb demo\`, which includes it, or \`hotcb demo --python\`, which trains in PyTorch
    ",
      [
        1,
        "hotcb: the directory \`DIR/exp-002\` does not exist; did you mean \`DIR/exp-001\`?",
      ],
    ]
  `)
  const python = await demo(['--python', '--dir', join(dir, 'p')], {
    HOTCB_PYTHON: '/no/such/python',
    PYTHON: '/no/such/python',
  })
  expect(python).toMatchInlineSnapshot(`
    [
      1,
      "hotcb: python: \`/no/such/python\` cannot be used: spawnSync /no/such/python ENOENT; install Python 3.9 or later, or set HOTCB_PYTHON to one",
    ]
  `)
})

test('overrides are read key by key', () => {
  expect(readOverrides()).toEqual({})
  expect(readOverrides('', '2')).toEqual({})
  const text = ' experiment_name=a  lr=0.1 weight_decay=1e-3 momentum=0 clip_norm=2 optimizer=sgd seed=1 max_steps=300 '
  expect(readOverrides(text)).toEqual({
    ...{ config: 'digits', seed: 1, maxSteps: 300 },
    initial: { lr: 0.1, weightDecay: 0.001, momentum: 0, clipNorm: 2 },
  })
  const refused = ['lrr=1', 'lr', '=1', 'quite_other=1', 'optimizer=rms', 'lr=fast', 'seed=', 'max_steps=1=2']
  const said = refused.map((one) => {
    try {
      return readOverrides(one)
    } catch (error) {
      return String(error)
    }
  })
  expect(said).toMatchInlineSnapshot(`
    [
      "CommandError: \`--overrides\`: unknown \`lrr\`: did you mean \`lr\`?",
      "CommandError: \`--overrides\`: unknown \`lr\`: choose from lr, weight_decay, momentum, clip_norm, optimizer, seed, max_steps, experiment_name",
      "CommandError: \`--overrides\`: unknown \`=1\`: choose from lr, weight_decay, momentum, clip_norm, optimizer, seed, max_steps, experiment_name",
      "CommandError: \`--overrides\`: unknown \`quite_other\`: choose from lr, weight_decay, momentum, clip_norm, optimizer, seed, max_steps, experiment_name",
      "CommandError: \`--overrides\`: \`optimizer\` must be sgd or adam, got rms",
      "CommandError: \`--overrides\`: \`lr\` must be a number, got fast",
      "CommandError: \`--overrides\`: \`seed\` must be a number, got ",
      "CommandError: \`--overrides\`: \`max_steps\` must be a number, got 1=2",
    ]
  `)
  expect(() => readOverrides('lr=1', '2')).toThrow('`--overrides` cannot be combined with `--ranks`')
})
