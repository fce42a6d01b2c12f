import type { JsonObject } from '@hotcb/protocol'
import { type Ack, formatAck } from './ack.ts'
import { counted } from './counted.ts'
import { createLacking, type Lacking } from './lacking.ts'
import type { CommandQueue, ControlsPorts } from './ports.ts'
import { type AcksRead, readAcks } from './read-acks.ts'
import { formatHeld, type Held, type PendingAck } from './snapshot.ts'
import { keyOf, type Task } from './task.ts'
import { createUnwrittenAcks } from './unwritten.ts'

/** What was answered, and what of it the state of the trainer holds. */
export interface Standing {
  /**
   * Reads the acks, at first and after `restore`.
   *
   * @throws When they cannot be read: then nothing may be done.
   */
  begin(): void
  readonly begun: boolean
  /** What is known of an id that is met in the queue, in the `pass`-th reading of it from its start. */
  meet(id: string, pass: number): 'new' | 'answered' | 'twice'
  /** The next command that the restored state lacks; null when none is left. */
  nextAgain(): Task | null
  readonly hasAgain: boolean
  /** Takes an ack to be written by the next `flush`. */
  answer(task: Task, ack: Ack): void
  /** Writes what was taken; gives the reason when that cannot be done. What is not written is kept. */
  flush(): string | null
  /**
   * What the state holds now.
   *
   * @param running The ack that the command which is just being done will get, if its control asks for this.
   */
  snapshot(running: PendingAck | null): JsonObject
  /** The trainer's state is what it was when this was held. */
  restore(held: Held): void
}

/** Without `restore`, all that is acked counts as held, and nothing is done again. */
export function createStanding(queue: CommandQueue, ports: ControlsPorts, note: (message: string) => void): Standing {
  // Ids, and in which pass through the queue they were last met: 0 is none.
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

  /** What the state lacks is done again, and the acks that it knew and the file has not are written. */
  function takeUp(held: Held, { matches, again }: AcksRead): void {
    lacking = createLacking(held, matches ? again : [])
    if (!matches) note('the acks are not those that the checkpoint knew: nothing is applied again')
    else if (again.length > 0) note(`applied again, since the checkpoint does not hold it: ${counted(again.length)}`)
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
      // A checkpoint that survives a loss of power must not know of acks that did not.
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
