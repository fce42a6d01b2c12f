import type { HotModule, LedgerLine, SubmittedOp } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import type { YamlPort } from '../src/options.ts'
import type { DocumentPort } from '../src/ports.ts'
import { memoryRun } from './memory-run.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

const momentum = (value: number): SubmittedOp => ({ module: 'opt', op: 'set_params', params: { momentum: value } })

/** A document that a test writes. */
function document(first: string | null): DocumentPort & { text: string | null } {
  let seen = first
  const port: DocumentPort & { text: string | null } = {
    text: first,
    changed: () => port.text !== seen,
    read: () => {
      seen = port.text
      return port.text
    },
    write: (text) => {
      port.text = text
    },
  }
  return port
}

test('a command for the current step is applied immediately; one for a later event of that step waits', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  kernel.apply({ step: 0 })
  run.command({ cid: 'now', ...momentum(0.5), at: { step: 1, event: 'train_step_end' } })
  run.command({ cid: 'then', ...momentum(0.6), at: { step: 1, event: 'val_end' } })
  for (const events of [['train_step_end'], ['other'], ['val_end']]) {
    run.world.now += 5
    kernel.apply({ step: 1 }, events)
  }
  expect(run.lines().map(({ cid, call, notes }) => [cid, call, notes])).toEqual([
    [null, null, null],
    ['now', 0, null],
    ['then', 2, null],
  ])
})

test('a line contains epoch, phase, author and the wall time of its safe point', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  run.command({ cid: 'a', ...momentum(0.5), author: 'mia' })
  run.world.wallTime = 2000.5
  kernel.apply({ step: 0, epoch: 3, phase: 'warmup' })
  expect(run.lines().at(-1)).toMatchObject({ epoch: 3, phase: 'warmup', author: 'mia', wall_time: 2000.5 })
})

test('requests in the YAML are recorded at the step where they were read, and obey the freeze', () => {
  const run = memoryRun()
  const { optimizer, state } = toyTrainer()
  const yaml: YamlPort & { text: string | null } = Object.assign(document(null), { parse: parseYaml })
  const kernel = createKernel({ ...run, state, yaml, freeze: document('{"mode":"prod"}') })
  kernel.apply({ step: 0 })
  yaml.text = 'version: 1\nopt: { params: { momentum: 0.5 } }\n'
  run.world.now += 100
  kernel.apply({ step: 7 })
  expect(run.lines().map(({ step, op, source, decision }) => [step, op, source, decision])).toEqual([
    [0, 'attempt', 'kernel', 'applied'],
    [7, 'yaml', 'yaml', 'applied'],
    [7, 'set_params', 'yaml', 'ignored_freeze'],
  ])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
})

function attemptOf(n: number): LedgerLine {
  const run = memoryRun()
  createKernel(run)
  const [line] = run.lines()
  if (line === undefined) throw new Error('a kernel that opens writes a line')
  return { ...line, attempt: n, payload: { n, token: 'another', step: null, cut: false } }
}

test('if two attempts have the same number the later line wins, and the older kernel writes nothing more, not even at close', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  kernel.apply({ step: 0 })
  run.foreign.push(attemptOf(1))
  run.command({ cid: 'a', ...momentum(0.5) })
  run.written.state = null
  run.world.now += 5000
  expect(kernel.apply({ step: 1 }).superseded).toBe(true)
  kernel.close()
  expect([run.decisions(), run.written.state]).toEqual([[], null])
})

test('a kernel that loses its directory while paused continues to train', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  run.command({ cid: 'p', module: 'core', op: 'pause' })
  run.waits.push(() => run.foreign.push(attemptOf(2)))
  expect(kernel.apply({ step: 0 })).toMatchObject({ superseded: true })
})

