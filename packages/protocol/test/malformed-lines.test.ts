import { describe, expect, test } from 'vitest'
import { formatCommand, readCommand, readLedgerLine, readOverlay } from '../src/index.ts'

describe('a command is refused with the field, what would be right, and the value', () => {
  const capture = '`source_capture` must be {sha256, captured_path}, got '
  const target = '`target` must be {kind: file|module|python_file, path, symbol}, got '
  const at = '`at` must be {step: whole number >= 0, event?: text}, got '
  const expires = '`expires` must be {step: whole number} or {ts: epoch seconds}, got '

  test.each<[object, string]>([
    [{ op: '' }, '`op` must be a non-empty string, got ""'],
    [{ op: 3 }, '`op` must be a non-empty string, got 3'],
    [{ id: true }, '`id` must be text, got true'],
    [{ id: Number.NaN }, '`id` must be text, got NaN'],
    [{ module: 3 }, '`module` must be text, got 3'],
    [{ note: [] }, '`note` must be text, got []'],
    [{ ts: 'now' }, '`ts` must be a finite number, got "now"'],
    [{ step_offset: Number.POSITIVE_INFINITY }, '`step_offset` must be a finite number, got Infinity'],
    [{ params: [1] }, '`params` must be an object, got [1]'],
    [{ enabled: 1 }, '`enabled` must be true or false, got 1'],
    [{ init: 'x' }, '`init` must be an object, got "x"'],
    [{ expect: 1 }, '`expect` must be an object {key: value}, got 1'],
    [{ target: 'x' }, `${target}"x"`],
    [{ target: { kind: 'url', path: 'a', symbol: 'b' } }, `${target}{"kind":"url","path":"a","symbol":"b"}`],
    [{ target: { kind: 'file', symbol: 'b' } }, `${target}{"kind":"file","symbol":"b"}`],
    [{ target: { kind: 'file', path: 'a', symbol: 1 } }, `${target}{"kind":"file","path":"a","symbol":1}`],
    [{ at: 5 }, `${at}5`],
    [{ at: { step: -1 } }, `${at}{"step":-1}`],
    [{ at: { step: 1.5 } }, `${at}{"step":1.5}`],
    [{ at: { step: 1, event: 3 } }, `${at}{"step":1,"event":3}`],
    [{ expires: {} }, `${expires}{}`],
    [{ expires: [] }, `${expires}[]`],
    [{ expires: { step: -1 } }, `${expires}{"step":-1}`],
    [{ expires: { step: -1, ts: 5 } }, `${expires}{"step":-1,"ts":5}`],
    [{ expires: { ts: 'x' } }, `${expires}{"ts":"x"}`],
    [{ expires: { step: null, ts: null } }, `${expires}{"step":null,"ts":null}`],
    [{ source_capture: 'x' }, `${capture}"x"`],
    [{ source_capture: { sha256: 'a' } }, `${capture}{"sha256":"a"}`],
    [{ source_capture: { captured_path: 'a' } }, `${capture}{"captured_path":"a"}`],
    [{ params: { a: [Number.NaN] } }, '`a.0` must be a finite number, got NaN or an infinity'],
    [{ init: { a: Number.POSITIVE_INFINITY } }, '`a` must be a finite number, got NaN or an infinity'],
    [{ expect: { a: Number.NaN } }, '`a` must be a finite number, got NaN or an infinity'],
  ])('%j', (fields, reason) => {
    expect(readCommand({ op: 'enable', ...fields })).toEqual({ ok: false, reason })
  })

  test.each([[3], [null], ['text'], [[]]])('that is %j', (value) => {
    expect(readCommand(value)).toEqual({
      ok: false,
      reason: `a command must be a JSON object, got ${JSON.stringify(value)}`,
    })
  })
})

test('a command may leave out everything but its op, or set it to null', () => {
  const nothing = {
    cid: null,
    ts: null,
    source: null,
    author: null,
    module: 'cb',
    op: 'enable',
    id: 'main',
    params: null,
    target: null,
    init: null,
    enabled: null,
    mode: null,
    recipe_path: null,
    adjust_path: null,
    policy: null,
    step_offset: null,
    source_capture: null,
    at: null,
    expires: null,
    expect: null,
    note: null,
  }
  expect(readCommand({ op: 'enable' })).toEqual({ ok: true, value: nothing })
  expect(readCommand({ ...nothing, module: null, id: null })).toEqual({ ok: true, value: nothing })
  expect(readCommand({ op: 'enable', module: '', id: '' })).toEqual({ ok: true, value: nothing })
})

