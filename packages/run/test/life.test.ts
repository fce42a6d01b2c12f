import { describe, expect, test } from 'vitest'
import {
  judgeLiveness,
  type Liveness,
  type LivenessFacts,
  type LivenessJudgement,
  type LivenessMemory,
  livenessReason,
  observeState,
} from '../src/index.ts'

const HOUR = 3_600_000

/** A run on another host, seen by a watcher with a monotonic clock, on a file system with its own clock. */
class Watched {
  nowMs = 0
  /** The file system's time; null if the watcher has no write permission. */
  clockMs: number | null = 1_790_000_000_000
  text: string | null = null
  writtenMs = 0
  process: ReturnType<LivenessFacts['processState']> = 'unknown'
  writes = 0
  probes = 0
  #memory: LivenessMemory | undefined

  write(fields: object = {}, at = this.clockMs ?? 0): void {
    const kernel = { name: 'k', version: '1', pid: 7, host: 'other', attempt: 1, start: 's' }
    this.text = JSON.stringify({ protocol: 1, kernel, step: 5, closed: false, ...fields })
    this.writtenMs = at
    this.writes++
  }

  /** Time passes for both the watcher and the file server. */
  pass(ms: number): void {
    this.nowMs += ms
    if (this.clockMs !== null) this.clockMs += ms
  }

