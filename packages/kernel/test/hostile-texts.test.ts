import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_DEPTH, type Op, type Outcome, TOO_DEEP } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { latestCheckpoint, openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

/** Brackets deep enough to overflow the stack of recursive code. */
const brackets = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

/**
 * Opens a kernel on a directory, trains some steps and closes it: none of it may throw. Returns the results of `apply`.
 */
function train(dir: string): readonly boolean[] {
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  const stops = [kernel.continueFrom({ step: 0, maxSteps: 9 }).stop]
  for (let step = 0; step < 3; step++) stops.push(kernel.apply({ step }, ['train_step_end']).stop)
  kernel.close()
  return stops
}

function seqsOf(dir: string): readonly number[] {
  return ledger(dir).map(({ seq }) => seq)
}

function counted(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i + 1)
}

test('commands nested too deep are rejected with one line each, once, and leave no gap in `seq`', () => {
  const dir = runDir()
  const file = join(dir, 'hotcb.commands.jsonl')
  for (const depth of [MAX_DEPTH, 4500, 300_000]) {
    appendFileSync(file, `{"cid":"d${depth}","module":"opt","op":"set_params","params":{"lr":${brackets(depth)}}}\n`)
    appendFileSync(file, `{"module":"opt","op":"set_params","at":{"step":${brackets(depth)}}}\n${brackets(depth)}\n`)
  }
  command(dir, { cid: 'good', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  train(dir)
  train(dir)
  const lines = answers(dir)
  expect(lines.map(({ decision }) => decision)).toEqual([...Array<string>(9).fill('rejected'), 'applied'])
  // The third is a list of a hundred lists: JSON, but not a command.
  const reasons = lines.slice(0, 9).map(({ error }) => error)
  expect(reasons.filter((reason) => reason?.includes(TOO_DEEP))).toHaveLength(8)
  for (const reason of reasons) expect(reason).toMatch(/^byte \d+: [^\p{Cc}]{1,300}$/u)
  expect(seqsOf(dir)).toEqual(counted(ledger(dir).length))
})

test('values at the depth limit of a command are checked like any other', () => {
  const dir = runDir()
  const params = JSON.parse(brackets(MAX_DEPTH - 2))
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: params } })
  train(dir)
  expect(answers(dir)).toMatchObject([
    {
      cid: 'a',
      decision: 'failed',
      params: { lr: params },
      error: expect.stringMatching(/^`lr` must be [^\n]{1,200}$/),
    },
  ])
})

test.each([
  [
    'r.jsonl',
    'replay',
    /^r\.jsonl:2: expected one JSON object per line: arrays and objects are nested more than 100 deep$/,
  ],
  ['o.json', 'replay_adjusted', /^o\.json: arrays and objects are nested more than 100 deep$/],
  ['o.yaml', 'replay_adjusted', /^o\.yaml:1: arrays and objects are nested more than 100 deep$/],
])('%s nested too deep stops the training before its first step, with a one-line reason', (file, mode, reason) => {
  const dir = runDir()
  writeFileSync(join(dir, 'r.jsonl'), '\n')
  writeFileSync(join(dir, file), `${file === 'r.jsonl' ? '\n' : ''}${brackets(4500)}\n`)
  writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify({ mode, recipe_path: 'r.jsonl', adjust_path: file }))
  for (let start = 0; start < 2; start++) expect(train(dir)).toEqual([true, true, true, true])
  const failed = ledger(dir).filter(({ decision }) => decision === 'failed')
  expect(failed.map(({ op, error }) => [op, error])).toEqual(Array(2).fill(['freeze', expect.stringMatching(reason)]))
  expect(seqsOf(dir)).toEqual(counted(ledger(dir).length))
})

test('a freeze document nested too deep freezes, like any that cannot be parsed', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.freeze.json'), brackets(4500))
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  train(dir)
  expect(answers(dir)).toMatchObject([{ cid: 'a', decision: 'ignored_freeze' }])
})

test('a desired state nested too deep, or with infinite aliases, is rejected once in one line', () => {
  for (const [text, reason] of [
    [brackets(4500), `hotcb.yaml:1: ${TOO_DEEP}`],
    ['opt: &a\n  params: { x: *a }\n', `hotcb.yaml: ${TOO_DEEP}`],
  ] as const) {
    const dir = runDir()
    writeFileSync(join(dir, 'hotcb.yaml'), text)
    train(dir)
    expect(ledger(dir).filter(({ op }) => op === 'yaml')).toMatchObject([{ decision: 'rejected', error: reason }])
  }
})

test('an empty desired state, or one with only comments, requests nothing', () => {
  for (const text of ['', '# nothing yet\n', '\ufeff', '---\n', '\r\n']) {
    const dir = runDir()
    writeFileSync(join(dir, 'hotcb.yaml'), text)
    train(dir)
    expect(ledger(dir).map(({ op }) => op)).toEqual(['attempt'])
  }
})

