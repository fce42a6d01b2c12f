import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { answerCommands, control, writeRun } from './answerer.ts'
import { BEGIN, newRun } from './autopilot-run.ts'
import { runHere, type StartedHere, startHere } from './here.ts'
import { type Ended, temporaryDirectory } from './hotcb.ts'

const WAIT_MS = 300_000
const RULES = `version: 2
rules:
  - {id: falls, when: "loss < 1.5", action: {set: {lr: x0.5}}, confidence: high, settle: 50000, cooldown: 100000}
  - {id: never, when: "loss < 0", action: {set: {lr: x0.5}}, confidence: high}
`

function record(step: number, loss: number): string {
  return `${JSON.stringify({ step, wall_time: 1_790_000_000 + step, metrics: { loss } })}\n`
}

/** A run whose trainer applies everything. */
function trainedRun(): string {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'rules.yaml'), RULES)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'rules: [rules.yaml]\n')
  answerCommands(dir, () => ({}))
  writeRun(dir, { actuators: { controls: [control('lr'), control('ce', 'loss')] }, metrics: record(0, 2) })
  return dir
}

/** Starts `autopilot run`, and waits until it is watching the run. */
async function started(dir: string, ...words: readonly string[]): Promise<StartedHere> {
  const pilot = startHere(['--dir', dir, 'autopilot', 'run', ...words])
  await vi.waitFor(() => expect(pilot.printed.out).not.toBe(''), WAIT_MS)
  return pilot
}

function lessOf(dir: string, { code, out, err }: Ended): Ended {
  const plain = (text: string): string => text.replaceAll(dir, 'RUN').replace(/q-[0-9a-f]+/g, 'q-ID')
  return { code, out: plain(out), err: plain(err) }
}

test('`autopilot run` prints the proposals of the rules until it is interrupted', async () => {
  const dir = trainedRun()
  const pilot = await started(dir, '--key-metric', 'loss')
  for (let step = 1; step < 30; step++) appendFileSync(join(dir, 'hotcb.metrics.jsonl'), record(step, 2 - step / 20))
  await vi.waitFor(() => expect(pilot.printed.out).toContain('proposes'), WAIT_MS)
  const busy = await runHere([
    '--dir',
    dir,
    'autopilot',
    'propose',
    'set lr=x0.5',
    '--note',
    'it is high',
    '--wait=300',
  ])
  expect(lessOf(dir, busy)).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: ann asked through cli: it is high; nothing is done: a1-1 is open\n',
  })
  expect(lessOf(dir, await runHere(['--dir', dir, 'autopilot', 'run']))).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(
      /^hotcb: .*is held by autopilot .*; stop it first, or take the log over with `--take-over`\n$/,
    ),
  })
  expect(lessOf(dir, await pilot.interrupt())).toEqual({
    code: 130,
    out: 'autopilot is watching RUN: mode suggest, key metric loss\nstep 11  a1-1 falls proposes lr 0.1 → 0.05: loss < 1.5 is true\nstep 29  a1-2 agent: ann asked through cli: it is high; nothing is done: a1-1 is open\n',
    err: '',
  })
})

test('`--json` prints one document per event, `--rules` and `--mode` are applied, and `--take-over` ends another one', async () => {
  const dir = trainedRun()
  writeFileSync(join(dir, 'other.yaml'), RULES.replace('id: falls', 'id: drops'))
  const pilot = await started(dir, '--json', '--mode', 'auto', '--rules', join(dir, 'other.yaml'))
  for (let step = 1; step < 30; step++) appendFileSync(join(dir, 'hotcb.metrics.jsonl'), record(step, 2 - step / 20))
  await vi.waitFor(() => expect(pilot.printed.out).toContain('"act"'), WAIT_MS)
  const second = await started(dir, '--take-over')
  const { code, out } = await pilot.ended
  expect(code).toBe(1)
  const [begin, event] = out.split('\n').map((line) => (line === '' ? {} : JSON.parse(line)))
  expect(begin).toEqual({ mode: 'auto', key_metric: null, n: 1 })
  expect(event).toMatchObject({ kind: 'act', rule: 'drops', step: 11, command: { params: { lr: 0.05 } } })
  expect((await second.interrupt()).code).toBe(130)
})

