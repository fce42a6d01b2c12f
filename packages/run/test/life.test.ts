import { describe, expect, test } from 'vitest'
import {
  type Judged,
  judgeLife,
  type Life,
  type LifeLook,
  type LifeMemory,
  reasonOf,
  sightState,
} from '../src/index.ts'

const HOUR = 3_600_000

/** A run on another host, seen by a watcher whose clock never goes back, on a file system with a clock of its own. */
class Watched {
  nowMs = 0
  /** What the file system stamps files with; null where the watcher may not write. */
  clockMs: number | null = 1_790_000_000_000
  text: string | null = null
  writtenMs = 0
  process: ReturnType<LifeLook['processState']> = 'unknown'
  writes = 0
  probes = 0
  #memory: LifeMemory | undefined

  write(fields: object = {}, at = this.clockMs ?? 0): void {
    const kernel = { name: 'k', version: '1', pid: 7, host: 'other', attempt: 1, start: 's' }
    this.text = JSON.stringify({ protocol: 1, kernel, step: 5, closed: false, ...fields })
    this.writtenMs = at
    this.writes++
  }

  /** Time passes, for the watcher and for the file server alike. */
  pass(ms: number): void {
    this.nowMs += ms
    if (this.clockMs !== null) this.clockMs += ms
  }

  look(): Life {
    const { text, writtenMs: modifiedMs, writes } = this
    const document = text === null ? null : sightState({ text, modifiedMs, stamp: `${writes}` })
    const judged = judgeLife(this.#memory, { document, nowMs: this.nowMs, processState: () => this.process })
    const { life, memory }: Judged = 'life' in judged ? judged : judged.withFileClock(this.#probe())
    this.#memory = memory
    return life
  }

  #probe(): number | null {
    this.probes++
    return this.clockMs
  }
}

function verdicts({ verdict, by }: Life): string {
  return `${verdict} by ${by}`
}

test('without a state document nobody is alive, and one that its kernel has closed is no sign of life', () => {
  const run = new Watched()
  expect(verdicts(run.look())).toBe('dead by absent')
  run.process = 'running'
  run.write({ closed: true })
  expect(verdicts(run.look())).toBe('dead by closed')
})

describe('on its own host', () => {
  test('the process decides, however old or young its document is', () => {
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
  test('a document younger than five seconds by the clock of the files is a sign of life, an older one is none', () => {
    const young = new Watched()
    young.write()
    young.pass(4900)
    expect(verdicts(young.look())).toBe('alive by file-clock')
    const old = new Watched()
    old.write()
    old.pass(180_000)
    expect(old.look()).toMatchObject({ verdict: 'dead', by: 'file-clock', ageSeconds: 180, limitSeconds: 5 })
  })

  test('three steps may pass before a slow trainer is taken for dead', () => {
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
  ])('a clock of the file server that is an hour off ours says the same: %s', (_way, shift) => {
    const run = new Watched()
    run.clockMs = 1_790_000_000_000 + shift
    run.write()
    run.pass(1000)
    expect(verdicts(run.look())).toBe('alive by file-clock')
    run.pass(HOUR)
    expect(verdicts(run.look())).toBe('dead by file-clock')
  })

  test('the clock of the files set back an hour makes nobody dead: the next document, or five seconds, decide', () => {
    const run = new Watched()
    run.write()
    run.pass(500)
    run.clockMs = (run.clockMs ?? 0) - HOUR
    expect(verdicts(run.look())).toBe('unknown by future')
    expect(reasonOf(run.look())).toContain('dated later than now')
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

  test('that clock set forward an hour while we watch makes nobody dead', () => {
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

  test('the clock of the files is asked once for a document, not at every look', () => {
    const run = new Watched()
    run.write({}, 0)
    for (let i = 0; i < 100; i++) {
      run.look()
      run.pass(1000)
    }
    expect(run.probes).toBe(1)
  })

  test('a watcher that looks seldom asks the clock again when the document has changed since', () => {
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

describe('where nothing can be written', () => {
  test('nothing is known until the document was seen to change within its time', () => {
    const run = new Watched()
    run.clockMs = null
    run.write({}, 5)
    const first = run.look()
    expect([verdicts(first), first.ageSeconds]).toEqual(['unknown by watching', null])
    expect(reasonOf(first)).toContain('no file can be written beside it')
    run.pass(1000)
    run.write({}, 5)
    expect(verdicts(run.look())).toBe('alive by change')
    run.pass(3999)
    expect(run.look().verdict).toBe('alive')
  })

  test('one that did not change while it was watched for all its time is no sign of life', () => {
    const run = new Watched()
    run.clockMs = null
    run.write({ step_seconds: 10 })
    run.look()
    run.pass(29_999)
    expect(run.look().verdict).toBe('unknown')
    run.pass(1)
    expect(run.look()).toMatchObject({ verdict: 'dead', by: 'change', ageSeconds: 30 })
  })

  test('a change that may be long ago, since nobody looked, proves nothing', () => {
    const run = new Watched()
    run.clockMs = null
    run.write()
    run.look()
    run.write()
    run.pass(5000)
    expect(run.look().verdict).toBe('unknown')
  })

  test('a document that appears is seen for the first time: a run that is being copied is not alive by that', () => {
    const run = new Watched()
    run.clockMs = null
    run.look()
    run.pass(100)
    run.write()
    expect(run.look().verdict).toBe('unknown')
  })
})

describe('a document that cannot be read', () => {
  test('tells nothing when it is torn, and takes nothing away from what is known', () => {
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

  test('is a sign of life where a newer kernel wrote it, and says its protocol', () => {
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

  test.each(['null', '[]', '3', '{"kernel":3}'])('is no state document at all: %s', (text) => {
    const run = new Watched()
    run.text = text
    expect(verdicts(run.look())).toBe('unknown by unreadable')
  })
})

test('a kernel that did not record its start is unknown, not dead, while a process of its pid runs on its host', () => {
  const run = new Watched()
  run.process = 'perhaps'
  run.write()
  expect(verdicts(run.look())).toBe('alive by file-clock')
  run.pass(60_000)
  const life = run.look()
  expect([verdicts(life), reasonOf(life)]).toEqual([
    'unknown by process',
    'a process 7 runs, which may be it or another',
  ])
})

test('why a trainer is taken for dead is told where more than its silence says so', () => {
  const run = new Watched()
  run.write()
  run.process = 'gone'
  expect(reasonOf(run.look())).toBe('its process 7 is gone')
  run.process = 'running'
  expect(reasonOf(run.look())).toBe(null)
  run.process = 'unknown'
  run.pass(60_000)
  expect(reasonOf(run.look())).toBe(null)
})
