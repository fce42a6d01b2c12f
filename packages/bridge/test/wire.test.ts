import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kernel } from '@hotcb/kernel'
import type { LineSink, SinkFailure } from '@hotcb/metrics'
import type { Json } from '@hotcb/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type Answer,
  PAGE,
  type RemoteControl,
  type Request,
  type RingRecord,
  readAnswer,
  readContact,
  readRing,
  recordBytes,
  skipRecord,
  textRecord,
} from '../src/index.ts'
import { askTrainer, createAsking, within } from '../src/node/asking.ts'
import { answerReader, lineSplitter, writeLine } from '../src/node/channel.ts'
import { gatheredSink } from '../src/node/gathered-sink.ts'
import { openPage } from '../src/node/page.ts'
import { checkedBy } from '../src/node/remote-queue.ts'
import { remoteControls } from '../src/remote-controls.ts'

/** Opens a file with this content. */
function opened(content: string | Uint8Array): { readonly path: string; readonly fd: number } {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bridge-wire-'))
  const path = join(dir, 'file')
  writeFileSync(path, content)
  const fd = openSync(path, 'r+')
  onTestFinished(() => {
    closeSync(fd)
    rmSync(dir, { recursive: true, force: true })
  })
  return { path, fd }
}

describe('a line from the client', () => {
  const kinds = 'open, continue, takeover, apply, snapshot, close, bell, queue, poll, controller, control'

  test.each(['continue', 'takeover', 'apply', 'snapshot', 'close', 'bell', 'poll', 'control'])(
    '`%s` is read without a version',
    (k) => {
      expect(readContact(JSON.stringify({ k, head: 1 }))).toEqual({ ok: true, value: { k, head: 1 } })
    },
  )

  test.each(['open', 'queue', 'controller'])('`%s` needs the version of this sidecar', (k) => {
    expect(readContact(`{"k":"${k}","bridge":1}`)).toEqual({ ok: true, value: { k, bridge: 1 } })
    for (const [bridge, shown] of [
      ['', 'undefined'],
      [',"bridge":2', '2'],
      [',"bridge":"1"', '"1"'],
    ]) {
      expect(readContact(`{"k":"${k}"${bridge}}`)).toEqual({
        ok: false,
        reason: `this sidecar uses version 1 of the bridge, got ${shown}`,
      })
    }
  })

  test('may contain numbers that are not finite, and is refused with a reason if it is malformed', () => {
    expect(readContact('{"k":"bell","head":NaN}')).toEqual({ ok: true, value: { k: 'bell', head: Number.NaN } })
    expect(readContact('{')).toEqual({
      ok: false,
      reason: expect.stringMatching(/^a line from the client is not JSON: ./),
    })
    for (const [line, shown] of [
      ['[]', '[]'],
      ['5', '5'],
      ['null', 'null'],
    ] as const) {
      expect(readContact(line)).toEqual({ ok: false, reason: `a line from the client must be an object, got ${shown}` })
    }
    for (const [line, shown] of [
      ['{"k":"dance"}', '"dance"'],
      ['{"k":5}', '5'],
      ['{}', 'undefined'],
      ['{"k":["open"]}', '["open"]'],
    ] as const) {
      expect(readContact(line)).toEqual({
        ok: false,
        reason: `\`k\` of a line from the client must be one of ${kinds}, got ${shown}`,
      })
    }
  })
})

test('an answer contains a value or an error; anything else is refused', () => {
  expect(readAnswer('{"v":null}')).toEqual({ ok: true, value: { v: null } })
  expect(readAnswer('{"error":"no"}')).toEqual({ ok: true, value: { error: 'no' } })
  for (const line of ['{"w":1}', '1', '[]', 'null']) {
    expect(readAnswer(line)).toEqual({
      ok: false,
      reason: `an answer from the client must have \`v\` or \`error\`, got ${line}`,
    })
  }
  expect(readAnswer('{')).toEqual({
    ok: false,
    reason: expect.stringMatching(/^an answer from the client is not JSON: ./),
  })
})