test('a request becomes a proposal, and is approved', async () => {
  const dir = trainedRun()
  const pilot = await started(dir)
  const propose = (line: string, ...words: readonly string[]): Promise<Ended> =>
    runHere(['--dir', dir, 'autopilot', 'propose', line, '--note', 'it is high', ...words])
  expect(lessOf(dir, await propose('set ce=2', '--wait=300'))).toEqual({
    code: 0,
    out: 'a1-1 ce 0.1 → 2: waiting for a person\n',
    err: '',
  })
  const json = await propose('pause', '--json', '--wait=30')
  expect({ ...json, out: JSON.parse(json.out) }).toEqual({
    code: 0,
    out: {
      request: expect.stringMatching(/^q-/),
      id: 'a1-2',
      state: 'open',
      reason: 'ann asked through cli: it is high; needs approval because an agent requested it',
    },
    err: '',
  })
  const refused = await propose('set ce=3', '--json', '--wait=300')
  expect({ ...refused, out: JSON.parse(refused.out) }).toEqual({
    code: 1,
    out: {
      request: expect.stringMatching(/^q-/),
      id: null,
      state: 'refused',
      reason: 'ann asked through cli: it is high; nothing is done: a1-1 is open',
    },
    err: '',
  })
  await pilot.interrupt()
})

test('a request that is not answered in time remains queued', async () => {
  const dir = newRun([BEGIN])
  const propose = (...words: readonly string[]): Promise<Ended> =>
    runHere(['--dir', dir, 'autopilot', 'propose', 'set lr=x0.5', '--note', 'why', ...words])
  expect(await propose('--no-wait')).toEqual({
    code: 0,
    out: 'requested; the autopilot has not answered yet\n',
    err: '',
  })
  expect(await propose('--wait=0.05')).toEqual({
    code: 3,
    out: '',
    err: 'requested; the autopilot has not answered yet\n',
  })
  const json = await propose('--wait=0.05', '--json')
  expect({ ...json, out: JSON.parse(json.out) }).toEqual({
    code: 3,
    out: {
      request: expect.stringMatching(/^q-/),
      id: null,
      state: 'requested',
      reason: null,
    },
    err: '',
  })
  const quiet = await propose('--no-wait', '--json')
  expect({ code: quiet.code, err: quiet.err }).toEqual({ code: 0, err: '' })
  const requests = readdirSync(dir).filter((name) => !/\.(commands|applied|actuators|state|autopilot)\./.test(name))
  expect(requests).toEqual(['hotcb.proposals.jsonl'])
})

test.each<[string, readonly string[], number, string]>([
  ['set lr=1', [], 2, '`--note` is missing: explain the proposal'],
  ['set lr=1', ['--note', ' '], 2, '`--note` is missing: explain the proposal'],
  ['freeze', ['--note', 'x'], 1, 'a freeze cannot be proposed; only commands for the trainer can'],
  ['set lr=1 ce=2', ['--note', 'x'], 1, 'a proposal is one command, but these are 2: propose them one by one'],
  [
    'set lr=1 --at 5',
    ['--note', 'x'],
    1,
    '`--at` and `--expires` cannot be proposed: a proposal is applied when it is approved',
  ],
  [
    'set lr=1 --expires step=5',
    ['--note', 'x'],
    1,
    '`--at` and `--expires` cannot be proposed: a proposal is applied when it is approved',
  ],
  ['set lr=1 --note y', ['--note', 'x'], 1, '`--note` belongs to the proposal, not to its command'],
  ['set lrr=1', ['--note', 'x'], 1, 'unknown key `lrr`: did you mean `lr`?'],
  ['sett lr=1', ['--note', 'x'], 1, 'unknown command "sett": did you mean `hotcb set`?'],
  [
    'set lr=1',
    ['--note', 'x'],
    1,
    'no autopilot is watching this run, so no one would see the proposal; start one with `hotcb autopilot run`; for a run shown in a dashboard, use `hotcb serve --autopilot suggest`',
  ],
])('`propose %j` with %j is refused', async (line, words, code, message) => {
  const ended = await runHere(['--dir', newRun([]), 'autopilot', 'propose', line, ...words])
  expect(ended).toEqual({ code, out: '', err: `hotcb: ${message}\n` })
})
