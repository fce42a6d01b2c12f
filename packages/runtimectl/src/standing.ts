import { isObject, type JsonObject } from '@hotcb/protocol'
import { type Ack, formatAck, OWN_ARGUMENTS } from './ack.ts'
import type { CommandQueue, ControlsPorts } from './ports.ts'
import { formatHeld, type Held, type PendingAck } from './snapshot.ts'
import { keyOf, type Task } from './task.ts'

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
  let currentPass = 0
  let begun = false
  let restored: Held | null = null
  // Until everything that was restored lacks is done again: what is held by then.
  let partial: { readonly held: Held; readonly ids: string[] } | null = null
  let again: readonly Task[] = []
  let at = 0
  let fresh: PendingAck[] = []
  // Handed to the file, and not all on disk.
  let kept: PendingAck[] = []
  let lastWritten: string | null = null

  function begin(): void {
    const seen = readAcks(restored)
    answered.clear()
    for (const id of seen.ids) answered.set(id, 0)
    for (const { id } of [...kept, ...fresh]) answered.set(id, 0)
    lastWritten = seen.last
    begun = true
    const held = restored
    restored = null
    if (held === null) return
    again = seen.matches ? seen.again : []
    at = 0
    partial = again.length > 0 ? { held, ids: [...held.ids] } : null
    if (!seen.matches) note('the acks are not those that the checkpoint knew: nothing is applied again')
    else if (again.length > 0) note(`applied again, since the checkpoint does not hold it: ${counted(again.length)}`)
    for (const one of held.pending) {
      if (answered.has(one.id)) continue
      answered.set(one.id, 0)
      fresh.push(one)
    }
  }

  function readAcks(held: Held | null): AcksRead {
    const ids = new Set<string>()
    const lacking: Task[] = []
    const own = new Set(held === null ? [] : [...held.ids, ...held.pending.map(({ id }) => id)])
    let last: string | null = null
    let lastHeld: string | null = null
    let strange = 0
    for (const { text, offset, bytes } of queue.acks()) {
      const task = readAck(ports.parse(text))
      if (task === null) {
        strange++
        continue
      }
      const id = keyOf(task.command)
      last = id
      const isHeld = held === null || offset + bytes <= held.acks
      if (isHeld) lastHeld = id
      else if (task.again && !ids.has(id) && !own.has(id)) lacking.push(task)
      ids.add(id)
    }
    if (strange > 0) note(`passed over, since they are no acks: ${counted(strange, 'line')} of the acks`)
    const matches =
      held === null || held.acks === 0 || lastHeld === held.last || (lastHeld !== null && own.has(lastHeld))
    return { ids, last, again: lacking, matches }
  }

  function flush(): string | null {
    if (fresh.length === 0 && kept.length === 0) return null
    const text = fresh.map(({ line }) => line).join('')
    kept = kept.length === 0 ? fresh : [...kept, ...fresh]
    fresh = []
    const failure = text === '' ? queue.flush() : queue.append(text)
    if (failure === null) {
      lastWritten = kept.at(-1)?.id ?? lastWritten
      kept = []
    }
    return failure
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
    nextAgain() {
      const task = again[at]
      if (task === undefined) {
        partial = null
        again = []
        return null
      }
      at++
      // A control that takes a snapshot while it is done again is part of what is held.
      partial?.ids.push(keyOf(task.command))
      return task
    },
    get hasAgain() {
      return at < again.length
    },
    answer({ command, again: isAgain }, ack) {
      if (isAgain) return
      const id = keyOf(command)
      answered.set(id, currentPass)
      fresh.push({ id, line: formatAck(ack, command) })
    },
    flush,
    snapshot(running) {
      if (!begun) {
        if (restored !== null) return formatHeld(restored)
        begin()
      }
      flush()
      // A checkpoint that survives a loss of power must not know of acks that did not.
      queue.sync?.()
      const pending = running === null ? kept : [...kept, running]
      if (partial !== null) {
        const { held, ids } = partial
        return formatHeld({ ...held, ids, pending: [...held.pending, ...pending] })
      }
      return formatHeld({ acks: queue.ackBytes, last: lastWritten, ids: [], pending })
    },
    restore(held) {
      restored = held
      begun = false
    },
  }
}

interface AcksRead {
  readonly ids: ReadonlySet<string>
  readonly last: string | null
  readonly again: readonly Task[]
  /** This is the file that the checkpoint knew. */
  readonly matches: boolean
}

/** An ack as what would have to be done to do it again; `again` is false where nothing was done. */
function readAck(parsed: ReturnType<ControlsPorts['parse']>): Task | null {
  if (!parsed.ok || !isObject(parsed.value)) return null
  const { id, op = 'set', path = '', args = [], kwargs = {}, status, note: told } = parsed.value
  if (typeof id !== 'string' && typeof id !== 'number') return null
  const command = { id, op, path, args, kwargs, trouble: null }
  return { command, again: status === 'applied', checked: told !== OWN_ARGUMENTS }
}

function counted(n: number, what = 'command'): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
