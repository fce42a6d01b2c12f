import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Collective } from '@hotcb/kernel'
import { fileCollective } from '@hotcb/kernel/node'
import type { Env } from '@hotcb/protocol'
import type { DigitsTrainer, StepGradients, StepResult } from '../digits/trainer.ts'
import { DemoError } from '../errors.ts'
import type { RunPlan } from '../run/run-plan.ts'
import { meanOf } from './mean.ts'
import { hasEnded, type Member, startMember } from './member.ts'
import type { FromRank } from './messages.ts'
import type { TeamEnd } from './team-end.ts'

/** The ranks of one training, as rank 0 leads them: every rank computes its part of each batch, and all move alike. */
export interface Team {
  /** How their kernels speak. */
  readonly collective: Collective
  /** Processes of the ranks above 0. */
  readonly pids: readonly (number | null)[]
  /** Waits until all have loaded what they need. */
  ready(): Promise<void>
  /** Lets them begin at `step`, from the checkpoint in this folder; right before rank 0's kernel does. */
  begin(step: number, checkpoint: string | null): Promise<void>
  /** One step of rank 0's trainer on the whole batch. The part of a rank that is lost is computed by those that are left. */
  trainStep(trainer: DigitsTrainer, step: number): Promise<StepResult>
  /** Moves the others as rank 0 has moved, and sends them to the safe point; right before rank 0 goes there. */
  advance(env: Env, events: readonly string[]): Promise<void>
  /** Ends them. */
  end(weights: string): Promise<TeamEnd>
  /** Lets go of all that is left. */
  close(): void
}

/** So long a rank may be silent when it is asked: then it is lost. Seconds of running time. */
export const PATIENCE_SECONDS = 10

const START_SECONDS = 120
const TICK_MS = 250