test('a ledger line nested too deep is skipped, and the others stay valid', () => {
  const dir = runDir()
  const line = { seq: 1, step: 0, module: 'opt', op: 'set_params', decision: 'applied', cid: null, call: 0 }
  writeFileSync(
    join(dir, 'hotcb.applied.jsonl'),
    `{"seq":1,"module":"opt","op":"set_params","decision":"applied","params":${brackets(4500)}}\n${JSON.stringify({ ...line, payload: { lr: 0.5 } })}\n`,
  )
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  kernel.continueFrom({ step: 1 })
  kernel.close()
  expect(optimizer.paramGroups[0]?.lr).toBe(0.5)
})

test('documents nested too deep are skipped: state, run, capabilities, a checkpoint', () => {
  const dir = runDir()
  for (const file of ['hotcb.state.json', 'hotcb.run.json', 'hotcb.capabilities.json', 'hotcb.actuators.json']) {
    writeFileSync(join(dir, file), brackets(4500))
  }
  mkdirSync(join(dir, 'hotcb.checkpoints', 'deep'), { recursive: true })
  const meta = `{"step":3,"seq":1,"modules":{"x":${brackets(4500)}}}`
  writeFileSync(join(dir, 'hotcb.checkpoints', 'deep', 'meta.json'), meta)
  expect(latestCheckpoint(dir)).toBeNull()
  train(dir)
})

test('a byte order mark at the start of any file is skipped', () => {
  const dir = runDir()
  const recipe = '{"at":{"step":1},"module":"opt","op":"set_params","params":{"lr":0.5}}\n'
  writeFileSync(join(dir, 'r.jsonl'), `\ufeff${recipe}`)
  writeFileSync(join(dir, 'o.json'), '\ufeff{"patches":[{"match":{"module":"opt"},"replace_params":{"lr":0.25}}]}')
  writeFileSync(
    join(dir, 'hotcb.freeze.json'),
    '\ufeff{"mode":"replay_adjusted","recipe_path":"r.jsonl","adjust_path":"o.json"}',
  )
  expect(train(dir)).toEqual([false, false, false, false])
  expect(ledger(dir).filter(({ source }) => source === 'replay')).toMatchObject([{ payload: { lr: 0.25 } }])
})

test('a command too long for its ledger line is rejected, and one whose line would be too long still gets its decision', () => {
  const dir = runDir()
  const long = 'x'.repeat(5 * 1024 * 1024)
  command(dir, { cid: 'long', module: 'odd', op: 'do', params: { text: long } })
  command(dir, { cid: 'wide', module: 'odd', op: 'do', params: { text: '\u20ac'.repeat(3_000_000) } })
  const applyOp = ({ params }: Op): Outcome => ({ ok: true, payload: params, old: params })
  for (let start = 0; start < 2; start++) {
    const kernel = openKernel(dir, { modules: [{ name: 'odd', applyOp }], lookMs: 0 })
    for (let step = 0; step < 5; step++) kernel.apply({ step })
    kernel.close()
  }
  expect(answers(dir)).toMatchObject([
    {
      cid: expect.stringMatching(/^o0-/),
      decision: 'rejected',
      error: expect.stringMatching(
        /^byte 0: the command is too long: \d+ characters; the limit is 5 Mi: "\{.{50,120}$/,
      ),
    },
    { cid: 'wide', decision: 'applied', payload: null, notes: expect.stringContaining('is too long') },
  ])
})

test.each([
  ['a `seq` too large to grow by one', { seq: 1e300, step: 1, call: 0 }],
  ['a `seq` below 0', { seq: -4, step: 1, call: 0 }],
  ['a step below -1', { seq: 99, step: -5, call: 0 }],
  ['a step that is not a whole number', { seq: 99, step: 1.5, call: 0 }],
  ['a call below 0', { seq: 99, step: 1, call: -3 }],
])('a ledger line with %s is logged and changes nothing', (_what, place) => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  train(dir)
  const before = ledger(dir).length
  const forged = { ...place, module: 'opt', op: 'set_params', decision: 'applied', payload: { lr: 0.9 }, cid: 'f' }
  appendFileSync(join(dir, 'hotcb.applied.jsonl'), `${JSON.stringify(forged)}\n`)
  const { optimizer, state } = toyTrainer()
  const noted: string[] = []
  const kernel = openKernel(dir, { state, lookMs: 0, log: (message) => noted.push(message) })
  kernel.continueFrom({ step: 3, maxSteps: 9 })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { momentum: 0.8 } })
  kernel.apply({ step: 3 })
  kernel.close()
  expect(optimizer.paramGroups[0]).toMatchObject({ lr: 0.5, momentum: 0.8 })
  expect(noted.filter((line) => line.includes('is not a ledger line: '))).not.toEqual([])
  expect(noted.filter((line) => line.includes('went back'))).toEqual([])
  expect(seqsOf(dir).filter((seq) => seq !== place.seq)).toEqual(counted(before + 2))
})
