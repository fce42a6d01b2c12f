import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HotModule, SubmittedOp } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import type { YamlPort } from '../src/options.ts'
import { memoryRun } from './memory-run.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

const momentum = (value: number): SubmittedOp => ({ module: 'opt', op: 'set_params', params: { momentum: value } })

function yamlOf(first: string): YamlPort & { text: string } {
  let seen: string | null = null
  const port: YamlPort & { text: string } = {
    text: first,
    changed: () => port.text !== seen,
    read: () => {
      seen = port.text
      return port.text
    },
    parse: parseYaml,
  }
  return port
}

test('a restart does not repeat requests of a YAML that was already reconciled, even if the value has changed since', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.yaml'), 'version: 1\nopt: { params: { momentum: 0.5 } }\n')
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  first.apply({ step: 0 })
  command(dir, { cid: 'a', ...momentum(0.7) })
  first.apply({ step: 1 })
  first.close()
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0 })
  second.continueFrom({ step: 2 })
  second.apply({ step: 2 })
  second.close()
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.7)
  expect(
    ledger(dir)
      .filter((line) => line.source === 'yaml')
      .map((line) => [line.op, line.attempt]),
  ).toEqual([
    ['yaml', 1],
    ['set_params', 1],
  ])
})

test('a malformed YAML is rejected once per content, and fixing it repeats no request', () => {
  const run = memoryRun()
  const good = 'version: 1\nopt: { params: { momentum: 0.5 } }\n'
  const yaml = yamlOf(good)
  const touched = { ...yaml, changed: () => true, read: () => yaml.text }
  const kernel = createKernel({ ...run, state: toyTrainer().state, yaml: touched })
  let step = 0
  for (const text of [good, good, 'opt: [', 'opt: [', good]) {
    yaml.text = text
    kernel.apply({ step: step++ })
    run.world.now += 100
  }
  const told = run.lines().filter((line) => line.source === 'yaml')
  expect(told.map((line) => [line.step, line.op, line.decision])).toEqual([
    [0, 'yaml', 'applied'],
    [0, 'set_params', 'applied'],
    [2, 'yaml', 'rejected'],
  ])
})

test('the first YAML with the freeze mode in force requests nothing', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, yaml: yamlOf('version: 1\ncore: { freeze_mode: "off" }\n') })
  kernel.apply({ step: 0 })
  expect(run.lines().map(({ op }) => op)).toEqual(['attempt', 'yaml'])
})

test('a line that an older kernel wrote after it had lost the directory is void, and its command is still open', () => {
  const dir = runDir()
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', ...momentum(0.5) })
  first.apply({ step: 0 })
  first.close()
  const path = join(dir, 'hotcb.applied.jsonl')
  const [opened = '', applied = ''] = readFileSync(path, 'utf8').split('\n')
  // Another kernel takes over before that line was written.
  const taken = opened.replace('"seq":1', '"seq":2').replaceAll('"attempt":1', '"attempt":2').replace('"n":1', '"n":2')
  writeFileSync(path, `${opened}\n${taken}\n${applied}\n`)
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0 })
  second.continueFrom({ step: 0 })
  second.apply({ step: 0 })
  second.close()
  expect(answers(dir).map(({ cid, decision, attempt }) => [cid, decision, attempt])).toEqual([
    ['a', 'applied', 1],
    ['a', 'applied', 3],
  ])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
})

test('commands that another kernel handled stay done after ours has owned the directory, and newer ones are taken', () => {
  const dir = runDir()
  const theirs =
    '{"seq": 1, "step": 3, "module": "opt", "op": "set_params", "id": "main", "decision": "applied", "params": {"momentum": 0.1}}\n'
  writeFileSync(join(dir, 'hotcb.applied.jsonl'), theirs)
  command(dir, { ...momentum(0.1), at: { step: 12 } })
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', ...momentum(0.2), at: { step: 11 } })
  // Killed before it took that command.
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0 })
  second.continueFrom({ step: 10 })
  for (let step = 10; step < 15; step++) second.apply({ step })
  second.close()
  first.close()
  expect(answers(dir).map((line) => [line.cid, line.step, line.decision])).toEqual([['a', 11, 'applied']])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.2)
})

test('after a start with `cut` a revert cannot reach the cut changes, and `off` drops all changes', () => {
  for (const [mode, from, stands] of [
    ['cut', 2, 0.5],
    ['off', 2, 0.9],
  ] as const) {
    const dir = runDir()
    const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
    command(dir, { cid: 'a', ...momentum(0.5) })
    command(dir, { cid: 'b', ...momentum(0.6), at: { step: 3 } })
    for (let step = 0; step < 5; step++) first.apply({ step })
    first.close()
    const { optimizer, state } = toyTrainer()
    const second = openKernel(dir, { state, lookMs: 0, continue: mode })
    second.continueFrom({ step: from })
    command(dir, { cid: 'c', module: 'core', op: 'revert', params: { seq: 3 } })
    for (let step = from; step < 6; step++) second.apply({ step })
    second.close()
    expect(optimizer.paramGroups[0]?.momentum).toBe(stands)
    expect(answers(dir).at(-1)).toMatchObject({ cid: 'c', decision: 'failed' })
    const seam = ledger(dir).filter((line) => line.payload?.cut === true)
    expect(seam.map((line) => line.payload?.step)).toEqual([mode === 'off' ? 0 : from])
  }
})