describe("a trainer's control", () => {
  const least: RemoteControl = { key: 'lr', type: 'float', group: 'optimizer', initial: [1] }
  const sent: unknown[] = []
  const port = (answer: Json) => ({
    get: (i: number) => {
      sent.push(['get', i])
      return answer
    },
    set: (setting: object) => void sent.push(setting),
    rates: () => [0.5],
  })

  test('has default properties if the trainer specifies none', () => {
    const [actuator] = remoteControls([least], port(2))
    expect(actuator).toMatchObject({
      key: 'lr',
      spec: { type: 'float', min: null, max: null, step: null, choices: null },
      label: 'lr',
      group: 'optimizer',
      unit: null,
      paramGroups: [''],
      aliases: [],
      initial: [1],
      keepRatios: false,
      rampable: false,
    })
    expect(['positions', 'metric', 'rates', 'setScale'].filter((key) => key in (actuator ?? {}))).toEqual([])
  })

  test('has the properties that the trainer specifies, and is identified by its index', () => {
    const full: RemoteControl = {
      ...least,
      label: 'Rate',
      unit: 's',
      min: 0,
      max: 2,
      step: 0.1,
      choices: [1, 2],
      groups: ['a', 'b'],
      positions: [3, 4],
      aliases: ['rate'],
      keep: true,
      rampable: true,
      metric: 'lr_now',
    }
    const [, actuator] = remoteControls([least, full], port([7, 8]))
    expect(actuator).toMatchObject({
      spec: { type: 'float', min: 0, max: 2, step: 0.1, choices: [1, 2] },
      label: 'Rate',
      unit: 's',
      paramGroups: ['a', 'b'],
      positions: [3, 4],
      aliases: ['rate'],
      keepRatios: true,
      rampable: true,
      metric: 'lr_now',
    })
    sent.length = 0
    expect(actuator !== undefined && 'get' in actuator && actuator.get?.()).toEqual([7, 8])
    actuator?.set([9, 10])
    expect(sent).toEqual([['get', 1], { k: 'set', i: 1, v: [9, 10] }])
    const [single] = remoteControls([least], port(2))
    expect(single !== undefined && 'get' in single && single.get?.()).toEqual([2])
  })

  test("under the trainer's schedule has the schedule's rates, and is scaled", () => {
    const [actuator] = remoteControls([{ ...least, scheduled: true }], port(2))
    sent.length = 0
    expect(actuator !== undefined && 'rates' in actuator && actuator.rates?.()).toEqual([0.5])
    if (actuator !== undefined && 'setScale' in actuator) actuator.setScale?.([2])
    expect([sent, 'get' in (actuator ?? {})]).toEqual([[{ k: 'scale', i: 0, v: [2] }], false])
  })
})

