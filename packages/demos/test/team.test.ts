import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import type { DigitsTrainer, StepGradients } from '../src/index.ts'
import { startCrew } from '../src/ranks/crew.ts'
import { startTeam, type Team } from '../src/ranks/team.ts'
import type { RunPlan } from '../src/run/run-plan.ts'

// The tests use real processes that train nothing: see the fixture.
vi.mock('../src/rank-file.ts', () => ({ RANK_FILE: new URL('./fixtures/scripted-rank.mjs', import.meta.url) }))

interface Script {
  readonly dies?: string
  readonly fails?: string
  readonly isSilentAtStart?: boolean
  readonly isSilentAtEnd?: boolean
  readonly isKilledAt?: number
  readonly isLateAt?: number
  readonly weights?: string
}

function scripted(ranks: Readonly<Record<number, Script>>): void {
  vi.stubEnv('SCRIPTED_RANKS', JSON.stringify(ranks))
  onTestFinished(() => void vi.unstubAllEnvs())
}

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-team-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

interface Started {
  readonly team: Team
  readonly said: string[]
  /** The directory through which the ranks synchronize. */
  readonly temporary: string
}

function start(ranks: number, script: Readonly<Record<number, Script>> = {}): Started {
  scripted(script)
  const temporary = home()
  vi.stubEnv('TMPDIR', temporary)
  const said: string[] = []
  // A team reads no other part of a plan.
  const plan = { ranks, runDir: temporary, config: 'digits', seed: 1, maxSteps: 50 } as RunPlan
  const team = startTeam(plan, (line) => said.push(line))
  onTestFinished(() => team.close())
  return { team, said, temporary }
}

/** Rank 0: its parts, and the gradients of its updates. */
function trainer() {
  const computed: number[] = []
  const moved: (readonly number[])[] = []
  const own: Pick<DigitsTrainer, 'gradients' | 'update'> = {
    gradients(_, { rank = 0 } = { rank: 0, worldSize: 1 }): StepGradients {
      computed.push(rank)
      const terms = { cross_entropy: rank, label_smoothing: 2 * rank, activity: 0 }
      return { loss: 10 * rank, terms, accuracy: rank / 4, gradients: Float32Array.of(rank, 1) }
    },
    update(gradients) {
      moved.push([...gradients])
      return 7
    },
  }
  // A team calls no other method.
  return { computed, moved, trainer: own as DigitsTrainer }
}

function isThere(pid: number | null | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0)
  } catch {
    return false
  }
}

test('each rank computes its part, and all are updated by the mean of the parts', async () => {
  const { team, said } = start(4)
  const { trainer: zero, computed, moved } = trainer()
  await team.ready()
  expect(team.pids.map(isThere)).toEqual([true, true, true])
  await team.begin(5, '/checkpoint')
  const { activity, ...terms } = (await team.trainStep(zero, 5)).terms
  expect(terms).toEqual({ cross_entropy: 1.5, label_smoothing: 3 })
  // Each part comes from the rank with its number.
  expect(activity).toBe(1.5)
  expect(await team.trainStep(zero, 6)).toMatchObject({ loss: 15, accuracy: 0.375, gradNorm: 7, samples: {} })
  expect(computed).toEqual([0, 0])
  expect(moved).toEqual([
    [1.5, 1],
    [1.5, 1],
  ])
  await team.advance({ step: 6 }, ['train_step_end'])
  expect(await team.end('same')).toEqual({ ranks: Array.from({ length: 4 }, () => ({ weights: 'same' })) })
  const of = (rank: number): string[] => said.filter((line) => line.startsWith(`rank ${rank} `))
  for (const rank of [1, 2, 3]) {
    expect(of(rank)).toEqual([
      `rank ${rank} begins at 5 of 50, from /checkpoint`,
      `rank ${rank} moves by 1.5 1 at step 6: train_step_end`,
    ])
  }
})

test('a part for an earlier step that arrives late does not count', async () => {
  const { team } = start(2, { 1: { isLateAt: 3 } })
  await team.ready()
  expect((await team.trainStep(trainer().trainer, 3)).loss).toBe(5)
})

test("another rank computes a killed rank's part, and the lost rank is reported at the end", async () => {
  const { team } = start(4, { 2: { isKilledAt: 1 } })
  const { trainer: zero, moved } = trainer()
  await team.ready()
  await team.trainStep(zero, 0)
  const { terms, loss } = await team.trainStep(zero, 1)
  expect([loss, terms.cross_entropy]).toEqual([15, 1.5])
  // Of the ranks 0, 1 and 3, the last one computes part 2.
  expect(terms.activity).toBe((0 + 1 + 3 + 3) / 4)
  expect((await team.trainStep(zero, 2)).loss).toBe(15)
  expect(moved).toHaveLength(3)
  await expect(async () => team.collective.allGather('x')).rejects.toThrow(
    'rank 2 was killed (SIGKILL); the remaining ranks compute its part of each batch',
  )
  const { ranks } = await team.end('same')
  expect(ranks).toEqual([
    { weights: 'same' },
    { weights: 'same' },
    { lost: 'rank 2 was killed (SIGKILL)' },
    { weights: 'same' },
  ])
})

