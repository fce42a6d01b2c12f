import { isObject } from '@hotcb/protocol'
import { OWN_ARGUMENTS } from './ack.ts'
import { counted } from './counted.ts'
import type { CommandQueue, ControlsPorts } from './ports.ts'
import type { Held } from './snapshot.ts'
import { keyOf, type Task } from './task.ts'

/** The content of a queue's acks file. */
export interface AcksRead {
  readonly ids: ReadonlySet<string>
  readonly last: string | null
  /** Commands that were applied but are not in the checkpoint, so that they must be re-applied. */
  readonly again: readonly Task[]
  /** Whether this is the file that the checkpoint refers to. */
  readonly matches: boolean
}

/**
 * Reads the acks.
 *
 * @param held The acks that a checkpoint includes; null if it includes all.
 */
export function readAcks(
  queue: CommandQueue,
  ports: ControlsPorts,
  held: Held | null,
  note: (message: string) => void,
): AcksRead {
  const ids = new Set<string>()
  const again: Task[] = []
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
    last = keyOf(task.command)
    if (held === null || offset + bytes <= held.acks) lastHeld = last
    else if (task.again && !ids.has(last) && !own.has(last)) again.push(task)
    ids.add(last)
  }
  if (strange > 0) note(`skipped ${counted(strange, 'invalid line')} in the acks file`)
  return { ids, last, again, matches: held === null || isKnown(held, lastHeld, own) }
}

function isKnown(held: Held, lastHeld: string | null, own: ReadonlySet<string>): boolean {
  return held.acks === 0 || lastHeld === held.last || (lastHeld !== null && own.has(lastHeld))
}

/** Returns the task that would repeat an ack's command. Its `again` is false if nothing was applied. */
function readAck(parsed: ReturnType<ControlsPorts['parse']>): Task | null {
  if (!parsed.ok || !isObject(parsed.value)) return null
  const { id, op = 'set', path = '', args = [], kwargs = {}, status, note: told } = parsed.value
  if (typeof id !== 'string' && typeof id !== 'number') return null
  const command = { id, op, path, args, kwargs, trouble: null }
  return { command, again: status === 'applied', checked: told !== OWN_ARGUMENTS }
}
