import type { JsonObject } from '@hotcb/protocol'
import { type Ack, formatAck } from './ack.ts'
import { counted } from './counted.ts'
import { createLacking, type Lacking } from './lacking.ts'
import type { CommandQueue, ControlsPorts } from './ports.ts'
import { type AcksRead, readAcks } from './read-acks.ts'
import { formatHeld, type Held, type PendingAck } from './snapshot.ts'
import { keyOf, type Task } from './task.ts'
import { createUnwrittenAcks } from './unwritten.ts'

/** Tracks the answered commands, and those that the trainer's state contains. */
export interface AnsweredCommands {
  /**
   * Reads the acks, initially and after `restore`.
   *
   * @throws When they cannot be read. No command may be executed then.
   */
  begin(): void
  readonly begun: boolean
  /** Returns the state of an ID that was read from the queue. @param pass The number of times the queue has been read from its start. */
  meet(id: string, pass: number): 'new' | 'answered' | 'twice'
  /** Returns the next command that the restored state lacks; null if none is left. */
  nextAgain(): Task | null
  readonly hasAgain: boolean
  /** Adds an ack, which is written by the next `flush`. */
  answer(task: Task, ack: Ack): void
  /** Writes the added acks; returns the reason if that fails. Unwritten acks are kept. */
  flush(): string | null
  /**
   * Returns the current content of the state.
   *
   * @param running The ack that the current command will get, if its control calls this function.
   */
  snapshot(running: PendingAck | null): JsonObject
  /** Records that the trainer's state has this content. */
  restore(held: Held): void
}

/**
 * Creates the tracker. Without `restore`, every acked command counts as part of the trainer's state, and nothing is re-applied.
 */
export function createAnsweredCommands(
  queue: CommandQueue,
  ports: ControlsPorts,
  note: (message: string) => void,
): AnsweredCommands {
  // The answered IDs, with the pass (one read of the queue from its start) in which they were last seen; 0 for none.
  const answered = new Map<string, number>()
  const unwritten = createUnwrittenAcks(queue)
  let currentPass = 0
  let begun = false
  let restored: Held | null = null
  let lacking: Lacking | null = null

  function begin(): void {
    const seen = readAcks(queue, ports, restored, note)
    answered.clear()
    for (const id of [...seen.ids, ...unwritten.ids()]) answered.set(id, 0)
    unwritten.begin(seen.last)
    begun = true
    const held = restored
    restored = null
    if (held !== null) takeUp(held, seen)
  }

  /** Prepares to re-apply commands that the state lacks, and to write acks that are in the state but not in the file. */
  function takeUp(held: Held, { matches, again }: AcksRead): void {
    lacking = createLacking(held, matches ? again : [])
    if (!matches) note('the acks do not belong to the checkpoint: nothing is re-applied')
    else if (again.length > 0) note(`re-applied because they are not in the checkpoint: ${counted(again.length)}`)
    for (const one of held.pending) {
      if (answered.has(one.id)) continue
      answered.set(one.id, 0)
      unwritten.add(one)
    }
  }

  return {
    begin,
    get begun() {
      return begun
    },
    meet(id, pass) {
      currentPass = pass
      const met = answered.get(id)
      if (met === undefined) return 'new'
      if (met === pass) return 'twice'
      answered.set(id, pass)
      return 'answered'
    },
    nextAgain: () => lacking?.next() ?? null,
    get hasAgain() {
      return lacking?.hasMore ?? false
    },
    answer({ command, again: isAgain }, ack) {
      if (isAgain) return
      const id = keyOf(command)
      answered.set(id, currentPass)
      unwritten.add({ id, line: formatAck(ack, command) })
    },
    flush: unwritten.flush,
    snapshot(running) {
      if (!begun) {
        if (restored !== null) return formatHeld(restored)
        begin()
      }
      unwritten.flush()
      // After a power loss, a checkpoint must not refer to acks that were lost.
      queue.sync?.()
      const { kept, lastWritten } = unwritten
      const pending = running === null ? kept : [...kept, running]
      return formatHeld(lacking?.held(pending) ?? { acks: queue.ackBytes, last: lastWritten, ids: [], pending })
    },
    restore(held) {
      restored = held
      begun = false
    },
  }
}
