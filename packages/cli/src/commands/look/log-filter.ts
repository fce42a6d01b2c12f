import type { LedgerLine } from '@hotcb/protocol'
import type { LedgerRecord } from '../../run.ts'

/** What `hotcb log` is asked to show. */
export interface LogFilter {
  readonly module?: string | undefined
  readonly key?: string | undefined
  /** An author or a source. */
  readonly who?: string | undefined
  /** A decision; `refused` is all but `applied`. */
  readonly outcome?: string | undefined
  readonly fromStep?: number | undefined
  readonly toStep?: number | undefined
}

/** The test of a filter: all that is given must hold. */
export function matcherOf(filter: LogFilter): (record: LedgerRecord) => boolean {
  const { module, key, who, outcome, fromStep = Number.NEGATIVE_INFINITY, toStep = Number.POSITIVE_INFINITY } = filter
  const hasSteps = filter.fromStep !== undefined || filter.toStep !== undefined
  return ({ value: line }) => {
    if (module !== undefined && line.module !== module) return false
    if (who !== undefined && line.author !== who && line.source !== who) return false
    if (outcome !== undefined && !isOutcome(line.decision, outcome)) return false
    if (hasSteps && (line.step === null || line.step < fromStep || line.step > toStep)) return false
    return key === undefined || touches(line, key)
  }
}

function isOutcome(decision: string, outcome: string): boolean {
  return outcome === 'refused' ? decision !== 'applied' : decision === outcome
}

function touches({ params, payload, id }: LedgerLine, key: string): boolean {
  return id === key || has(payload, key) || has(params, key) || params?.['key'] === key
}

function has(params: object | null, key: string): boolean {
  return params !== null && Object.hasOwn(params, key)
}
