// Floors: the minimum cost of a piece of work on this machine. They are measured in the same process as the work, in
// turns, so that a slow or busy machine slows both.
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quantile } from './measure.mjs'

/** Reads the clock once: the minimum work of an idle safe point. */
export function readClock() {
  performance.now()
}

/** Returns `act`, which reads the size of three open files, as a look does, and `close`. */
export function threeStats() {
  return onScratch(3, (fds) => () => {
    for (const fd of fds) fstatSync(fd)
  })
}

/** Returns `act`, which appends a line of 450 bytes, as a change does to its ledger, and `close`. */
export function oneWrite() {
  const line = Buffer.from(`${'x'.repeat(449)}\n`)
  return onScratch(1, ([fd]) => () => {
    writeSync(fd, line)
  })
}

function onScratch(count, make) {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-floor-'))
  const fds = Array.from({ length: count }, (_, i) => {
    const path = join(dir, `${i}`)
    writeFileSync(path, '')
    return openSync(path, 'a')
  })
  return {
    act: make(fds),
    close() {
      for (const fd of fds) closeSync(fd)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/**
 * Nanoseconds of single calls of each act, in turns: median and 99th percentile.
 *
 * The cost of a call may be close to that of the clock, so the clock's cost is measured too and subtracted.
 */
export function inTurns(acts, calls) {
  const names = Object.keys(acts)
  const times = names.map(() => new Float64Array(calls))
  const clock = new Float64Array(calls)
  for (let i = 0; i < calls; i++) {
    for (let n = 0; n < names.length; n++) {
      const act = acts[names[n]]
      const before = process.hrtime.bigint()
      act(i)
      times[n][i] = Number(process.hrtime.bigint() - before)
    }
    const before = process.hrtime.bigint()
    clock[i] = Number(process.hrtime.bigint() - before)
  }
  const own = quantile(clock, 0.5)
  return Object.fromEntries(
    names.map((name, n) => [
      name,
      { median: Math.max(1, quantile(times[n], 0.5) - own), p99: Math.max(1, quantile(times[n], 0.99) - own) },
    ]),
  )
}

/** CPU milliseconds of an act, all threads of the process together. */
export function cpuMs(act) {
  const before = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** CPU milliseconds of `JSON.parse` of the lines of a text, with each result used: the better of two rounds. */
export function parseLines(text) {
  const lines = text.split('\n').filter(Boolean)
  const once = () =>
    cpuMs(() => {
      for (const line of lines) if (typeof JSON.parse(line) !== 'object') throw new Error(line)
    })
  return Math.min(once(), once())
}