describe('a request to the trainer', () => {
  // The code reads no other part of a kernel.
  const kernel = (deciding: unknown) => () => ({ deciding }) as Kernel
  const asking = (answer: Answer, worldSize?: number) =>
    createAsking({ ask: () => answer }, kernel(undefined), worldSize)

  test('is possible only within a contact, which ends even if the request fails', () => {
    const one = asking({ v: 5 })
    const between = 'the trainer cannot be asked for `tell` between two contacts'
    expect(() => one.ask({ k: 'tell' })).toThrow(between)
    expect(within(one, () => one.ask({ k: 'tell' }))).toBe(5)
    expect(() =>
      within(one, () => {
        throw new Error('mine')
      }),
    ).toThrow('mine')
    expect(() => one.ask({ k: 'tell' })).toThrow(between)
    expect([one.rates, one.step, one.written, one.isOpen]).toEqual([[], 0, 0, false])
  })

  test("that fails throws the trainer's message, with its stack trace and ranks", () => {
    const fail = (answer: Answer): unknown => {
      try {
        return askTrainer({ ask: () => answer }, { k: 'tell' })
      } catch (error) {
        return error
      }
    }
    expect(fail({ error: 'no', trace: 'line 1', ranks: [1] })).toMatchObject({
      name: 'TrainerError',
      message: 'no',
      stack: 'line 1',
      ranks: [1],
    })
    expect(fail({ error: 'no' })).toMatchObject({ stack: expect.stringContaining('TrainerError'), ranks: undefined })
    expect(fail({ v: null })).toBeNull()
  })

  test('that loses the other ranks records the first reason', () => {
    const one = asking({ error: 'no', lost: 'rank 1 has ended' }, 2)
    expect(one.crew).toEqual({ worldSize: 2, lost: null })
    expect(() => within(one, () => one.ask({ k: 'tell' }))).toThrow('no')
    one.lose('something else')
    expect(one.crew?.lost).toBe('rank 1 has ended')
    expect([asking({ v: 1 }).crew, asking({ v: 1 }, 1).crew]).toEqual([null, null])
  })

  test('contains the number of the ledger line that is being decided', () => {
    const of = (deciding: unknown) => createAsking({ ask: () => ({ v: 1 }) }, kernel(deciding)).deciding()
    expect([of({ seq: 5, cid: 'a' }), of(undefined), of({ seq: 0, cid: null })]).toEqual([
      { seq: 5, cid: 'a' },
      { seq: null, cid: null },
      { seq: 0, cid: null },
    ])
  })

  test('that validates arguments returns those that the trainer accepted, or the given ones', () => {
    const asked: Request[] = []
    const check = (answer: Json) =>
      checkedBy((request) => {
        asked.push(request)
        return answer
      }, 'a.b')([1], { x: 2 })
    expect(check({ args: [3], kwargs: { x: 4 } })).toEqual([[3], { x: 4 }])
    expect(asked).toEqual([{ k: 'ctl.check', path: 'a.b', args: [1], kwargs: { x: 2 } }])
    for (const other of [null, 5, {}, { args: 5, kwargs: [] }]) expect(check(other)).toEqual([[1], { x: 2 }])
  })
})

describe('lines between the two processes', () => {
  test('arrive one by one, regardless of how the bytes are split', () => {
    const text = '{"a":1}\n\n{"ü":2}\nlast'
    const bytes = Buffer.from(text)
    for (let size = 1; size <= bytes.length; size++) {
      const lines: string[] = []
      const receive = lineSplitter((line) => lines.push(line))
      for (let at = 0; at < bytes.length; at += size) receive(bytes.subarray(at, at + size))
      expect([size, lines]).toEqual([size, ['{"a":1}', '', '{"ü":2}']])
    }
  })

  test('are written with a newline, and answers are read up to their newline', () => {
    const { path, fd } = opened('')
    writeLine(fd, { v: 'ü'.repeat(100_000) })
    expect(readFileSync(path, 'utf8')).toBe(`{"v":"${'ü'.repeat(100_000)}"}\n`)
    const reader = answerReader(openSync(path, 'r'))
    expect([reader.read(), reader.read()]).toEqual([{ v: 'ü'.repeat(100_000) }, null])
  })

  test('that are not an answer, or have no end, are refused', () => {
    expect(() => answerReader(opened('{"w":1}\n').fd).read()).toThrow(
      new TypeError('an answer from the client must have `v` or `error`, got {"w":1}'),
    )
    expect(answerReader(opened('{"v":1}').fd).read()).toBeNull()
    const { path, fd } = opened('')
    truncateSync(path, 16 * 1024 * 1024 + 1)
    expect(() => answerReader(fd).read()).toThrow(new RangeError('an answer is longer than 16777216 bytes'))
  })
})

