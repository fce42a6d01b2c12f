import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { control, stateDocument, writeRun } from './answerer.ts'
import { runHere } from './here.ts'
import { temporaryDirectory } from './hotcb.ts'
import { MARKS } from './marked-terminal.ts'

type Files = Parameters<typeof writeRun>[1]

/** A directory with these runs below it. */
function directory(runs: Readonly<Record<string, Files>>): string {
  const cwd = temporaryDirectory()
  for (const [name, files] of Object.entries(runs)) {
    mkdirSync(join(cwd, name), { recursive: true })
    writeRun(join(cwd, name), { commands: '', ...files })
  }
  return cwd
}

function metrics(...lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

const FOREIGN = '{"seq":1,"step":3,"module":"opt","op":"set_params","decision":"applied"}\n'

test('each run has its state, its step and its key metric', async () => {
  const elsewhere = { ...stateDocument().kernel, host: 'elsewhere', start: null }
  const cwd = directory({
    alive: {
      state: stateDocument(),
      metrics: metrics({ step: 500, metrics: { loss: 0.5 } }),
      run: { max_steps: 1000 },
    },
    paused: {
      state: stateDocument({ paused: true, step: 1234 }),
      metrics: metrics({ step: 7, metrics: { a: 1, b: 2 } }),
    },
    ended: {
      state: stateDocument({ closed: true }),
      metrics: metrics({ step: 400, metrics: { val_loss: 0.3 } }, { step: 412, metrics: { loss: 0.5, acc: 0.9 } }),
      run: { key_metric: 'acc', completed_at: '2026-09-21T14:13:20Z', final_metrics: { acc: 0.95 } },
    },
    dead: { state: stateDocument({ kernel: elsewhere }), metrics: metrics({ step: 1, metrics: { loss: null } }) },
    python: { ledger: FOREIGN },
    new: {},
  })
  utimesSync(join(cwd, 'dead/hotcb.state.json'), 1, Date.now() / 1000 - 3600)
  const { code, out, err } = await runHere(['runs'], { cwd, terminal: MARKS })
  expect({ code, err, out: out.split('\n') }).toEqual({
    code: 0,
    err: '',
    out: [
      '<bold>alive</bold>   <green>alive</green>     step 500, 501 of 1000 done  loss 0.5',
      '<bold>dead</bold>    <yellow>dead</yellow>    step 412                    loss nan',
      '<bold>ended</bold>   <dim>ended</dim>         step 412                    acc 0.95',
      '<bold>new</bold>     <dim>new</dim>',
      '<bold>paused</bold>  <yellow>paused</yellow>  step 1,234                  a 1',
      '<bold>python</bold>  <dim>python</dim>',
      '',
    ],
  })
  const json = JSON.parse((await runHere(['--dir', cwd, 'runs', '--json'])).out)
  expect(json.complete).toBe(true)
  expect(json.runs.map(({ run_dir: _, ...rest }: { run_dir: string }) => rest)).toEqual([
    {
      state: 'alive',
      step: 500,
      max_steps: 1000,
      metric: {
        name: 'loss',
        value: 0.5,
      },
    },
    {
      state: 'dead',
      step: 412,
      max_steps: null,
      metric: {
        name: 'loss',
        value: null,
      },
    },
    {
      state: 'ended',
      step: 412,
      max_steps: null,
      metric: {
        name: 'acc',
        value: 0.95,
      },
    },
    {
      state: 'new',
      step: null,
      max_steps: null,
      metric: null,
    },
    {
      state: 'paused',
      step: 1234,
      max_steps: null,
      metric: {
        name: 'a',
        value: 1,
      },
    },
    {
      state: 'python',
      step: null,
      max_steps: null,
      metric: null,
    },
  ])
})

test('a run that cannot be read is listed with the reason', async () => {
  const cwd = directory({ torn: { state: '{"protocol":' } })
  const { code, out } = await runHere(['runs'], { cwd })
  expect({ code, out: out.replaceAll(cwd, 'HERE') }).toEqual({
    code: 0,
    out: 'torn  unknown    `torn/hotcb.state.json` is not JSON: Unexpected end of JSON input\n',
  })
})

test('a directory without runs is reported by name', async () => {
  const cwd = temporaryDirectory()
  mkdirSync(join(cwd, 'empty'))
  writeFileSync(join(cwd, 'file'), '')
  expect((await runHere(['runs'], { cwd })).out).toBe('no runs below this directory\n')
  expect((await runHere(['--dir', 'empty', 'runs'], { cwd })).out).toBe('no runs below empty\n')
  expect(await runHere(['--dir', 'file', 'runs'], { cwd })).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: `file` is not a directory\n',
  })
})

test('`get` finds controls, weights and metrics, or suggests one', async () => {
  const groups = [{ name: 'body', value: 0.1 }]
  const cwd = directory({
    a: {
      actuators: {
        controls: [control('lr', 'optimizer', { groups }), control('ce', 'loss', { current: 2 }), control('x')],
      },
      metrics: metrics({ step: 3, metrics: { early: 1 } }, { step: 5, metrics: { loss: null, lr: 7 } }),
    },
    many: { actuators: { controls: Array.from({ length: 14 }, (_, i) => control(`k${i}`)) } },
    none: {},
  })
  const get = async (dir: string, key: string) => {
    const { out, err } = await runHere(['--dir', join(cwd, dir), 'get', key, '--json'])
    const { exit_code: _, code: __, ...found } = JSON.parse(out || err)
    return found
  }
  expect(await get('a', 'lr')).toEqual({ key: 'lr', kind: 'control', value: 0.1, groups })
  expect(await get('a', 'ce_w')).toEqual({ key: 'ce', kind: 'control', value: 2 })
  expect(await get('a', 'loss')).toEqual({ key: 'loss', kind: 'metric', value: null, step: 5 })
  expect(await get('a', 'early')).toEqual({ key: 'early', kind: 'metric', value: 1, step: 3 })
  expect(await get('a', 'x_w')).toEqual({
    error: '`x_w` is not a control or metric of this run: choose from lr, ce, x, loss, early',
    facts: {
      key: 'x_w',
      near: [],
      known: ['lr', 'ce', 'x', 'loss', 'early'],
    },
  })
  expect(await get('a', 'erly')).toEqual({
    error: '`erly` is not a control or metric of this run: did you mean `early`?',
    facts: {
      key: 'erly',
      near: ['early'],
      known: ['lr', 'ce', 'x', 'loss', 'early'],
    },
  })
  expect(await get('many', 'zzzzz')).toEqual({
    error:
      '`zzzzz` is not a control or metric of this run: choose from k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, …',
    facts: {
      key: 'zzzzz',
      near: [],
      known: ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9', 'k10', 'k11', 'k12', 'k13'],
    },
  })
  expect(await get('none', 'lr')).toEqual({
    error: '`lr` has no value: this run has no controls and no metrics yet',
    facts: {
      key: 'lr',
      near: [],
      known: [],
    },
  })
})