  look(): Liveness {
    const { text, writtenMs: modifiedMs, writes } = this
    const document = text === null ? null : observeState({ text, modifiedMs, stamp: `${writes}` })
    const judged = judgeLiveness(this.#memory, { document, nowMs: this.nowMs, processState: () => this.process })
    const { life, memory }: LivenessJudgement = 'life' in judged ? judged : judged.withFileClock(this.#probe())
    this.#memory = memory
    return life
  }

  #probe(): number | null {
    this.probes++
    return this.clockMs
  }
}

function verdicts({ verdict, by }: Liveness): string {
  return `${verdict} by ${by}`
}

test('a missing state document, or one that its kernel has closed, is not a sign of life', () => {
  const run = new Watched()
  expect(verdicts(run.look())).toBe('dead by absent')
  run.process = 'running'
  run.write({ closed: true })
  expect(verdicts(run.look())).toBe('dead by closed')
})

describe('on its own host', () => {
  test('the process determines the verdict, whatever the age of its document', () => {
    const run = new Watched()
    run.write({}, 0)
    run.process = 'running'
    expect(verdicts(run.look())).toBe('alive by process')
    run.write()
    run.process = 'gone'
    expect(verdicts(run.look())).toBe('dead by process')
    expect(run.probes).toBe(0)
  })

  test('a paused trainer, and one in a step of many minutes, are alive', () => {
    const run = new Watched()
    run.process = 'running'
    for (const fields of [{ paused: true }, { step_seconds: 0.001 }]) {
      run.write(fields)
      run.look()
      run.pass(30 * 60_000)
      expect(verdicts(run.look())).toBe('alive by process')
    }
  })
})

describe('elsewhere', () => {
  test('a document younger than five seconds by the file clock is a sign of life, an older one is not', () => {
    const young = new Watched()
    young.write()
    young.pass(4900)
    expect(verdicts(young.look())).toBe('alive by file-clock')
    const old = new Watched()
    old.write()
    old.pass(180_000)
    expect(old.look()).toMatchObject({ verdict: 'dead', by: 'file-clock', ageSeconds: 180, limitSeconds: 5 })
  })

  test('a slow trainer is considered dead only after three steps', () => {
    const run = new Watched()
    run.write({ step_seconds: 120 })
    run.pass(359_000)
    expect(run.look()).toMatchObject({ verdict: 'alive', limitSeconds: 360 })
    run.pass(2000)
    expect(verdicts(run.look())).toBe('dead by file-clock')
  })

  test.each([
    ['forward', HOUR],
    ['back', -HOUR],
  ])('a file server clock that is an hour off gives the same verdict: %s', (_way, shift) => {
    const run = new Watched()
    run.clockMs = 1_790_000_000_000 + shift
    run.write()
    run.pass(1000)
    expect(verdicts(run.look())).toBe('alive by file-clock')
    run.pass(HOUR)
    expect(verdicts(run.look())).toBe('dead by file-clock')
  })

  test('if the file clock is set back by an hour, no verdict is dead before the next document or five seconds', () => {
    const run = new Watched()
    run.write()
    run.pass(500)
    run.clockMs = (run.clockMs ?? 0) - HOUR
    expect(verdicts(run.look())).toBe('unknown by future')
    expect(livenessReason(run.look())).toContain('a time in the future')
    run.pass(500)
    run.write()
    expect(verdicts(run.look())).toBe('alive by change')
    const killed = new Watched()
    killed.write()
    killed.clockMs = (killed.clockMs ?? 0) - HOUR
    killed.look()
    killed.pass(4999)
    expect(killed.look().verdict).toBe('unknown')
    killed.pass(1)
    expect(verdicts(killed.look())).toBe('dead by change')
  })

  test('a trainer is not considered dead when the file clock is set forward by an hour while we watch', () => {
    const run = new Watched()
    run.write()
    expect(run.look().verdict).toBe('alive')
    run.clockMs = (run.clockMs ?? 0) + HOUR
    run.pass(900)
    expect(run.look().verdict).toBe('alive')
    run.write()
    run.pass(100)
    expect(run.look().verdict).toBe('alive')
  })

  test('the file clock is read once per document, not at every check', () => {
    const run = new Watched()
    run.write({}, 0)
    for (let i = 0; i < 100; i++) {
      run.look()
      run.pass(1000)
    }
    expect(run.probes).toBe(1)
  })

  test('a watcher that checks rarely reads the clock again if the document has changed in the meantime', () => {
    const run = new Watched()
    run.write()
    run.look()
    run.pass(1000)
    run.write()
    run.pass(60_000)
    expect(run.look()).toMatchObject({ verdict: 'dead', by: 'file-clock', ageSeconds: 60 })
    run.write()
    expect(verdicts(run.look())).toBe('alive by change')
  })
})

describe('without write permission', () => {
  test('nothing is known until the document has changed within the time limit', () => {
    const run = new Watched()
    run.clockMs = null
    run.write({}, 5)
    const first = run.look()
    expect([verdicts(first), first.ageSeconds]).toEqual(['unknown by watching', null])
    expect(livenessReason(first)).toContain('no file can be written next to it')
    run.pass(1000)
    run.write({}, 5)
    expect(verdicts(run.look())).toBe('alive by change')
    run.pass(3999)
    expect(run.look().verdict).toBe('alive')
  })

  test('a document that did not change during the whole watch is not a sign of life', () => {
    const run = new Watched()
    run.clockMs = null
    run.write({ step_seconds: 10 })
    run.look()
    run.pass(29_999)
    expect(run.look().verdict).toBe('unknown')
    run.pass(1)
    expect(run.look()).toMatchObject({ verdict: 'dead', by: 'change', ageSeconds: 30 })
  })

  test('a change that may have happened long ago, because nothing was watching, proves nothing', () => {
    const run = new Watched()
    run.clockMs = null
    run.write()
    run.look()
    run.write()
    run.pass(5000)
    expect(run.look().verdict).toBe('unknown')
  })

  test('a document that just appeared is not a sign of life: the run may be being copied', () => {
    const run = new Watched()
    run.clockMs = null
    run.look()
    run.pass(100)
    run.write()
    expect(run.look().verdict).toBe('unknown')
  })
})

describe('a document that cannot be read', () => {
  test('gives no information when it is incomplete, and does not change the verdict', () => {
    const run = new Watched()
    run.text = '{"protocol":1,"ker'
    const life = run.look()
    expect([verdicts(life), life.trouble]).toEqual(['unknown by unreadable', expect.stringMatching(/^is not JSON: /)])
    run.write()
    run.process = 'running'
    run.look()
    run.text = ''
    expect(verdicts(run.look())).toBe('alive by process')
  })

  test('is a sign of life if a newer kernel wrote it, and shows its protocol', () => {
    const run = new Watched()
    run.write({ protocol: 2, step: { epoch: 1, batch: 2 } })
    const life = run.look()
    expect([life.verdict, life.protocol, life.state, life.trouble]).toEqual([
      'alive',
      2,
      undefined,
      expect.stringContaining('`step` must be a whole number'),
    ])
  })

  test.each(['null', '[]', '3', '{"kernel":3}'])('is not a state document at all: %s', (text) => {
    const run = new Watched()
    run.text = text
    expect(verdicts(run.look())).toBe('unknown by unreadable')
  })
})

test('a kernel that did not record its start is unknown, not dead, while a process with its pid runs on its host', () => {
  const run = new Watched()
  run.process = 'perhaps'
  run.write()
  expect(verdicts(run.look())).toBe('alive by file-clock')
  run.pass(60_000)
  const life = run.look()
  expect([verdicts(life), livenessReason(life)]).toEqual([
    'unknown by process',
    'a process 7 is running, which may or may not be the trainer',
  ])
})

test('the reason why a trainer is considered dead is given if there is more evidence than silence', () => {
  const run = new Watched()
  run.write()
  run.process = 'gone'
  expect(livenessReason(run.look())).toBe('its process 7 is gone')
  run.process = 'running'
  expect(livenessReason(run.look())).toBe(null)
  run.process = 'unknown'
  run.pass(60_000)
  expect(livenessReason(run.look())).toBe(null)
})
