import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAnswered } from '../src/answered.ts'
import { createIntake, type Done, type Intake, type Taken } from '../src/intake.ts'
import type { CommandBatch, CommandLine, CommandSource } from '../src/ports.ts'
import { shortHash } from '../src/sha256.ts'

const NOTHING_DONE: Done = { done: {}, open: new Set() }
const text = (line: object): string => JSON.stringify(line)
const set = (cid: string, more: object = {}): string =>
  text({ cid, module: 'opt', op: 'set_params', params: { lr: 1 }, ...more })
const line = (offset: number, content: string, writer: string | null = null): CommandLine => ({
  writer,
  offset,
  text: content,
})

interface Files extends CommandSource {
  /** What the next reads return, in turn. */
  readonly batches: Partial<CommandBatch>[]
  readonly all: CommandLine[]
  looks: number
}

function files(...batches: readonly Partial<CommandBatch>[]): Files {
  const source: Files = {
    batches: [...batches],
    all: [],
    looks: 0,
    look() {
      source.looks++
      return source.batches.length > 0
    },
    read: () => ({ lines: [], more: false, reset: [], refused: [], ...source.batches.shift() }),
    *ahead() {
      yield* source.all
    },
    offsets: () => ({ 'hotcb.commands.jsonl': 500, 'a.jsonl': 80 }),
  }
  return source
}

const open = (source: CommandSource, past: Done = NOTHING_DONE, answered = createAnswered()): Intake =>
  createIntake(source, answered, past)

function takeAll(intake: Intake): Taken[] {
  const all: Taken[] = []
  for (let taken = intake.next(); taken !== null; taken = intake.next()) all.push(taken)
  return all
}

const kinds = (intake: Intake): unknown[] => takeAll(intake).map(({ kind, ask }) => [kind, ask.cid])

test('the hash of a text is the start of its SHA-256', () => {
  const expected = (content: string): string => createHash('sha256').update(content).digest('hex').slice(0, 8)
  // Around each length at which the padding needs another block, and texts whose hash begins with 0.
  const lengths = Array.from({ length: 200 }, (_, length) => 'ä€x'.repeat(length).slice(0, length))
  for (const content of [...lengths, 'x'.repeat(10_000)]) expect(shortHash(content)).toBe(expected(content))
  expect(lengths.some((content) => expected(content).startsWith('0'))).toBe(true)
})

test('a command becomes an ask with its place, its author, its note and its source', () => {
  const intake = open(files({ lines: [line(7, set('a', { author: 'ann', note: 'why', source: 'cli' }), 'h.jsonl')] }))
  expect(takeAll(intake)).toMatchObject([
    {
      kind: 'ask',
      command: { cid: 'a' },
      ask: {
        op: { module: 'opt', op: 'set_params', id: 'main', params: { lr: 1 } },
        channel: 'live',
        source: 'cli',
        cid: 'a',
        writer: 'h.jsonl',
        offset: 7,
        author: 'ann',
        notes: 'why',
        event: null,
        of: null,
        reverts: null,
      },
    },
  ])
})

test('a command without cid is identified by its place and its text', () => {
  const content = text({ module: 'opt', op: 'enable' })
  const intake = open(files({ lines: [line(0, content), line(40, content), line(0, content)] }))
  expect(kinds(intake)).toEqual([
    ['ask', `o0-${shortHash(content)}`],
    ['ask', `o40-${shortHash(content)}`],
  ])
})

test.each([
  ['{"op":', /^byte 12: .*: "\{\\"op\\":"$/],
  ['[1]', /^byte 12: a command must be a JSON object, got \[1\]: "\[1\]"$/],
  ['{"module":"opt","op":"set_params","params":{"lr":NaN}}', /^byte 12: .*NaN/],
])('the line %s is rejected with its place and its text', (content, reason) => {
  const [taken] = takeAll(open(files({ lines: [line(12, content, 'h.jsonl')] })))
  expect(taken).toMatchObject({
    kind: 'rejected',
    reason: expect.stringMatching(reason),
    ask: {
      op: { module: 'core', op: 'unreadable', id: 'main', params: null },
      channel: 'live',
      source: 'external',
      cid: `o12-${shortHash(content)}`,
      writer: 'h.jsonl',
      offset: 12,
    },
  })
})