test("a sink's lines are written together, kept if that fails, and written first the next time", () => {
  const written: string[] = []
  let failure: SinkFailure | null = null
  const calls: string[] = []
  const inner: LineSink = {
    append: (lines) => {
      if (failure === null) written.push(lines)
      return failure
    },
    flush: () => {
      calls.push('flush')
      return failure
    },
    sync: () => {
      calls.push('sync')
      return failure
    },
    close: () => void calls.push('close'),
  }
  const sink = gatheredSink(inner)
  expect([sink.append('a\n'), sink.append('b\n'), written]).toEqual([null, null, []])
  expect([sink.write(), sink.write(), written, calls]).toEqual([null, null, ['a\nb\n'], []])
  failure = { code: 'ENOSPC', message: 'full' }
  sink.append('c\n')
  expect([sink.write(), sink.append('d\n'), sink.write(), sink.sync?.()]).toEqual(Array(4).fill(failure))
  failure = null
  expect([sink.flush(), written, calls]).toEqual([null, ['a\nb\n', 'd\n'], ['flush', 'flush', 'flush']])
  sink.append('e\n')
  expect([sink.sync?.(), written.at(-1), calls.at(-1)]).toEqual([null, 'e\n', 'sync'])
  sink.append('f\n')
  sink.close?.()
  sink.close?.()
  expect([written.at(-1), calls.filter((call) => call === 'close')]).toEqual(['f\n', ['close']])
})

test("a trainer's page has its flag, its two positions and its ring at the places in the layout", () => {
  expect(PAGE).toEqual({ bytes: 1_048_576, flag: 0, head: 8, drained: 16, ring: 4096, ringBytes: 1_040_384 })
  const bytes = Buffer.alloc(PAGE.bytes)
  bytes.writeBigInt64LE(2n ** 40n, 8)
  bytes.write('text', 4096 + 5)
  const { path, fd } = opened(bytes)
  const page = openPage(fd)
  expect([page.head(), page.drained(), Buffer.from(page.read(5, 4)).toString()]).toEqual([2 ** 40, 0, 'text'])
  page.raise()
  page.setDrained(2 ** 33 + 1)
  expect([readFileSync(path)[0], readFileSync(path).readBigInt64LE(16), page.drained()]).toEqual([
    1,
    2n ** 33n + 1n,
    2 ** 33 + 1,
  ])
  page.lower()
  expect(readFileSync(path)[0]).toBe(0)
  expect(() => page.read(PAGE.bytes - 4096 - 2, 4)).toThrow(new RangeError('the page ends at 1044480'))
  truncateSync(path, PAGE.bytes - 1)
  expect(() => openPage(fd)).toThrow(new RangeError('the page must have 1048576 bytes, got 1048575'))
})

describe('the ring', () => {
  test('has records whose size is a multiple of eight bytes', () => {
    expect([0, 1, 8, 9].map(recordBytes)).toEqual([32, 40, 40, 48])
  })

  test('skips the padding at its end, wherever reading starts', () => {
    const record = textRecord('feature', 0, 'a')
    const ring = Buffer.alloc(PAGE.ringBytes)
    const at = PAGE.ringBytes - 16
    ring.set(skipRecord(16), at)
    ring.set(record)
    const asked: (readonly [number, number])[] = []
    const read = (offset: number, length: number) => {
      asked.push([offset, length])
      return ring.subarray(offset, offset + length)
    }
    const records = (from: number, to: number): RingRecord[] => [...readRing(from, to, read)]
    const expected = [{ kind: 'feature', text: '"a"' }]
    expect(records(at, PAGE.ringBytes + record.length)).toEqual(expected)
    expect(asked).toEqual([
      [at, 16],
      [0, record.length],
    ])
    expect(records(7 * PAGE.ringBytes, 7 * PAGE.ringBytes + record.length)).toEqual(expected)
    expect(records(5, 5)).toEqual([])
  })

  test('with a record that is too short, or longer than the written bytes, is refused with its position', () => {
    const words = (size: number) => {
      const bytes = new Uint8Array(16)
      new DataView(bytes.buffer).setInt32(0, size, true)
      return bytes
    }
    for (const size of [0, 7, -8, 17]) {
      const refusal = `the ring has a record of ${size} bytes at 0`
      expect(() => [...readRing(0, 16, () => words(size))]).toThrow(new RangeError(refusal))
    }
  })
})
