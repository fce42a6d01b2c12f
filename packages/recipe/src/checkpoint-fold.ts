import type { LedgerLine } from '@hotcb/protocol'
import type { History, HistoryLoad, HistorySave } from './history.ts'
import { isCut, type Seam } from './place.ts'

/** Collects the checkpoint saves and loads in a history. */
export interface CheckpointFold {
  /** Adds an applied `core checkpoint`. */
  add(line: LedgerLine): void
  cut(seam: Seam): void
  result(): Pick<History, 'loads' | 'saves'>
}

export function createCheckpointFold(): CheckpointFold {
  let saves = new Map<string, HistorySave>()
  let loads: HistoryLoad[] = []

  function addLoad(seq: number, step: number, tag: string | null): void {
    const save = tag === null ? undefined : saves.get(tag)
    // Loads after that save are removed, together with everything else that followed it.
    if (save !== undefined) loads = loads.filter((load) => load.seq < save.seq)
    loads.push({ seq, step, tag, replayable: save !== undefined })
  }

  return {
    add({ seq, step, end, params, payload }) {
      const tag = typeof payload?.tag === 'string' ? payload.tag : null
      const at = typeof payload?.step === 'number' ? payload.step : (step ?? 0)
      if (params?.action === 'load') addLoad(seq, at, tag)
      else if (tag === null) return
      // After a checkpoint has been deleted, another one with the same tag may come from a different run.
      else if (params?.action === 'drop') saves.delete(tag)
      else saves.set(tag, { seq: seq - 1, step: at, end: end === true })
    },
    cut(seam) {
      // A checkpoint contains the state after the step at which it was saved.
      saves = new Map([...saves].filter(([, save]) => !isCut({ ...save, step: save.step - 1 }, seam)))
      // The seam (the cut in history) that a load writes is at the load's own step, and does not cut the load itself.
      loads = loads.filter((load) => load.step <= seam.step)
    },
    result: () => ({ loads: [...loads], saves: new Map(saves) }),
  }
}