test('a long line is quoted only in part', () => {
  const [long] = takeAll(open(files({ lines: [line(0, `[${'1,'.repeat(100)}1]`)] })))
  expect(long?.kind).toBe('rejected')
  expect(long?.kind === 'rejected' ? long.reason.length : Number.NaN).toBeLessThan(300)
})

test('a command of 5 Mi characters is accepted', () => {
  const [before, after] = ['{"cid":"a","module":"opt","op":"enable","note":"', '"}']
  const content = `${before}${'x'.repeat(5 * 1024 * 1024 - before.length - after.length)}${after}`
  expect(kinds(open(files({ lines: [line(0, content)] })))).toEqual([['ask', 'a']])
})

test('a line that its source refused is rejected once, before the others', () => {
  const refused = { writer: null, offset: 99, reason: 'byte 99: a line of 17000000 bytes is too long' }
  const intake = open(files({ lines: [line(0, set('a'))], refused: [refused] }, { refused: [refused] }))
  const taken = takeAll(intake)
  expect(taken.map(({ kind, ask }) => [kind, ask.cid, ask.offset])).toEqual([
    ['rejected', `o99-${shortHash(refused.reason)}`, 99],
    ['ask', 'a', 0],
  ])
  expect(taken[0]).toMatchObject({ reason: refused.reason, ask: { op: { op: 'unreadable' } } })
})

test('the same cid gets another line at another location, and none at the same location', () => {
  const lines = [line(0, set('a')), line(50, set('a')), line(0, set('a')), line(0, set('a'), 'h.jsonl')]
  const intake = open(files({ lines }))
  expect(kinds(intake)).toEqual([
    ['ask', 'a'],
    ['again', 'a'],
    ['again', 'a'],
  ])
  expect([intake.isTaken('a'), intake.isTaken('b')]).toEqual([true, false])
})

test('a later command with a closed cid gets another line', () => {
  const intake = open(files({ lines: [line(0, set('a'))] }))
  intake.close('a')
  expect([intake.isTaken('a'), kinds(intake)]).toEqual([true, [['again', 'a']]])
})

test('lines that another kernel has handled are skipped, except those that are still open and those in other files', () => {
  const past: Done = {
    done: { 'hotcb.commands.jsonl': 100, 'h.jsonl': 10 },
    open: new Set(['40 ', '5 h.jsonl']),
  }
  const lines = [
    line(0, set('done')),
    line(40, set('open')),
    line(99, set('also done')),
    line(100, set('new')),
    line(0, set('done there'), 'h.jsonl'),
    line(5, set('open there'), 'h.jsonl'),
    line(10, set('new there'), 'h.jsonl'),
    line(0, set('elsewhere'), 'g.jsonl'),
  ]
  const early = { writer: null, offset: 20, reason: 'too long' }
  expect(kinds(open(files({ lines, refused: [early] }), past))).toEqual([
    ['ask', 'open'],
    ['ask', 'new'],
    ['ask', 'open there'],
    ['ask', 'new there'],
    ['ask', 'elsewhere'],
  ])
})

test('a file that starts over is read again: answered commands are answered again, and none of its lines count as done', () => {
  const anonymous = text({ module: 'opt', op: 'enable' })
  const past: Done = { done: { 'hotcb.commands.jsonl': 100 }, open: new Set() }
  const intake = open(
    files(
      { lines: [line(100, set('a')), line(150, anonymous)] },
      { lines: [line(0, set('b')), line(100, set('a')), line(150, anonymous)], reset: [null] },
    ),
    past,
  )
  expect(kinds(intake)).toEqual([
    ['ask', 'a'],
    ['ask', `o150-${shortHash(anonymous)}`],
    ['ask', 'b'],
    // Its cid is already answered at this location.
    ['again', `o150-${shortHash(anonymous)}`],
  ])
})

