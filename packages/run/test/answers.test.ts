import { appendFileSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waitForLines } from '../src/node/answers.ts'
import { listRunCheckpoints, openRunDirectory, type Run } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

const ALIVE = { name: 'k', version: '1', pid: process.pid, host: 'h', attempt: 1, start: null }

function line(fields: object): string {
  const all = {
    seq: 1,
    step: 1,
    wall_time: 1,
    cid: null,
    module: 'opt',
    op: 'set_params',
    decision: 'applied',
    ...fields,
  }
  return `${JSON.stringify(all)}\n`
}

/** A run whose trainer is alive, or dead, according to its process. */
function runWith(ledger: string, process: 'running' | 'gone' = 'running'): Run {
  const run = openRunDirectory(temporaryDirectory(), { life: { processState: () => process } })
  writeFileSync(run.path('ledger'), ledger)
  writeFileSync(run.path('state'), JSON.stringify({ protocol: 1, kernel: ALIVE, step: 1 }))
  return run
}

test('answers are the lines with the ids that were sent, after the size of the ledger before sending', async () => {
  const early = line({ cid: 'a', seq: 1 })
  const run = runWith(
    early + line({ cid: 'x', seq: 2, notes: '"a"' }) + line({ cid: 'a', seq: 3 }) + line({ cid: 'b', seq: 4 }),
  )
  const all = await run.answers(['a', 'b'], { from: early.length, timeoutMs: 60_000 })
  expect([all.end, all.lines.map(({ seq }) => seq)]).toEqual(['answered', [3, 4]])
  const none = await run.answers([], { from: 0, timeoutMs: 60_000 })
  expect(none).toEqual({ end: 'answered', lines: [] })
})

test('waiting ends at the timeout or when the caller aborts, and returns the lines that have arrived', async () => {
  const run = runWith(line({ cid: 'a' }))
  const waiting = { from: 0, timeoutMs: 0 }
  expect(await run.answers(['a', 'b'], waiting)).toMatchObject({ end: 'timeout', lines: [{ cid: 'a' }] })
  const signal = AbortSignal.abort()
  expect(await run.answers(['a', 'b'], { ...waiting, signal })).toMatchObject({ end: 'aborted', lines: [{ cid: 'a' }] })
})

test('waiting ends when the trainer is dead, but not while it is alive', async () => {
  const dead = runWith('', 'gone')
  expect(await dead.answers(['a'], { from: 0, timeoutMs: 60_000 })).toEqual({ end: 'dead', lines: [] })
  const run = runWith('')
  const waiting = run.answers(['a'], { from: 0, timeoutMs: 60_000 })
  appendFileSync(run.path('ledger'), `${line({ cid: 'b' })}nonsense "a"\n${line({ cid: 'a', seq: 7 })}`)
  expect(await waiting).toMatchObject({ end: 'answered', lines: [{ seq: 7 }] })
})

test('a caller can wait for any lines that contain a text and meet a condition', async () => {
  const run = runWith(
    line({ seq: 1, op: 'pause' }) + line({ seq: 2, op: 'pause', step: 5 }) + line({ seq: 3, step: 5 }),
  )
  const wanted = {
    count: 1,
    marks: ['pause', 'resume'],
    isAnswer: ({ step }: { readonly step: number | null }) => step === 5,
  }
  expect(await run.waitFor(wanted, { from: 0, timeoutMs: 0 })).toMatchObject({ end: 'answered', lines: [{ seq: 2 }] })
})

test('liveness is checked at most twice a second', async () => {
  const path = join(temporaryDirectory(), 'ledger')
  let asked = 0
  const life = () => {
    asked++
    return {
      verdict: 'alive',
      by: 'change',
      ageSeconds: null,
      limitSeconds: 5,
      state: undefined,
      protocol: undefined,
      trouble: undefined,
      writtenMs: null,
    } as const
  }
  const wanted = { count: 1, marks: ['x'], isAnswer: () => true }
  expect((await waitForLines({ path, network: false, life }, wanted, { from: 0, timeoutMs: 30 })).end).toBe('timeout')
  expect(asked).toBe(0)
})