test('a replay that continues writes a seam with a cut, re-applies nothing, and follows its recipe from there', () => {
  const dir = runDir()
  const entry = (step: number, value: number) => ({ at: { step }, id: 'main', ...momentum(value) })
  writeFileSync(join(dir, 'r.jsonl'), [entry(1, 0.1), entry(3, 0.3)].map((one) => `${JSON.stringify(one)}\n`).join(''))
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"r.jsonl","policy":"strict"}')
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  for (let step = 0; step < 5; step++) first.apply({ step })
  first.close()
  const second = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  second.continueFrom({ step: 2 })
  for (let step = 2; step < 5; step++) second.apply({ step })
  second.close()
  expect(
    ledger(dir)
      .slice(4)
      .map(({ op, step, source, notes, payload }) => [op, step, source, notes, payload?.step]),
  ).toEqual([
    ['attempt', 3, 'kernel', null, null],
    ['attempt', 3, 'kernel', null, 2],
    ['set_params', 3, 'replay', null, undefined],
  ])
})

test('a `load` that returns no step fails, and rolls nothing back', () => {
  const run = memoryRun()
  const load = () => ({ tag: 'x', step: -1 })
  const kernel = createKernel({ ...run, checkpoints: { load } })
  run.command({ cid: 'a', module: 'core', op: 'checkpoint', params: { action: 'load' } })
  expect(kernel.apply({ step: 4 }).rewound).toBe(null)
  expect(run.lines().at(-1)).toMatchObject({
    decision: 'failed',
    error: '`load` must return {step: whole number >= 0}, got -1',
  })
})

test('the ledger is flushed to disk when a checkpoint is saved, a snapshot taken, and at close, and at no other time', () => {
  const run = memoryRun()
  const synced: number[] = []
  const ledgerPort = { ...run.ledger, sync: () => void synced.push(run.lines().length) }
  const kernel = createKernel({ ...run, ledger: ledgerPort, checkpoints: { save: () => undefined } })
  run.command({ cid: 'a', module: 'core', op: 'dance' })
  kernel.apply({ step: 0 })
  expect(synced).toEqual([])
  kernel.submit({ module: 'core', op: 'checkpoint' })
  kernel.apply({ step: 1 })
  expect(synced).toEqual([2])
  kernel.snapshot()
  expect(synced).toEqual([2, 3])
  kernel.close()
  expect(synced).toEqual([2, 3, 3])
})

test('a save whose promise is no longer awaited is aborted, so that it puts nothing in place', () => {
  const run = memoryRun()
  let signal: AbortSignal | null = null
  const save = async (request: { readonly signal: AbortSignal }): Promise<void> => {
    signal = request.signal
  }
  const kernel = createKernel({ ...run, checkpoints: { save } })
  kernel.submit({ module: 'core', op: 'checkpoint' })
  kernel.apply({ step: 0 })
  expect(signal).toMatchObject({ aborted: true })
})

test('a restart repeats only the last load of a callback before it, and none that was unloaded', () => {
  const dir = runDir()
  const done: string[] = []
  const cb = (): HotModule => ({
    name: 'cb',
    applyOp: ({ op, id }) => {
      done.push(`${op} ${id}`)
      return { ok: true, payload: null }
    },
  })
  const target = { kind: 'file', path: 'p.mjs', symbol: 'P' }
  const first = openKernel(dir, { modules: [cb()], lookMs: 0 })
  for (const [op, id] of [
    ['load', 'a'],
    ['disable', 'a'],
    ['load', 'a'],
    ['disable', 'a'],
    ['enable', 'a'],
    ['load', 'b'],
    ['unload', 'b'],
    ['load', 'c'],
    ['disable', 'c'],
    ['load', 'c'],
  ] as const) {
    command(dir, { module: 'cb', op, id, ...(op === 'load' && { target }) })
  }
  first.apply({ step: 0 })
  first.close()
  expect(done.splice(0).length).toBe(10)
  const second = openKernel(dir, { modules: [cb()], lookMs: 0 })
  second.continueFrom({ step: 1 })
  second.close()
  expect(done).toEqual(['load a', 'enable a', 'unload b', 'load c'])
})

