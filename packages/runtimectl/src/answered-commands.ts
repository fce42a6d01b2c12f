import type { JsonObject } from '@hotcb/protocol'
import { type Ack, formatAck } from './ack.ts'
import { counted } from './counted.ts'
import { createLacking, type Lacking } from './lacking.ts'
import type { CommandQueue, ControlsPorts } from './ports.ts'
import { type AcksRead, readAcks } from './read-acks.ts'
import { formatHeld, type Held, type PendingAck } from './snapshot.ts'
import { keyOf, type Task } from './task.ts'
import { createUnwrittenAcks } from './unwritten.ts'

/** The answered commands, and those that the state of the trainer contains. */
export interface AnsweredCommands {
  /**
   * Reads the acks, at first and after `restore`.
   *
   * @throws When they cannot be read: then no command may be executed.
   */
  begin(): void
  readonly begun: boolean
  /** The state of an id in the queue, in the `pass`-th read of the queue from its start. */
  meet(id: string, pass: number): 'new' | 'answered' | 'twice'
  /** The next command that the restored state lacks; null if none is left. */
  nextAgain(): Task | null
  readonly hasAgain: boolean
  /** Adds an ack for the next `flush`. */
  answer(task: Task, ack: Ack): void
  /** Writes the added acks; returns the reason if that fails. Unwritten acks are kept. */
  flush(): string | null
  /**
   * The current content of the state.
   *
   * @param running The ack that the currently executed command will get, if its control calls this.
   */
  snapshot(running: PendingAck | null): JsonObject
  /** Declares that the trainer's state is the one of this content. */
  restore(held: Held): void
}

/** Without `restore`, every acked command counts as included, and nothing is re-applied. */
export function createAnsweredCommands(
  queue: CommandQueue,
  ports: ControlsPorts,
  note: (message: string) => void,
): AnsweredCommands {
  // Ids, with the pass through the queue in which they were last seen: 0 for none.
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

  /** Commands that the state lacks are re-applied, and acks that it includes but the file lacks are written. */
  function takeUp(held: Held, { matches, again }: AcksRead): void {
    lacking = createLacking(held, matches ? again : [])
    if (!matches) note('the acks are not those of the checkpoint: nothing is applied again')
    else if (again.length > 0) note(`applied again, since not in the checkpoint: ${counted(again.length)}`)
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
      // A checkpoint that survives a power loss must not refer to acks that did not.
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
