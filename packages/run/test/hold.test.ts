import { appendFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createHoldFold } from '../src/index.ts'
import { openHold, readHolder } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { FILE, validLines } from './hold-log.ts'

describe('a log with one holder', () => {
  test('a holder that has released the log is not checked for liveness', async () => {
    const dir = temporaryDirectory()
    const first = openHold(dir, FILE, { engine: 'notifier' })
    expect(() => openHold(dir, FILE, { engine: 'agent' })).toThrow(`(process ${process.pid} on`)
    first.close()
    expect(() => first.append([])).toThrow('is closed')
    const second = openHold(dir, FILE, { engine: 'agent' })
    expect([first.look(), second.n, second.look()]).toEqual([false, 2, true])
    second.close()
  })

  test('a holder on another host counts as alive while its log is younger than 90 seconds', () => {
    const dir = temporaryDirectory()
    const path = join(dir, FILE)
    const begin = (n: number): string =>
      `${JSON.stringify({ kind: 'begin', n, data: { token: `t${n}`, host: 'gpu-3', pid: 7, start: 'other-boot/pid/9', engine: 'notifier' } })}\n`
    const age = (seconds: number): void => utimesSync(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds)
    writeFileSync(path, begin(4))
    age(60)
    expect(() => openHold(dir, FILE, { engine: 'agent' })).toThrow('held by notifier (process 7 on gpu-3)')
    // A refused start does not update the time of the log, even if it had to terminate an incomplete line.
    appendFileSync(path, '{"torn')
    age(120)
    const hold = openHold(dir, FILE, { engine: 'agent' })
    expect(hold.n).toBe(5)
    appendFileSync(path, begin(4))
    expect(hold.look()).toBe(true)
    appendFileSync(path, begin(5))
    expect(hold.append([{ kind: 'line', text: 'late' }])).toMatchObject({ code: 'superseded' })
    expect(hold.supersededBy?.host).toBe('gpu-3')
  })

  test('a start that used the number of another takes the next one, so that their lines can be distinguished', () => {
    const dir = temporaryDirectory()
    const path = join(dir, FILE)
    writeFileSync(path, '{"kind":"line","text":"one"}\n')
    // Another process starts after this one has read the log, before it writes its first line.
    const other = '{"kind":"begin","n":1,"data":{"token":"x","host":null,"pid":null,"start":null,"engine":"agent"}}\n'
    const hold = openHold(dir, FILE, { engine: 'notifier', onLine: () => appendFileSync(path, other) })
    expect([hold.n, hold.look()]).toEqual([2, true])
    hold.close()
  })

  test('the holder takes a removed or replaced log again, so that the next start finds it', () => {
    const dir = temporaryDirectory()
    const path = join(dir, FILE)
    const hold = openHold(dir, FILE, { engine: 'notifier' })
    rmSync(path)
    expect(hold.append([{ kind: 'line', text: 'one' }])).toBeNull()
    expect(() => openHold(dir, FILE, { engine: 'agent' })).toThrow('held by notifier')
    writeFileSync(`${path}.new`, '{"kind":"line","text":"other"}\n')
    renameSync(`${path}.new`, path)
    expect(hold.append([{ kind: 'line', text: 'two' }])).toBeNull()
    expect(() => openHold(dir, FILE, { engine: 'agent' })).toThrow('held by notifier')
    expect(validLines(dir)).toEqual({ texts: ['other', 'two'], voids: 0 })
    hold.close()
  })
})

test('the start time of a holder that repeats its line is that of its first line', () => {
  const dir = temporaryDirectory()
  const begin = (n: number, ts: number): string =>
    `${JSON.stringify({ kind: 'begin', n, ts, data: { token: `t${n}`, host: null, pid: null, start: null, engine: 'agent' } })}\n`
  writeFileSync(join(dir, FILE), begin(1, 100) + begin(1, 160))
  expect(readHolder({ dir, within: undefined }, FILE)?.begin['ts']).toBe(100)
  appendFileSync(join(dir, FILE), begin(2, 200) + begin(1, 210) + begin(2, 260))
  expect(readHolder({ dir, within: undefined }, FILE)).toMatchObject({ holder: { n: 2 }, begin: { ts: 200 } })
})

test('lines with a lower number after a later start are void', () => {
  const fold = createHoldFold()
  const begin = (n: number, token: string) => ({ kind: 'begin', n, data: { token, engine: 'x' } })
  const kinds = [
    { kind: 'line' },
    begin(1, 'a'),
    { kind: 'line', n: 1 },
    begin(2, 'b'),
    { kind: 'line', n: 1 },
    begin(1, 'c'),
    { kind: 'line', n: 2 },
    { kind: 'end', n: 1, data: { token: 'a' } },
    { kind: 'end', n: 2, data: { token: 'b' } },
    { kind: 'begin', n: 'x' },
  ].map((line) => fold.take(line))
  expect(kinds).toEqual(['line', 'begin', 'line', 'begin', 'void', 'void', 'line', 'void', 'end', 'void'])
  expect([fold.holder?.token, fold.hasEnded, fold.isContended]).toEqual(['b', true, false])
})