test('during a pause the heartbeat continues, and freeze and YAML are applied', () => {
  const run = memoryRun()
  const { optimizer, state } = toyTrainer()
  const freeze = document(null)
  const yaml: YamlPort & { text: string | null } = Object.assign(document(null), { parse: parseYaml })
  const kernel = createKernel({ ...run, state, freeze, yaml })
  run.command({ cid: 'p', module: 'core', op: 'pause' })
  run.waits.push(
    () => {
      run.written.state = null
      run.world.now += 1000
      yaml.text = 'version: 1\nopt: { params: { momentum: 0.5 } }\n'
    },
    () => {
      expect([optimizer.paramGroups[0]?.momentum, run.written.state?.paused]).toEqual([0.5, true])
      freeze.text = '{"mode":"prod"}'
      run.command({ cid: 'a', ...momentum(0.6) })
    },
    () => run.command({ cid: 'r', module: 'core', op: 'resume' }),
  )
  kernel.apply({ step: 0 })
  expect(run.decisions()).toEqual([
    ['p', 'applied'],
    ['a', 'ignored_freeze'],
    ['r', 'applied'],
  ])
})

test('a freeze document that cannot be parsed is logged with the mode in force', () => {
  const run = memoryRun()
  const said: string[] = []
  const freeze = document('{"mode":"prod"}')
  const kernel = createKernel({ ...run, freeze, log: (message) => said.push(message) })
  freeze.text = '{"mode":"pro'
  kernel.apply({ step: 0 })
  run.world.now += 5
  kernel.apply({ step: 1 })
  expect(said).toEqual([expect.stringMatching(/^freeze: .*; the mode is prod$/)])
})

test('in a replaced command file, an answered line without `cid` is `skipped_noop`', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  run.command(momentum(0.5))
  kernel.apply({ step: 0 })
  run.replace()
  run.command(momentum(0.5))
  run.world.now += 5
  kernel.apply({ step: 1 })
  expect(run.decisions().map(([, decision]) => decision)).toEqual(['applied', 'skipped_noop'])
})

test('`expires` is the last valid step, and `expect` is compared with a relative tolerance of 1e-9', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  kernel.apply({ step: 3 })
  run.command({ cid: 'last', ...momentum(0.5), expires: { step: 4 } })
  run.command({ cid: 'near', ...momentum(0.6), expect: { momentum: 0.5 * (1 + 1e-12) } })
  run.command({ cid: 'far', ...momentum(0.7), expect: { momentum: 0.6 * (1 + 1e-6) } })
  run.command({ cid: 'none', ...momentum(0.8), expect: { nope: 1 } })
  run.world.now += 5
  kernel.apply({ step: 4 })
  expect(run.decisions()).toEqual([
    ['last', 'applied'],
    ['near', 'applied'],
    ['far', 'failed'],
    ['none', 'failed'],
  ])
})

test('a revert under freeze is ignored, whether or not there is something to revert', () => {
  const run = memoryRun()
  const { state } = toyTrainer()
  const kernel = createKernel({ ...run, state, freeze: document(null) })
  run.command({ cid: 'a', ...momentum(0.5) })
  run.command({ cid: 'f', module: 'core', op: 'freeze', mode: 'prod' })
  run.command({ cid: 'b', module: 'core', op: 'revert' })
  run.command({ cid: 'c', module: 'core', op: 'revert', params: { seq: 99 } })
  run.command({ cid: 'u', module: 'core', op: 'unfreeze' })
  run.command({ cid: 'd', module: 'core', op: 'revert', note: 'worse' })
  kernel.apply({ step: 0 })
  expect(run.lines().map(({ cid, decision, reverts, notes }) => [cid, decision, reverts, notes])).toEqual([
    [null, 'applied', null, null],
    ['a', 'applied', null, null],
    ['f', 'applied', null, null],
    ['b', 'ignored_freeze', null, 'reverts seq 2'],
    ['c', 'ignored_freeze', null, null],
    ['u', 'applied', null, null],
    ['d', 'applied', 2, 'reverts seq 2; worse'],
  ])
})

test('a pause while paused and a resume while running are `skipped_noop`; a reason that is not text is refused', () => {
  const run = memoryRun()
  const kernel = createKernel(run)
  run.command({ cid: 'r', module: 'core', op: 'resume' })
  run.command({ cid: 's', module: 'core', op: 'stop', params: { reason: ['x'] } })
  run.command({ cid: 'x', module: 'core', op: 'yaml' })
  run.command({ cid: 'p', module: 'core', op: 'pause' })
  run.waits.push(
    () => run.command({ cid: 'q', module: 'core', op: 'pause' }),
    () => run.command({ cid: 'e', module: 'core', op: 'resume' }),
  )
  expect(kernel.apply({ step: 0 })).toMatchObject({ stop: false, paused: false })
  expect(run.decisions()).toEqual([
    ['r', 'skipped_noop'],
    ['s', 'failed'],
    ['x', 'failed'],
    ['p', 'applied'],
    ['q', 'skipped_noop'],
    ['e', 'applied'],
  ])
})