test('a stream is read completely, from an offset, or only the lines that contain a text', () => {
  const run = runWith(line({ seq: 1 }) + line({ seq: 2, op: 'pause' }) + line({ seq: 3 }))
  const seqs = (options = {}) => [...run.records('ledger', options)].map(({ value }) => value.seq)
  expect([seqs(), seqs({ from: line({ seq: 1 }).length }), seqs({ contains: 'pause' })]).toEqual([
    [1, 2, 3],
    [2, 3],
    [2],
  ])
  const [, second] = [...run.records('ledger')]
  expect(second).toMatchObject({ text: line({ seq: 2, op: 'pause' }).trimEnd(), offset: line({ seq: 1 }).length })
})

test('all readers report the offset of a line that is too long', () => {
  const run = runWith('')
  const long = `{"seq":1,"notes":"${'x'.repeat(17 * 1024 * 1024)}"}\n`
  writeFileSync(run.path('ledger'), line({ seq: 1 }) + long + line({ seq: 3 }))
  const unreadable: object[] = []
  const all = [...run.records('ledger', { onUnreadable: (one) => unreadable.push(one) })]
  expect(all.map(({ value }) => value.seq)).toEqual([1, 3])
  expect(unreadable).toEqual([{ offset: line({ seq: 1 }).length, reason: 'too long' }])
  const follow = run.follow('ledger')
  const reasons: string[] = []
  while (follow.look()) reasons.push(...follow.read().unreadable.map(({ reason }) => reason))
  expect(reasons).toEqual([expect.stringMatching(/^a line of \d+ bytes is too long$/)])
  follow.close()
})

test('a run restricted to directories reads nothing through a link that leads out of them', () => {
  const dir = realpathSync(temporaryDirectory())
  const outside = temporaryDirectory()
  const run = openRunDirectory(dir, { within: [dir] })
  expect(run.within).toEqual([dir])
  for (const name of ['ledger', 'run', 'commands', 'state', 'freeze'] as const) {
    writeFileSync(join(outside, name), name === 'run' ? '{}' : '')
    symlinkSync(join(outside, name), run.path(name))
  }
  const isRefused = expect.stringContaining('it is a link out of the served directories')
  const refused = expect.objectContaining({ message: isRefused })
  expect(() => run.document('run')).toThrow(refused)
  expect(() => run.last('ledger', 1)).toThrow(refused)
  expect(() => [...run.records('ledger')]).toThrow(refused)
  expect(() => run.readState()).toThrow(refused)
  expect(() => run.life()).toThrow(refused)
  expect(() => run.isForeign()).toThrow(refused)
  expect(run.commands().find({ writer: null, offset: 0, cid: null })).toBeUndefined()
  rmSync(run.path('state'))
  rmSync(run.path('ledger'))
  expect(() => run.send([{ module: 'core', op: 'pause' }], { source: 'x' })).toThrow(refused)
})

test('a command from another host is found at its offset, and one longer than 64 KiB is not read', () => {
  const run = runWith('')
  mkdirSync(run.path('commandsDir'))
  const command = (cid: string | undefined, note: string) =>
    `${JSON.stringify({ cid, module: 'core', op: 'pause', note })}\n`
  writeFileSync(join(run.path('commandsDir'), 'host.jsonl'), command('a', 'one') + command(undefined, 'two'))
  writeFileSync(run.path('commands'), command('b', 'x'.repeat(70_000)) + command('c', 'three').trimEnd())
  const lookup = run.commands()
  const note = (writer: string | null, offset: number | null, cid: string | null) =>
    lookup.find({ writer, offset, cid })?.note
  const second = command('a', 'one').length
  expect([note('host.jsonl', 0, 'a'), note('host.jsonl', second, 'any'), note('/else/host.jsonl', 0, 'a')]).toEqual([
    ...['one', 'two', 'one'],
  ])
  expect([note('host.jsonl', 0, 'b'), note('host.jsonl', null, 'a'), note(null, 0, 'b')]).toEqual([
    ...[undefined, undefined, undefined],
  ])
  // Its end is missing.
  expect(note(null, command('b', 'x'.repeat(70_000)).length, 'c')).toBeUndefined()
  lookup.close()
})