test('if all other ranks are lost, rank 0 computes everything, and each further loss is reported once', async () => {
  const { team, said } = start(3, { 1: { isKilledAt: 0 }, 2: { isKilledAt: 0 } })
  const { trainer: zero, computed } = trainer()
  await team.ready()
  expect((await team.trainStep(zero, 0)).loss).toBe(10)
  expect([...computed].sort()).toEqual([0, 1, 2])
  expect(said).toEqual([
    expect.stringMatching(/^rank [12] was killed \(SIGKILL\); the remaining ranks compute its part of each batch$/),
  ])
  // The kernels report the first lost rank.
  const others = said.map((line) => line.replace(/^rank [12]/, (name) => (name === 'rank 1' ? 'rank 2' : 'rank 1')))
  await expect(async () => team.collective.allGather('x')).rejects.toThrow(new Error(others[0]))
  await team.advance({ step: 0 }, [])
  expect((await team.end('mine')).ranks.map((rank) => 'lost' in rank)).toEqual([false, true, true])
})

test("after a rank is lost, the other kernels' notes about it are not repeated", async () => {
  const { team, said } = start(3, { 1: { isKilledAt: 0 } })
  await team.ready()
  await team.begin(0, null)
  await expect.poll(() => said.length).toBe(2)
  await team.trainStep(trainer().trainer, 0)
  await team.advance({ step: 0 }, ['train_step_end'])
  expect((await team.end('same')).ranks[2]).toEqual({ weights: 'same' })
  expect([...said].sort()).toEqual(['rank 1 begins at 0 of 50, from null', 'rank 2 begins at 0 of 50, from null'])
})

test('a rank that ended while rank 0 waited for it at a safe point is lost for the next step', async () => {
  const { team, said } = start(2)
  await team.ready()
  process.kill(team.pids[0] ?? 0, 'SIGKILL')
  // This process is blocked, so the collective is the first to detect the end.
  expect(() => team.collective.allGather('x')).toThrow('rank 1 has ended')
  const { trainer: zero, computed } = trainer()
  expect((await team.trainStep(zero, 0)).loss).toBe(5)
  expect([computed, said]).toEqual([[0, 1], []])
  expect(await team.end('mine')).toEqual({ ranks: [{ weights: 'mine' }, { lost: 'rank 1 has ended' }] })
})

test('ranks that cannot be started are reported with their error', async () => {
  const { team } = start(3, {
    1: { dies: 'note\nTypeError: no data\n    at file.js:1\n' },
    2: { fails: 'it has no WebAssembly' },
  })
  await expect(team.ready()).rejects.toMatchObject({
    code: 'ranks',
    message:
      'not all ranks could be started: rank 1 exited with code 3: TypeError: no data; rank 2 failed: it has no WebAssembly',
  })
})

test('a rank without an error is reported with its last output line, and a silent one only with its exit code', async () => {
  const { team } = start(3, { 1: { dies: 'first\nlast words\n\n' }, 2: { dies: '' } })
  await expect(team.ready()).rejects.toThrow(/: rank 1 exited with code 3: last words; rank 2 exited with code 3$/)
})

test('ranks with different weights are reported with their hashes', async () => {
  const { team } = start(2, { 1: { weights: 'other' } })
  await team.ready()
  expect(await team.end('mine')).toEqual({ ranks: [{ weights: 'mine' }, { weights: 'other' }] })
})

test('a closed team leaves no process, no file and no listener', async () => {
  const listeners = process.listenerCount('exit')
  const { team, temporary } = start(3)
  await team.ready()
  expect(readdirSync(temporary)).toHaveLength(1)
  expect(process.listenerCount('exit')).toBe(listeners + 1)
  team.close()
  expect(process.listenerCount('exit')).toBe(listeners)
  await expect.poll(() => team.pids.some(isThere)).toBe(false)
  expect(readdirSync(temporary)).toEqual([])
  expect(existsSync(temporary)).toBe(true)
})

test('a rank that stays silent until its timeout is lost with the number of seconds, and one that answers is not', async () => {
  scripted({ 2: { isSilentAtStart: true } })
  const shared = { worldSize: 3, runDir: home(), config: 'digits', seed: 1, meetDir: home() } as const
  const ready = new Set<number>()
  const lost: string[] = []
  const crew = startCrew(
    [1, 2].map((rank) => ({ ...shared, rank })),
    ({ rank }, { kind }) => void (kind === 'ready' && ready.add(rank)),
    (_, reason) => lost.push(reason),
  )
  onTestFinished(() => crew.close())
  await crew.until(() => [1].flatMap((rank) => (ready.has(rank) ? [] : (crew.of(rank) ?? []))), 300)
  expect(lost).toEqual([])
  await crew.until(() => crew.here().filter(({ rank }) => !ready.has(rank)), 0.5)
  expect(lost).toEqual(['rank 2 has not answered for 0.5 s'])
  expect(crew.here().map(({ rank }) => rank)).toEqual([1])
  expect([crew.of(0), crew.of(1)?.rank, crew.of(2)?.lost]).toEqual([undefined, 1, lost[0]])
  crew.close()
  expect(crew.of(1)?.lost).toBe('the training has ended')
  // Only errors are reported.
  expect(lost).toHaveLength(1)
})