test('a later cancel with `queued` ends an earlier command, once', () => {
  const cancel = (cid: string, of: unknown, more: object = {}): string =>
    text({ cid, module: 'core', op: 'cancel', params: { cid: of, queued: true }, ...more })
  const lines = [line(0, set('a')), line(50, set('b')), line(100, cancel('c', 'a'))]
  const intake = open(files({ lines }))
  expect(kinds(intake)).toEqual([
    ['withdrawn', 'a'],
    ['ask', 'b'],
    ['ask', 'c'],
  ])
  expect([intake.takeWithdrawn('b'), intake.takeWithdrawn('a'), intake.takeWithdrawn('a')]).toEqual([
    false,
    true,
    false,
  ])
  const ending = (other: string): unknown => kinds(open(files({ lines: [line(0, set('a')), line(90, other)] })))[0]
  expect(ending(cancel('c', 'a'))).toEqual(['withdrawn', 'a'])
  for (const other of [
    cancel('c', 'b'),
    cancel('c', 5),
    cancel('c', 'a', { at: { step: 1 } }),
    cancel('c', 'a', { expires: { step: 9 } }),
    cancel('c', 'a', { expect: { lr: 1 } }),
    text({ cid: 'c', module: 'core', op: 'cancel', params: { cid: 'a', queued: false }, note: '"queued"' }),
    text({ cid: 'c', module: 'core', op: 'cancel', params: { cid: 'a' }, note: 'queued' }),
    text({ cid: 'c', module: 'opt', op: 'cancel', params: { cid: 'a', queued: true } }),
    text({ cid: 'c', module: 'core', op: 'pause', params: { cid: 'a', queued: true, x: 'cancel' } }),
    '{"op":"cancel","params":{"cid":"a","queued":true}',
  ]) {
    expect(ending(other)).toEqual(['ask', 'a'])
  }
  // What has been answered cannot be cancelled, and a cancel that counts as done ends nothing.
  const answered = createAnswered()
  answered.meet('a', null, 0)
  expect(
    kinds(open(files({ lines: [line(50, set('a')), line(90, cancel('c', 'a'))] }), NOTHING_DONE, answered)),
  ).toEqual([
    ['again', 'a'],
    ['ask', 'c'],
  ])
  const past: Done = { done: { 'hotcb.commands.jsonl': 200 }, open: new Set(['0 ']) }
  expect(kinds(open(files({ lines: [line(0, set('a')), line(90, cancel('c', 'a'))] }), past))).toEqual([['ask', 'a']])
})

test('commands for a later step are read ahead of the backlog, once', () => {
  const later = set('later', { at: { step: 9 } })
  const cancel = text({ cid: 'c', module: 'core', op: 'cancel', params: { cid: 'now', queued: true } })
  const source = files({ lines: [line(0, set('now')), line(50, later), line(120, cancel)] })
  source.all.push(
    line(0, set('now')),
    line(10, '{"at": broken'),
    line(20, set('text', { note: 'not "at" a step', at: null })),
    line(50, later),
    line(60, later),
    line(120, cancel),
  )
  const intake = open(source)
  expect([...intake.ahead()]).toMatchObject([{ cid: 'later', offset: 50, command: { at: { step: 9 } } }])
  expect([intake.isTaken('later'), intake.isTaken('now')]).toEqual([true, false])
  expect(kinds(intake)).toEqual([
    ['withdrawn', 'now'],
    ['ask', 'c'],
  ])
  const past: Done = { done: { 'hotcb.commands.jsonl': 51 }, open: new Set() }
  const done = files()
  done.all.push(line(50, later))
  expect([...open(done, past).ahead()]).toEqual([])
  const { ahead: _, ...without } = files()
  expect([...open(without).ahead()]).toEqual([])
})