test('a newer protocol is refused, and the error names the required version', () => {
  const run = runWith('')
  const state = { protocol: 2, kernel: { ...ALIVE, name: 'other', version: '9' }, step: 1 }
  writeFileSync(run.path('state'), JSON.stringify(state))
  const send = () => run.send([{ module: 'core', op: 'pause' }], { source: 'x' })
  expect(send).toThrow(
    expect.objectContaining({
      code: 'newer-protocol',
      message: 'this run uses protocol 2, but this hotcb supports only 1: nothing was written',
      hint: 'its trainer is other 9: use hotcb of that version or newer',
    }),
  )
  writeFileSync(run.path('state'), JSON.stringify({ ...state, step: 'x' }))
  expect(send).toThrow(
    expect.objectContaining({ hint: 'its trainer is a newer kernel: use hotcb of that version or newer' }),
  )
  writeFileSync(run.path('state'), JSON.stringify({ ...state, protocol: 1 }))
  expect(send().cids).toHaveLength(1)
})

test('the result of sending contains the ledger offset for answers, and an empty list writes nothing', () => {
  const run = runWith(line({}))
  const sent = run.send([{ module: 'core', op: 'pause', cid: 'own' }], { source: 'x' })
  expect(sent).toEqual({
    ...{ cids: ['own'], from: line({}).length, isForeign: false },
    drafts: [{ module: 'core', op: 'pause', cid: 'own' }],
  })
  const empty = openRunDirectory(temporaryDirectory())
  expect(empty.send([], { source: 'x' })).toEqual({ cids: [], drafts: [], from: 0, isForeign: false })
})

test('values that controls do not accept are refused, and the error names the number of the command', () => {
  const run = runWith('')
  const control = { param_key: 'lr', type: 'float', group: 'optimizer', current: 0.1, max: 1 }
  writeFileSync(run.path('actuators'), JSON.stringify({ controls: [control] }))
  const set = (lr: number) => ({ module: 'opt', op: 'set_params', params: { lr } })
  const refusal =
    (...values: readonly number[]) =>
    () =>
      run.send(values.map(set), { source: 'x' })
  expect(refusal(5)).toThrow(
    expect.objectContaining({ code: 'unfit', message: expect.stringMatching(/^`lr` must be/) }),
  )
  expect(refusal(0.5, 5)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^command 2: `lr` must be/) }),
  )
  expect(refusal(0.5)().cids).toHaveLength(1)
})

test('the step of a checkpoint is read from its document, and the saved state is left out', () => {
  const folder = temporaryDirectory()
  for (const [tag, meta] of [
    ['late', { step: 30, seq: 2, modules: { a: 1 }, kernel: { b: 2 }, note: 'x' }],
    ['early', { step: 2, seq: 1 }],
  ] as const) {
    mkdirSync(join(folder, tag))
    writeFileSync(join(folder, tag, 'meta.json'), JSON.stringify(meta))
  }
  const [first, second] = listRunCheckpoints(folder)
  expect([first?.tag, first?.step, second?.tag, second?.step]).toEqual(['early', 2, 'late', 30])
  expect(second?.meta).toMatchObject({ step: 30, seq: 2 })
  expect(Object.keys(second?.meta ?? {})).not.toEqual(expect.arrayContaining(['modules']))
  expect(Object.keys(second?.meta ?? {})).not.toEqual(expect.arrayContaining(['kernel']))
})