/** Starts the ranks above 0 of a run. */
export function startTeam(plan: RunPlan, say: (line: string) => void): Team {
  const { ranks: worldSize, runDir, config, seed, maxSteps } = plan
  const meetDir = mkdtempSync(join(tmpdir(), 'hotcb-ranks-'))
  const port = fileCollective(meetDir, 0, worldSize, {
    timeoutMs: PATIENCE_SECONDS * 1000,
    gone: (rank) => {
      const pid = memberOf(rank)?.pid
      return pid !== undefined && hasEnded(pid) ? `rank ${rank} has ended` : null
    },
  })
  const ready = new Set<number>()
  const weights = new Map<number, string>()
  const silent = new Map<number, number>()
  const told = new Set<number>()
  let shares = new Map<number, StepGradients>()
  let step = -1
  let last: Float32Array = new Float32Array()
  let isOver = false
  let wake = (): void => undefined
  const members = Array.from({ length: worldSize - 1 }, (_, at) =>
    startMember({ rank: at + 1, worldSize, runDir, config, seed, meetDir }, hear, changed),
  )
  // Counted by a timer, so that the time in which all of this is stopped is no silence.
  const timer = setInterval(tick, TICK_MS)

  function memberOf(rank: number): Member | undefined {
    return members[rank - 1]
  }

  function here(): readonly Member[] {
    return members.filter((member) => member.lost === null)
  }

  function hear(rank: number, message: FromRank): void {
    silent.set(rank, 0)
    if (message.kind === 'ready') ready.add(rank)
    else if (message.kind === 'done') weights.set(rank, message.weights)
    else if (message.kind === 'note') note(message.text)
    else if (message.kind === 'failed') memberOf(rank)?.lose(`rank ${rank} failed: ${message.error}`)
    else if (message.step === step) shares.set(message.shard, message.share)
    wake()
  }

  // That the ranks are lost is said once, and not by each.
  function note(text: string): void {
    if (told.size === 0) say(text)
  }

  function changed(): void {
    for (const { rank, lost } of members) {
      if (lost === null || isOver || weights.has(rank) || told.has(rank)) continue
      told.add(rank)
      const words = `${lost}; its part of each batch is computed by those that are left`
      // The first is named by the kernel, which says it once.
      if (told.size > 1) say(words)
      port.giveUp(words)
    }
    wake()
  }

  let awaited: readonly Member[] = []
  let patience = PATIENCE_SECONDS

  function tick(): void {
    for (const member of awaited) {
      const ticks = (silent.get(member.rank) ?? 0) + 1
      silent.set(member.rank, ticks)
      if (ticks * TICK_MS < patience * 1000) continue
      member.lose(`rank ${member.rank} has not answered for ${patience} s`)
    }
  }

  /** Waits for those that owe something, until none does; one that is lost owes nothing. */
  async function until(owing: () => readonly Member[]): Promise<void> {
    for (const { rank } of members) silent.set(rank, 0)
    for (awaited = owing(); awaited.length > 0; awaited = owing()) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  /** The rank that computes a part: its own, or one of those that are left in turn. */
  function ownerOf(shard: number): number {
    if (shard === 0 || memberOf(shard)?.lost === null) return shard
    const left = [0, ...here().map(({ rank }) => rank)]
    return left[shard % left.length] ?? 0
  }

  /** Has every part of a step computed by somebody. */
  async function gather(trainer: DigitsTrainer): Promise<readonly StepGradients[]> {
    shares = new Map()
    const asked = new Map<number, number>()
    const all = Array.from({ length: worldSize }, (_, shard) => shard)
    for (;;) {
      const open = all.filter((shard) => !shares.has(shard) && asked.get(shard) !== ownerOf(shard))
      for (const shard of open) asked.set(shard, ownerOf(shard))
      for (const member of here()) {
        const shards = open.filter((shard) => asked.get(shard) === member.rank)
        if (shards.length > 0) member.send({ kind: 'work', step, shards })
      }
      for (const shard of open.filter((one) => asked.get(one) === 0)) {
        shares.set(shard, trainer.gradients(step, { rank: shard, worldSize }))
      }
      const isOwing = (rank: number): boolean => all.some((shard) => !shares.has(shard) && asked.get(shard) === rank)
      const lostBefore = told.size
      await until(() => (told.size > lostBefore ? [] : here().filter(({ rank }) => isOwing(rank))))
      const parts = all.flatMap((shard) => shares.get(shard) ?? [])
      if (parts.length === worldSize) return parts
    }
  }

  /** A rank that the kernels missed is lost for all. */
  function dropMissed(): void {
    const { missed } = port
    if (missed !== null) memberOf(missed)?.lose(`rank ${missed} did not come to the safe point`)
  }

  return {
    collective: port,
    pids: members.map(({ pid }) => pid),
    async ready() {
      patience = START_SECONDS
      await until(() => here().filter(({ rank }) => !ready.has(rank)))
      patience = PATIENCE_SECONDS
      const lost = members.flatMap((member) => member.lost ?? [])
      if (lost.length > 0) throw new DemoError('ranks', lost.join('; '))
    },
    async begin(first, checkpoint) {
      for (const member of here()) member.send({ kind: 'begin', step: first, maxSteps, checkpoint })
      await until(() => here().filter(({ unsent }) => unsent > 0))
    },
    async trainStep(trainer, at) {
      dropMissed()
      step = at
      const { gradients, ...result } = meanOf(await gather(trainer))
      last = gradients
      return { ...result, gradNorm: trainer.update(gradients) }
    },
    async advance(env, events) {
      for (const member of here()) member.send({ kind: 'advance', gradients: last, env, events })
      await until(() => here().filter(({ unsent }) => unsent > 0))
    },
    async end(mine) {
      dropMissed()
      for (const member of here()) member.send({ kind: 'end' })
      await until(() => here().filter(({ rank }) => !weights.has(rank)))
      const others = members.map(({ rank, lost }) => {
        const sha = weights.get(rank)
        return sha === undefined ? { lost: lost ?? `rank ${rank} did not end` } : { weights: sha }
      })
      return { ranks: [{ weights: mine }, ...others] }
    },
    close() {
      isOver = true
      clearInterval(timer)
      for (const member of members) if (!weights.has(member.rank)) member.lose('the training has ended')
      port.close()
      rmSync(meetDir, { recursive: true, force: true })
    },
  }
}