test('the controls document is written at most every 200 ms, always with the last change, and again after a failure', () => {
  const run = memoryRun()
  let isBroken = false
  const documents = {
    ...run.documents,
    actuators: (text: string) => {
      if (isBroken) throw new Error('no space left on device')
      run.documents.actuators?.(text)
    },
  }
  const kernel = createKernel({ ...run, documents, state: toyTrainer().state })
  const current = (): unknown => run.written.controls?.find((control) => control.param_key === 'momentum')?.current
  let step = 0
  const after = (ms: number): unknown => {
    run.world.now += ms
    kernel.apply({ step: step++ })
    return current()
  }
  run.command({ cid: 'a', ...momentum(0.5) })
  expect([after(300), after(1)]).toEqual([0.5, 0.5])
  run.command({ cid: 'b', ...momentum(0.6) })
  expect([after(50), after(100), after(60)]).toEqual([0.5, 0.5, 0.6])
  isBroken = true
  run.command({ cid: 'c', ...momentum(0.7) })
  expect([after(300), after(300), after(300)]).toEqual([0.6, 0.6, 0.6])
  isBroken = false
  expect(after(300)).toBe(0.7)
  run.written.controls = null
  expect([after(300), after(300)]).toEqual([undefined, undefined])
})

test('a held command is in the state document with its place and condition', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  run.command({ cid: 'first', ...momentum(0.5) })
  run.command({ cid: 'a', ...momentum(0.5), at: { step: 9, event: 'val_end' } })
  kernel.apply({ step: 0 })
  kernel.close()
  const offset = JSON.stringify({ cid: 'first', ...momentum(0.5) }).length + 1
  expect(run.written.state?.held).toEqual([{ cid: 'a', writer: null, offset, at: { step: 9, event: 'val_end' } }])
})

test('a snapshot is restored to its module before the loop; a module that throws is reported', () => {
  const dir = runDir()
  const said: string[] = []
  const given: unknown[] = []
  const keeper: HotModule = {
    name: 'keeper',
    snapshot: () => ({ count: 3 }),
    restore: (saved) => void given.push(saved),
  }
  const thrower: HotModule = {
    name: 'thrower',
    snapshot: () => 1,
    restore: () => {
      throw new Error('not mine')
    },
  }
  const first = openKernel(dir, { modules: [keeper, thrower], lookMs: 0 })
  const snapshot = first.snapshot()
  first.close()
  const second = openKernel(dir, { modules: [thrower, keeper], lookMs: 0, log: (message) => said.push(message) })
  second.continueFrom({ step: 0 }, snapshot)
  second.close()
  expect([snapshot.modules, given]).toEqual([{ keeper: { count: 3 }, thrower: 1 }, [{ count: 3 }]])
  expect(said).toContain('module `thrower` could not be restored: not mine')
})

test('a checkpoint load restores the state of the modules, after their reset', () => {
  const dir = runDir()
  const told: unknown[] = []
  const keeper: HotModule = {
    name: 'keeper',
    snapshot: () => told.length,
    reset: () => void told.push('reset'),
    restore: (saved) => void told.push(saved),
  }
  const kernel = openKernel(dir, {
    modules: [keeper],
    lookMs: 0,
    checkpoints: { save: () => undefined, load: () => undefined },
  })
  kernel.submit({ module: 'core', op: 'checkpoint' })
  kernel.apply({ step: 0 })
  kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'load' } })
  expect([kernel.apply({ step: 1 }).rewound, told, kernel.apply({ step: 1 }).rewound]).toEqual([1, ['reset', 0], null])
  kernel.close()
})

