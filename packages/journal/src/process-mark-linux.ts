import { errnoOf } from './errors.ts'
import {
  isAbsent,
  type ProcessMarks,
  type ProcessPlace,
  type ProcessState,
  type ProcessSystem,
  placeOf,
  type SeenProcess,
} from './process-system.ts'

// A placeholder for a namespace that the system does not report. Two such namespaces are not necessarily the same.
const UNTOLD = '?'

/** Identifies processes by the data in /proc. */
export function linuxMarks(system: ProcessSystem): ProcessMarks {
  let known: string | null | undefined
  const here = (): string | null => {
    if (known === undefined) known = herePlace(system)
    return known
  }
  return {
    start(pid = system.pid) {
      const place = here()
      const seen = place === null ? 'untold' : look(system, pid)
      return typeof seen === 'string' ? null : `${place}/${seen.time}`
    },
    state(pid, start) {
      const then = placeOf(pid, start)
      return then === null || then.place !== here() ? 'unknown' : stateHere(system, then)
    },
    hasEnded(pid) {
      const seen = look(system, pid)
      return typeof seen === 'object' && seen.hasEnded
    },
  }
}

function stateHere(system: ProcessSystem, { pid, place, time }: ProcessPlace): ProcessState {
  const seen = look(system, pid)
  if (seen === 'untold') return 'unknown'
  if (seen !== 'absent' && seen.time === time) return seen.hasEnded ? 'gone' : 'running'
  if (place.includes(UNTOLD)) return 'unknown'
  return seen === 'absent' && !isAbsent(system, pid) ? 'unknown' : 'gone'
}

/** Returns the boot id and the pid and time namespaces; null without /proc. */
function herePlace(system: ProcessSystem): string | null {
  try {
    // A /proc of another pid namespace describes other processes.
    if (system.readLink('/proc/self') !== String(system.pid)) return null
    const boot = system.readFile('/proc/sys/kernel/random/boot_id').trim()
    return [boot, namespaceOf(system, 'pid'), namespaceOf(system, 'time')].join('/')
  } catch {
    // There is no /proc, or it cannot be read, so the state is unknown.
    return null
  }
}

function namespaceOf(system: ProcessSystem, kind: 'pid' | 'time'): string {
  try {
    return /\d+/.exec(system.readLink(`/proc/self/ns/${kind}`))?.[0] ?? UNTOLD
  } catch (error) {
    // Kernels before 5.6 have no time namespaces.
    return kind === 'time' && errnoOf(error) === 'ENOENT' ? '0' : UNTOLD
  }
}

function look(system: ProcessSystem, pid: number): SeenProcess | 'absent' | 'untold' {
  let text: string
  try {
    text = system.readFile(`/proc/${pid}/stat`)
  } catch (error) {
    const errno = errnoOf(error)
    return errno === 'ENOENT' || errno === 'ESRCH' ? 'absent' : 'untold'
  }
  // proc(5): the name may contain spaces and brackets; the state follows it, and the start time is field 22 of the
  // line.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = '', time] = [fields[0], fields[19]]
  return time === undefined ? 'untold' : { time, hasEnded: /[ZXx]/.test(state) }
}
