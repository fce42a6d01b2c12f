import type { LedgerLine } from '@hotcb/protocol'
import type { History, HistoryLoad, HistorySave } from './history.ts'
import { isCut, type Seam } from './place.ts'

/** The checkpoint saves and loads of a history. */
export interface CheckpointFold {
  /** An applied `core checkpoint`. */
  add(line: LedgerLine): void
  cut(seam: Seam): void
  result(): Pick<History, 'loads' | 'saves'>
}

export function createCheckpointFold(): CheckpointFold {
  let saves = new Map<string, HistorySave>()
  let loads: HistoryLoad[] = []

  function addLoad(seq: number, step: number, tag: string | null): void {
    const save = tag === null ? undefined : saves.get(tag)
    // Loads after that save are cut with everything else that followed it.
    if (save !== undefined) loads = loads.filter((load) => load.seq < save.seq)
    loads.push({ seq, step, tag, replayable: save !== undefined })
  }

  return {
    add({ seq, step, end, params, payload }) {
      const tag = typeof payload?.tag === 'string' ? payload.tag : null
      const at = typeof payload?.step === 'number' ? payload.step : (step ?? 0)
      if (params?.action === 'load') addLoad(seq, at, tag)
      else if (tag === null) return
      // A later checkpoint with that tag was not saved by this run.
      else if (params?.action === 'drop') saves.delete(tag)
      else saves.set(tag, { seq: seq - 1, step: at, end: end === true })
    },
    cut(seam) {
      // A save contains the state after its own step.
      saves = new Map([...saves].filter(([, save]) => !isCut({ ...save, step: save.step - 1 }, seam)))
      // The seam that a load writes is at the load's own step, and does not undo it.
      loads = loads.filter((load) => load.step <= seam.step)
    },
    result: () => ({ loads: [...loads], saves: new Map(saves) }),
  }
}