test('`isBehind` reports further lines without a check, and `look` reads nothing', () => {
  const source = files(
    { lines: [line(0, set('a')), line(50, set('b'))], more: true },
    { refused: [{ writer: null, offset: 90, reason: 'too long' }] },
  )
  const intake = open(source)
  expect([intake.isBehind, source.looks]).toEqual([false, 0])
  expect([intake.look(), source.looks, source.batches.length]).toEqual([true, 1, 2])
  intake.next()
  expect([intake.isBehind, intake.look(), source.looks]).toEqual([true, true, 2])
  intake.next()
  // All lines are taken, and the source has reported that there is more.
  expect([intake.isBehind, intake.look(), source.looks]).toEqual([true, true, 2])
  expect(intake.next()?.kind).toBe('rejected')
  expect([intake.isBehind, intake.look(), source.looks]).toEqual([false, false, 3])
  expect([intake.next(), source.looks]).toEqual([null, 4])
})

test('`taken` returns how far each file was read, without lines that are still waiting', () => {
  const lines = [line(0, set('a')), line(50, set('b')), line(70, set('c'), 'a.jsonl'), line(30, set('d'), 'z.jsonl')]
  const refused = [{ writer: 'a.jsonl', offset: 60, reason: 'too long' }]
  const intake = open(files({ lines, refused }))
  expect(intake.taken()).toEqual({ 'hotcb.commands.jsonl': 500, 'a.jsonl': 80 })
  expect(intake.next()?.ask.offset).toBe(60)
  expect(intake.taken()).toEqual({ 'hotcb.commands.jsonl': 0, 'a.jsonl': 70, 'z.jsonl': 30 })
  intake.next()
  expect(intake.taken()).toEqual({ 'hotcb.commands.jsonl': 50, 'a.jsonl': 70, 'z.jsonl': 30 })
  takeAll(intake)
  expect(intake.taken()).toEqual({ 'hotcb.commands.jsonl': 500, 'a.jsonl': 80 })
  const { offsets: _, ...without } = files()
  expect(open(without).taken()).toEqual({})
})

test('a `core` command can be found before its turn', () => {
  const accept = (cid: string, module = 'core'): string => text({ cid, module, op: 'accept_ledger' })
  const source = files()
  source.all.push(
    line(0, accept('other', 'opt')),
    line(20, '{"op":"accept_ledger"'),
    line(30, text({ cid: 'note', module: 'core', op: 'pause', note: 'accept_ledger' })),
    line(35, text({ cid: 'word', module: 'core', op: 'pause', params: { op: 'accept_ledger' } })),
    line(40, accept('done')),
    line(60, accept('answered')),
    line(80, accept('wanted')),
    line(90, accept('later')),
  )
  const answered = createAnswered()
  answered.meet('answered', null, 60)
  const past: Done = { done: { 'hotcb.commands.jsonl': 41 }, open: new Set() }
  const intake = open(source, past, answered)
  expect([intake.seek('accept_ledger'), intake.seek('resume')]).toEqual(['wanted', null])
  expect(intake.isTaken('wanted')).toBe(false)
  const { ahead: _, ...without } = files()
  expect(open(without).seek('accept_ledger')).toBeNull()
})

test('an answered cid is identified by its location, in the shared file or another', () => {
  const answered = createAnswered()
  expect(answered.meet('a', null, 5)).toBe('nowhere')
  expect(answered.meet('a', null, 5)).toBe('here')
  expect(answered.meet('a', 'h.jsonl', 5)).toBe('elsewhere')
  expect(answered.meet('a', 'h.jsonl', 5)).toBe('here')
  expect(answered.meet('a', null, 5)).toBe('here')
  expect(answered.meet('a', null, 6)).toBe('elsewhere')
  expect(answered.meet('b', 'h.jsonl', 5)).toBe('nowhere')
  expect(answered.meet('b', 'h.jsonl', 5)).toBe('here')
  expect(answered.meet('b', 'g.jsonl', 5)).toBe('elsewhere')
  expect(answered.meet('b', null, 5)).toBe('elsewhere')
  answered.close('c')
  expect([answered.has('a'), answered.has('b'), answered.has('c'), answered.has('d')]).toEqual([
    true,
    true,
    true,
    false,
  ])
  expect(answered.meet('c', null, 0)).toBe('elsewhere')
})