test('modules know that history is being re-applied, and their submissions until its end are silently dropped', () => {
  const dir = runDir()
  const said: string[] = []
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', ...momentum(0.5), at: { step: 2 } })
  for (let step = 0; step < 3; step++) first.apply({ step })
  first.close()
  const answered: unknown[] = []
  const eager: HotModule = {
    name: 'eager',
    onEvent: (_event, env, { submit, isCatchingUp }) => answered.push(isCatchingUp, submit(momentum(env.step / 10))),
  }
  const second = openKernel(dir, {
    state: toyTrainer().state,
    modules: [eager],
    lookMs: 0,
    log: (message) => said.push(message),
  })
  second.continueFrom({ step: 0 })
  for (let step = 0; step < 4; step++) second.apply({ step }, ['train_step_end'])
  second.close()
  const told = ledger(dir).filter((line) => line.attempt === 2 && line.module === 'opt')
  expect(told.map(({ source, step, payload }) => [source, step, payload])).toEqual([
    ['history', 2, { momentum: 0.5 }],
    ['eager', 3, { momentum: 0.2 }],
  ])
  expect(answered).toEqual([true, null, true, null, false, 'k2-1', false, 'k2-2'])
  expect(said).toEqual([])
})

test('a loop without `continueFrom` gets its history at its first `apply`, with a note', () => {
  const dir = runDir()
  const said: string[] = []
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', ...momentum(0.5) })
  first.apply({ step: 0 })
  first.close()
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0, log: (message) => said.push(message) })
  second.apply({ step: 5 })
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
  expect(said).toEqual([expect.stringContaining('step 5 ran without the earlier history')])
  expect(() => second.continueFrom({ step: 5 })).toThrow('must be called once, before the first `apply`')
  second.close()
  expect(answers(dir).length).toBe(1)
})

test('a freeze that cannot be written or parsed fails, and the mode stays unchanged', () => {
  const run = memoryRun()
  const freeze = document(null)
  freeze.write = () => {
    throw new Error('read-only file system')
  }
  const kernel = createKernel({ ...run, state: toyTrainer().state, freeze })
  run.command({ cid: 'f', module: 'core', op: 'freeze', mode: 'prod' })
  run.command({ cid: 'g', module: 'core', op: 'freeze', params: { mode: 'prodd' } })
  run.command({ cid: 'a', ...momentum(0.5) })
  kernel.apply({ step: 0 })
  expect(run.lines().flatMap(({ cid, decision, error }) => (cid === null ? [] : [[cid, decision, error]]))).toEqual([
    ['f', 'failed', 'the freeze document cannot be written: read-only file system'],
    ['g', 'failed', expect.stringContaining('prodd')],
    ['a', 'applied', null],
  ])
})

test('a save that fails after its request is reported, and a module that cannot be flushed does not prevent saves', async () => {
  const run = memoryRun()
  const said: string[] = []
  const saved: unknown[] = []
  const thrower: HotModule = {
    name: 'thrower',
    flush: () => {
      throw new Error('no disk')
    },
  }
  const keeper: HotModule = { name: 'keeper', snapshot: () => 7 }
  const save = async ({ tag, modules }: { readonly tag: string; readonly modules: object }): Promise<void> => {
    await Promise.resolve()
    saved.push(modules)
    if (tag === 'bad') throw new Error('the store is gone')
  }
  const kernel = createKernel({
    ...run,
    modules: [thrower, keeper],
    checkpoints: { save },
    log: (message) => said.push(message),
  })
  for (const tag of ['bad', 'good']) run.command({ cid: tag, module: 'core', op: 'checkpoint', params: { tag } })
  await kernel.applyAsync({ step: 0 })
  expect(run.lines().flatMap(({ cid, decision, error }) => (cid === null ? [] : [[cid, decision, error]]))).toEqual([
    ['bad', 'failed', '`save` failed: the store is gone'],
    ['good', 'applied', null],
  ])
  expect(saved).toEqual([{ keeper: 7 }, { keeper: 7 }])
  expect(said).toContain('module `thrower` could not be flushed: no disk')
})

test('a closed kernel takes nothing and writes nothing', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  kernel.apply({ step: 0 })
  kernel.close()
  run.command({ cid: 'a', ...momentum(0.5) })
  run.world.now += 1000
  kernel.apply({ step: 1 })
  kernel.close()
  expect(run.lines().length).toBe(1)
  expect(run.written.state).toMatchObject({ closed: true, step: 0 })
})
