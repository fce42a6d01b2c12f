import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openAppender } from '../src/index.ts'

/** The behaviour of the next writes: succeed, accept at most N bytes, or fail. */
type Fault = 'pass' | 'fail' | number
const faults: Fault[] = []

// Simulates a disk that is full at the worst moment, which a real disk cannot be made to do; disk-full.test.ts uses real disks.
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>()
  const writeSync = (fd: number, bytes: Buffer): number => {
    const fault = faults.shift() ?? 'pass'
    if (fault === 'fail') throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    return real.writeSync(fd, bytes, 0, fault === 'pass' ? bytes.length : Math.min(fault, bytes.length))
  }
  return { ...real, writeSync }
})

let directory: string
let path: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-faults-'))
  path = join(directory, 'a.jsonl')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const fault: fc.Arbitrary<Fault> = fc.oneof(fc.constant('pass'), fc.constant('fail'), fc.integer({ min: 1, max: 30 }))
const body = fc.constantFrom('', 'a', 'é', '€€', '😀😀😀', 'longer than most')
const step = fc.record({
  faults: fc.array(fault, { maxLength: 4 }),
  lines: fc.array(body, { minLength: 1, maxLength: 3 }),
  other: fc.constantFrom('none', 'none', 'append', 'append torn', 'repair', 'repair, append torn', 'delete'),
})

test('the file is the appended text, byte for byte, even if writes fail or are partial', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.constantFrom('', 'old\n', 'torn'), (steps, before) => {
      writeFileSync(path, before)
      const appender = openAppender(path)
      let expected = before === 'torn' ? 'torn\n' : before
      let number = 0
      for (const { faults: plan, lines } of steps) {
        faults.splice(0, faults.length, ...plan)
        const text = lines.map((line) => `${number++} ${line}\n`).join('')
        expected += text
        const failure = appender.append(text)
        const written = readFileSync(path)
        expect(Buffer.from(expected).subarray(0, written.length)).toEqual(written)
        if (failure === null) expect(written.toString()).toBe(expected)
        else expect([failure.code, appender.pendingBytes > 0]).toEqual(['ENOSPC', true])
        expect(appender.endOffset).toBe(written.length)
        if (before !== 'torn') expect(written.length + appender.pendingBytes).toBe(Buffer.byteLength(expected))
      }
      faults.length = 0
      expect([appender.flush(), appender.pendingBytes]).toEqual([null, 0])
      appender.close()
      expect(readFileSync(path, 'utf8')).toBe(steps.length === 0 ? before : expected)
    }),
    { numRuns: 500 },
  )
})

test('each line is complete in the file once, and torn lines are prefixes, whatever other writers do between failing writes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      writeFileSync(path, '')
      const appender = openAppender(path)
      let number = 0
      let kept: string[] = []
      const others: string[] = []
      for (const { faults: plan, lines, other } of steps) {
        faults.splice(0, faults.length, ...plan)
        const whole = lines.map((line) => `${number++} ${line}.`)
        kept.push(...whole)
        appender.append(`${whole.join('\n')}\n`)
        let now = readFileSync(path)
        const sizeBefore = now.length
        const complete = now.lastIndexOf(10) + 1
        if (other.startsWith('repair')) {
          truncateSync(path, complete)
          if (now.toString('utf8', complete).startsWith('other')) others.pop()
          now = now.subarray(0, complete)
        }
        const removed = sizeBefore - now.length
        const torn = now.length > 0 && now.at(-1) !== 10
        if (other.includes('append')) {
          // After a repair, the file has the same size as before if this line is as long as the one that was removed.
          const name = `other ${number}`.padEnd(removed, '.')
          others.push(name)
          appendFileSync(path, `${torn ? '\n' : ''}${name}${other === 'append' ? '\n' : ''}`)
        } else if (other === 'delete') {
          rmSync(path)
          // Complete lines were deleted with the file; torn or pending lines were not.
          const gone = now.toString().split('\n').slice(0, -1)
          kept = kept.filter((line) => !gone.includes(line))
          others.length = 0
        }
      }
      faults.length = 0
      expect(appender.flush()).toBeNull()
      expect(appender.append('end.\n')).toBeNull()
      appender.close()
      kept.push('end.')
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
      expect(lines.filter((line) => kept.includes(line))).toEqual(kept)
      expect(lines.filter((line) => line.startsWith('other'))).toEqual(others)
      const rest = lines.filter((line) => line !== '' && !kept.includes(line) && !line.startsWith('other'))
      // A split character reads as U+FFFD.
      const fragments = rest.map((line) => line.replace(/\uFFFD+$/, ''))
      expect(fragments.filter((line) => !kept.some((whole) => whole.startsWith(line)))).toEqual([])
    }),
    { numRuns: 1000 },
  )
})
