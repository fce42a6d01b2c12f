import type { RunDetail } from '../../shared/wire.ts'

/** The run or trainer that has replaced the one for which the page was opened. */
export interface Replacement {
  readonly text: string
  /** The text of the button that accepts the replacement. */
  readonly goOn: string
}

/** Describes a new training run or trainer at this address; undefined while both are unchanged. */
export function replacementOf(before: RunDetail | undefined, now: RunDetail): Replacement | undefined {
  if (before === undefined) return undefined
  if (isKnown(before) && isKnown(now) && trainingOf(before) !== trainingOf(now)) {
    return {
      text: 'This run was deleted and created again: its directory now belongs to another training run',
      goOn: 'Show the new run',
    }
  }
  const { status } = before.row
  const wasAlive = status === 'running' || status === 'paused'
  const [old, next] = [before.state?.kernel, now.state?.kernel]
  if (!wasAlive || old == null || next == null || before.state?.closed === true) return undefined
  if (old.pid === next.pid && old.host === next.host && old.start === next.start) return undefined
  const where = next.pid === null ? '' : `, process ${next.pid}${next.host === null ? '' : ` on ${next.host}`}`
  return {
    text: `Another trainer has taken over: attempt ${next.attempt}${where}. This page no longer follows the previous one`,
    goOn: `Follow attempt ${next.attempt}`,
  }
}

/** Whether all of a run's documents have disappeared, because its directory was deleted. */
export function isDeleted(before: RunDetail | undefined, now: Pick<RunDetail, 'run' | 'state'>): boolean {
  const wasThere = before !== undefined && (before.run !== null || before.state !== null)
  return wasThere && now.run === null && now.state === null
}

/** Identifies a training run, to distinguish it from a later one in the same directory. */
export function trainingOf({ run }: RunDetail): string {
  return `${run?.run_id ?? ''} ${run?.started_at ?? ''}`
}

function isKnown({ run }: RunDetail): boolean {
  return run !== null
}
