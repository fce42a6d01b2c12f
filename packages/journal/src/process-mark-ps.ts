import {
  isAbsent,
  type ProcessMarks,
  type ProcessState,
  type ProcessSystem,
  placeOf,
  type SeenProcess,
} from './process-system.ts'

// `ps` takes a few milliseconds, so a process that was just seen running is not queried again immediately.
const TRUSTED_MS = 2000

/** Identifies processes by the output of `ps`, on macOS and the BSDs. */
export function psMarks(system: ProcessSystem): ProcessMarks {
  const seenAt = new Map<string, number>()
  return {
    start(pid = system.pid) {
      const { place, processes } = ask(system, pid)
      const seen = processes.get(pid)
      return place === null || seen === undefined ? null : `${place}/${seen.time}`
    },
    state(pid, start) {
      const key = `${pid}/${start}`
      if (system.now() - (seenAt.get(key) ?? Number.NEGATIVE_INFINITY) < TRUSTED_MS) return 'running'
      seenAt.delete(key)
      const state = stateOf(system, pid, start)
      if (state === 'running') seenAt.set(key, system.now())
      return state
    },
    hasEnded: (pid) => ask(system, pid).processes.get(pid)?.hasEnded ?? false,
  }
}

function stateOf(system: ProcessSystem, pid: number | null, start: string | null): ProcessState {
  const then = placeOf(pid, start)
  if (then === null) return 'unknown'
  const { place, processes } = ask(system, then.pid)
  if (place !== then.place) return 'unknown'
  const seen = processes.get(then.pid)
  if (seen === undefined) return isAbsent(system, then.pid) ? 'gone' : 'unknown'
  return seen.time === then.time && !seen.hasEnded ? 'running' : 'gone'
}

interface Listing {
  /** The start time of process 1, which identifies this machine since its last boot. */
  readonly place: string | null
  readonly processes: ReadonlyMap<number, SeenProcess>
}

function ask(system: ProcessSystem, pid: number): Listing {
  const processes = new Map<number, SeenProcess>()
  try {
    for (const line of system.ps([1, pid]).split('\n')) {
      const [, one, state = '', time = ''] = /^\s*(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? []
      if (one !== undefined) processes.set(Number(one), { time, hasEnded: state.startsWith('Z') })
    }
  } catch {
    // There is no `ps`, or it cannot be run, so the state is unknown.
  }
  return { place: processes.get(1)?.time ?? null, processes }
}