test('a checkpoint load removes changes that were still to be re-applied, and a revert cannot reach them either', () => {
  const dir = runDir()
  const checkpoints = { save: () => undefined, load: () => undefined }
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0, checkpoints })
  command(dir, { cid: 'a', ...momentum(0.5), at: { step: 5 } })
  first.submit({ module: 'core', op: 'checkpoint', params: { tag: 'early' } })
  for (let step = 0; step < 7; step++) first.apply({ step })
  first.close()
  const [made] = answers(dir)
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0, checkpoints })
  second.continueFrom({ step: 3 })
  command(dir, { cid: 'l', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'early' } })
  expect(second.apply({ step: 3 }).rewound).toBe(1)
  command(dir, { cid: 'r', module: 'core', op: 'revert', params: { seq: made?.seq ?? 0 } })
  for (let step = 1; step < 7; step++) second.apply({ step })
  second.close()
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
  expect(ledger(dir).filter(({ source }) => source === 'history')).toEqual([])
  expect(answers(dir).at(-1)).toMatchObject({ cid: 'r', decision: 'failed' })
})

test('a revert that a checkpoint load undid can be repeated', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, {
    state,
    lookMs: 0,
    checkpoints: { save: () => undefined, load: () => undefined },
  })
  command(dir, { cid: 'a', ...momentum(0.5) })
  kernel.submit({ module: 'core', op: 'checkpoint' })
  kernel.apply({ step: 0 })
  const step1 = (cid: string, op: string, params: object): number | null => {
    command(dir, { cid, module: 'core', op, params })
    return kernel.apply({ step: 1 }).rewound
  }
  expect([step1('r', 'revert', {}), optimizer.paramGroups[0]?.momentum]).toEqual([null, 0.9])
  expect([step1('l', 'checkpoint', { action: 'load' }), optimizer.paramGroups[0]?.momentum]).toEqual([1, 0.5])
  expect([step1('s', 'revert', {}), optimizer.paramGroups[0]?.momentum]).toEqual([null, 0.9])
  kernel.close()
  const [a, , , s] = answers(dir)
  expect(s).toMatchObject({ decision: 'applied', reverts: a?.seq })
})

test('a change is re-applied at its original call of the step', () => {
  const dir = runDir()
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  first.apply({ step: 0 })
  first.apply({ step: 1 })
  command(dir, { cid: 'a', ...momentum(0.5) })
  first.apply({ step: 1 })
  first.close()
  const second = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  second.continueFrom({ step: 1 })
  for (let call = 0; call < 3; call++) second.apply({ step: 1 })
  second.close()
  expect(ledger(dir).at(-1)).toMatchObject({ source: 'history', step: 1, call: 1, notes: null })
})

test('a forged attempt line with an invalid number neither takes the directory nor marks commands as done', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', ...momentum(0.5) })
  kernel.apply({ step: 0 })
  for (const n of ['null', '"x"', '"9"', 'NaN', '1e999', '2.5', '-1', '1e15']) {
    const payload = `{"n":${n},"token":"forged","step":0,"cut":true,"done":{"hotcb.commands.jsonl":100000}}`
    const line = `{"seq":99,"step":null,"module":"core","op":"attempt","decision":"applied","payload":${payload}}\n`
    command(dir, line, 'hotcb.applied.jsonl')
    expect(kernel.apply({ step: 1 })).toMatchObject({ superseded: false, degraded: false })
  }
  kernel.close()
  command(dir, { cid: 'b', ...momentum(0.6), at: { step: 3 } })
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0 })
  second.continueFrom({ step: 2 })
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
  for (let step = 2; step < 5; step++) second.apply({ step })
  second.close()
  const texts = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').split('\n')
  const told = texts.filter((text) => text.includes('"cid":"')).map((text) => JSON.parse(text))
  expect(told.map(({ cid, decision, step, attempt }) => [cid, decision, step, attempt])).toEqual([
    ['a', 'applied', 0, 1],
    ['b', 'applied', 3, 2],
  ])
})

test('a ledger line that a kill left complete except for its newline counts from the next start on', () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  // A killed kernel leaves a state document from before the line.
  const document = join(dir, 'hotcb.state.json')
  const early = readFileSync(document, 'utf8')
  first.apply({ step: 0 })
  first.close()
  writeFileSync(document, early)
  const path = join(dir, 'hotcb.applied.jsonl')
  writeFileSync(path, readFileSync(path, 'utf8').replace(/\n$/, ''))
  for (let start = 0; start < 2; start++) {
    const { optimizer, state } = toyTrainer()
    const kernel = openKernel(dir, { state, lookMs: 0 })
    kernel.continueFrom({ step: 1 })
    kernel.apply({ step: 1 })
    kernel.close()
    expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
  }
  expect(ledger(dir).map(({ seq, op, cid }) => [seq, op, cid])).toEqual([
    [1, 'attempt', null],
    [2, 'set_params', 'a'],
    [3, 'attempt', null],
    [4, 'attempt', null],
  ])
})
