import { rmSync } from 'node:fs'
import { type Kernel, onlyOnRankZero } from '@hotcb/kernel'
import { openFileCollective, openKernel } from '@hotcb/kernel/node'
import { openRankFigures } from '@hotcb/metrics/node'
import { CB_DESCRIPTOR, messageOf, TUNE_DESCRIPTOR } from '@hotcb/protocol'
import type { DigitsTrainer } from '../digits/trainer.ts'
import { createOneTask } from '../run/create-training.ts'
import { digitsCheckpoints, digitsState } from '../run/digits-run.ts'
import type { FromRank, RankStart, ToRank } from './messages.ts'

interface Rank {
  readonly trainer: DigitsTrainer
  readonly kernel: Kernel
  readonly checkpoints: ReturnType<typeof digitsCheckpoints>
  readonly worldSize: number
}

/**
 * Handles messages from rank 0 until the end message arrives or rank 0 exits.
 *
 * @param meetDir The directory through which the kernels synchronize. It is removed here if rank 0 can no longer do so.
 */
export function runRank(meetDir: string | undefined): void {
  let rank: Rank | null = null
  let isLeaving = false
  // Ctrl-C and the closing of a terminal reach all processes. Rank 0 decides when this one exits.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  process.on('disconnect', end)
  // Rank 0 may have exited before the listener was installed.
  if (!process.connected) end()
  // The message was sent by the same code.
  process.on('message', (message) => void obey(message as ToRank).catch(fail))

  function end(): void {
    // Rank 0 has exited and cannot remove the directory.
    if (!isLeaving && meetDir !== undefined) rmSync(meetDir, { recursive: true, force: true })
    process.exit()
  }

  function leave(message: FromRank): void {
    isLeaving = true
    process.send?.(message, () => process.disconnect())
  }

  function fail(error: unknown): void {
    process.exitCode = 1
    leave({ kind: 'failed', error: messageOf(error) })
  }

  async function obey(message: ToRank): Promise<void> {
    if (message.kind === 'start') {
      rank = await openRank(message.start)
      tell({ kind: 'ready' })
      return
    }
    if (rank === null) throw new Error(`\`${message.kind}\` arrived before \`start\``)
    if (message.kind !== 'end') {
      act(rank, message)
      return
    }
    rank.kernel.close()
    leave({ kind: 'done', weights: rank.trainer.weightsSha256() })
  }
}

async function openRank({ rank, worldSize, runDir, config, seed, meetDir }: RankStart): Promise<Rank> {
  const trainer = await createOneTask(config, seed)
  const checkpoints = digitsCheckpoints(trainer)
  const parent = process.ppid
  const kernel = openKernel(runDir, {
    state: digitsState(trainer, config),
    modules: [onlyOnRankZero(CB_DESCRIPTOR.name), openRankFigures({ rank }), onlyOnRankZero(TUNE_DESCRIPTOR.name)],
    checkpoints,
    collective: openFileCollective(meetDir, rank, worldSize, {
      // Rank 0 may be slow, or may be suspended and continue later. Whether it still exists is checked in a different way.
      timeoutMs: Number.POSITIVE_INFINITY,
      gone: () => (process.ppid === parent ? null : 'rank 0 is gone'),
    }),
    log: (text) => tell({ kind: 'note', text }),
  })
  return { trainer, kernel, checkpoints, worldSize }
}

type Order = Exclude<ToRank, { readonly kind: 'start' | 'end' }>

function act({ trainer, kernel, checkpoints, worldSize }: Rank, message: Order): void {
  switch (message.kind) {
    case 'begin':
      if (message.checkpoint !== null) checkpoints.load({ dir: message.checkpoint })
      kernel.continueFrom({ step: message.step, maxSteps: message.maxSteps })
      return
    case 'work': {
      const { step, shards } = message
      for (const shard of shards) {
        tell({ kind: 'share', step, shard, share: trainer.gradients(step, { rank: shard, worldSize }) })
      }
      return
    }
    case 'advance':
      trainer.update(message.gradients)
      kernel.apply(message.env, message.events)
      return
    default:
      throw new Error(`unreachable: ${JSON.stringify(message satisfies never)}`)
  }
}

function tell(message: FromRank): void {
  // If rank 0 has exited, the message has no receiver, and this process will detect that soon.
  process.send?.(message, () => undefined)
}