test('each field of a command is read as it is, and written in the order of the wire format', () => {
  const command = {
    cid: 'c1',
    ts: 1.5,
    source: 'cli',
    author: 'me',
    module: 'cb',
    op: 'load',
    id: 'probe',
    params: { a: [1] },
    target: { kind: 'python_file', path: 'a.py', symbol: 'A' },
    init: { every: 1 },
    enabled: false,
    mode: 'replay',
    recipe_path: 'r',
    adjust_path: 'a',
    policy: 'best_effort',
    step_offset: -3,
    source_capture: { sha256: 'ab', captured_path: 'x' },
    at: { step: 0, event: 'val_end' },
    expires: { step: 0, ts: 5 },
    expect: { lr: 0.1 },
    note: 'why',
  } as const
  const read = readCommand({ ...command, unknown: 1 })
  expect(read).toEqual({ ok: true, value: command })
  const backwards = Object.fromEntries(Object.entries(command).reverse()) as unknown as typeof command
  expect(formatCommand(backwards)).toBe(`${JSON.stringify(command)}\n`)
  expect(readCommand({ op: 'enable', id: 7 })).toMatchObject({ ok: true, value: { id: '7' } })
  expect(() => formatCommand({ op: '' })).toThrow(new RangeError('`op` must be a non-empty string, got ""'))
})

describe('a ledger line', () => {
  const line = { module: 'opt', op: 'set_params', decision: 'applied', cid: null }

  test.each<[unknown, string]>([
    [[], 'a ledger line must be a JSON object, got []'],
    [{ ...line, decision: 'maybe' }, '`decision` must be one of applied,'],
    [{ ...line, decision: 3 }, '`decision` must be one of applied,'],
    [{ ...line, module: null }, '`module` must be text, got null'],
    [{ ...line, op: 3 }, '`op` must be text, got 3'],
    [{ ...line, seq: -1 }, '`seq` must be a whole number from 0 to 2^52, got -1'],
    [{ ...line, seq: 2 ** 52 + 1 }, '`seq` must be a whole number from 0 to 2^52, got 4503599627370497'],
    [{ ...line, seq: 1.5 }, '`seq` must be a whole number from 0 to 2^52, got 1.5'],
    [{ ...line, step: -2 }, '`step` must be a whole number of at least -1, got -2'],
    [{ ...line, step: 2 ** 53 }, '`step` must be a whole number of at least -1, got 9007199254740992'],
    [{ ...line, call: -1 }, '`call` must be a whole number of at least 0, got -1'],
  ])('that is %j is refused', (value, reason) => {
    const read = readLedgerLine(value)
    expect(read.ok ? 'read' : read.reason).toContain(reason)
  })

  test('at the limits of its numbers is read', () => {
    const at = (fields: object) => readLedgerLine({ ...line, ...fields }).ok
    expect([
      at({ seq: 0 }),
      at({ seq: 2 ** 52 }),
      at({ step: -1 }),
      at({ step: 2 ** 53 - 1 }),
      at({ call: 0 }),
    ]).toEqual(Array(5).fill(true))
  })

  test('has defaults for what is missing, or of another type', () => {
    const strange = {
      id: [],
      source: {},
      event: true,
      wall_time: Number.NaN,
      offset: Number.POSITIVE_INFINITY,
      epoch: '1',
    }
    const bare = readLedgerLine({ module: 'opt', op: 'set_params', status: 'applied' })
    const odd = readLedgerLine({
      ...line,
      ...strange,
      params: [1],
      old: 'x',
      ranks: 'x',
      of: null,
      attempt: Number.NaN,
    })
    const defaults = {
      seq: 0,
      step: null,
      epoch: null,
      event: null,
      phase: null,
      module: 'opt',
      op: 'set_params',
      id: 'main',
      source: 'external',
      decision: 'applied',
      params: null,
      payload: null,
      error: null,
      traceback: null,
      notes: null,
      wall_time: 0,
      cid: null,
      writer: null,
      offset: null,
      author: null,
      call: null,
      old: null,
      of: null,
      reverts: null,
      attempt: null,
      ranks: null,
    }
    expect(odd).toEqual({ ok: true, value: defaults })
    expect(bare).toEqual({ ok: true, value: { ...defaults, foreign: true } })
  })

  test('keeps what is there: a number as text, the ranks that are numbers, and a place only if it is true', () => {
    const fields = {
      id: 7,
      event: 'e',
      ranks: [1, 'x', 2],
      after: true,
      end: true,
      wall_time: 1.5,
      offset: 3,
      params: { a: 1 },
    }
    expect(readLedgerLine({ ...line, ...fields })).toMatchObject({
      ok: true,
      value: { ...fields, id: '7', ranks: [1, 2] },
    })
    const read = readLedgerLine({ ...line, after: 1, end: false })
    expect(read.ok && ['after' in read.value, 'end' in read.value]).toEqual([false, false])
  })
})

test('an overlay is refused with the path of the field', () => {
  const reason = (patch: object) => {
    const read = readOverlay({ patches: [{ match: {}, ...patch }] })
    return read.ok ? 'read' : read.reason
  }
  expect(reason({ drop: 3 })).toBe('`patches.0.drop` must be true or false, got 3')
  expect(reason({ shift_step: 1.5 })).toBe('`patches.0.shift_step` must be a whole number, got 1.5')
  expect(reason({ match: { module: 3 } })).toBe('`patches.0.match.module` must be text, got 3')
  expect(reason({ match: { nth: -1 } })).toContain('`patches.0.match.nth` must be ')
  expect(readOverlay(3)).toEqual({ ok: false, reason: 'an overlay must be an object, got 3' })
})
