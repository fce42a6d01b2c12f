import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childHasEnded } from '@hotcb/journal'
import type { Collective } from '@hotcb/kernel'
import { openFileCollective } from '@hotcb/kernel/node'
import type { Env } from '@hotcb/protocol'
import type { DigitsTrainer, StepResult } from '../digits/trainer.ts'
import { DemoError } from '../errors.ts'
import type { RunPlan } from '../run/run-plan.ts'
import { type Crew, PATIENCE_SECONDS, startCrew } from './crew.ts'
import { meanOf } from './mean.ts'
import type { Member } from './member.ts'
import type { FromRank, ToRank } from './messages.ts'
import { createParts } from './parts.ts'
import type { TeamEnd } from './team-end.ts'

/**
 * The ranks of one training run, as rank 0 controls them: every rank computes its part of each batch, and all make identical updates.
 */
export interface Team {
  /** Their kernels' collective. */
  readonly collective: Collective
  /** The process IDs of the ranks above 0. */
  readonly pids: readonly (number | null)[]
  /** Waits until all have loaded what they need. */
  ready(): Promise<void>
  /** Lets them begin at `step`, from the checkpoint in this folder. Called immediately before rank 0's kernel begins. */
  begin(step: number, checkpoint: string | null): Promise<void>
  /** Computes one step of rank 0's trainer on the whole batch. The remaining ranks compute a lost rank's part. */
  trainStep(trainer: DigitsTrainer, step: number): Promise<StepResult>
  /** Makes the other ranks apply the same update and sends them to the safe point. Called immediately before rank 0 goes there. */
  advance(env: Env, events: readonly string[]): Promise<void>
  /** Stops the ranks above 0. */
  end(weights: string): Promise<TeamEnd>
  /** Releases everything that is left. */
  close(): void
}

const START_SECONDS = 120

/** Starts a run's ranks above 0. */
export function startTeam(plan: RunPlan, say: (line: string) => void): Team {
  const { ranks: worldSize, runDir, config, seed, maxSteps } = plan
  const meetDir = mkdtempSync(join(tmpdir(), 'hotcb-ranks-'))
  const port = openFileCollective(meetDir, 0, worldSize, { timeoutMs: PATIENCE_SECONDS * 1000, gone })
  const shared = { worldSize, runDir, config, seed, meetDir }
  const crew = startCrew(
    Array.from({ length: worldSize - 1 }, (_, at) => ({ ...shared, rank: at + 1 })),
    hear,
    lose,
  )
  const parts = createParts(crew)
  const ready = new Set<Member>()
  const weights = new Map<Member, string>()
  let losses = 0
  let mean: Float32Array = new Float32Array()

  function hear(member: Member, message: FromRank): void {
    if (message.kind === 'ready') ready.add(member)
    else if (message.kind === 'share') parts.take(message.step, message.shard, message.share)
    else if (message.kind === 'done') weights.set(member, message.weights)
    else if (message.kind === 'failed') member.lose(`rank ${member.rank} failed: ${message.error}`)
    // The loss of all ranks is reported once, and not by each rank.
    else if (losses === 0) say(message.text)
  }

  function lose(member: Member, reason: string): void {
    // A process that has sent its last message is expected to exit.
    if (weights.has(member)) return
    losses++
    const words = `${reason}; the remaining ranks compute its part of each batch`
    // The kernel reports the first loss, once.
    if (losses > 1) say(words)
    port.giveUp(words)
  }

  function gone(rank: number): string | null {
    const member = crew.of(rank)
    return member !== undefined && childHasEnded(member.pid) ? `rank ${rank} has ended` : null
  }

  /** Marks ranks that the kernels have lost as lost. */
  function dropMissed(): void {
    const member = port.missed === null ? undefined : crew.of(port.missed)
    if (member === undefined) return
    member.lose(gone(member.rank) ?? lateWords(member.rank))
  }

  function close(): void {
    process.off('exit', close)
    crew.close()
    port.close()
    rmSync(meetDir, { recursive: true, force: true })
  }

  // A process that exits immediately also stops the other ranks, even those that are no longer listening.
  process.once('exit', close)
  return {
    collective: port,
    pids: crew.members.map(({ pid }) => pid),
    async ready() {
      await crew.until(() => crew.here().filter((member) => !ready.has(member)), START_SECONDS)
      checkStarted(crew.members)
    },
    begin: (step, checkpoint) => sendAll(crew, { kind: 'begin', step, maxSteps, checkpoint }),
    async trainStep(trainer, step) {
      dropMissed()
      const { gradients, ...result } = meanOf(await parts.gather(trainer, step))
      mean = gradients
      return { ...result, gradNorm: trainer.update(gradients), samples: {} }
    },
    advance: (env, events) => sendAll(crew, { kind: 'advance', gradients: mean, env, events }),
    async end(mine) {
      dropMissed()
      await sendAll(crew, { kind: 'end' })
      await crew.until(() => crew.here().filter((member) => !weights.has(member)))
      return { ranks: [{ weights: mine }, ...crew.members.map((member) => endOf(member, weights.get(member)))] }
    },
    close,
  }
}

function lateWords(rank: number): string {
  return `rank ${rank} has not reached the safe point within ${PATIENCE_SECONDS} s`
}

function sendAll(crew: Crew, message: ToRank): Promise<void> {
  for (const member of crew.here()) member.send(message)
  // Rank 0 is about to block, and unsent messages would have to wait.
  return crew.until(() => crew.here().filter(({ unsent }) => unsent > 0))
}

function checkStarted(members: readonly Member[]): void {
  const lost = members.flatMap((member) => member.lost ?? [])
  if (lost.length > 0) throw new DemoError('ranks', `not all ranks could be started: ${lost.join('; ')}`)
}

function endOf({ rank, lost }: Member, weights: string | undefined): TeamEnd['ranks'][number] {
  return weights === undefined ? { lost: lost ?? `rank ${rank} did not end` } : { weights }
}
