import type { LedgerLine, ModuleTable } from '@hotcb/protocol'
import type { LedgerRecord } from '../../run.ts'

/** The filters of `hotcb log`. */
export interface LogFilter {
  readonly module?: string | undefined
  readonly key?: string | undefined
  /** An author or a source. */
  readonly who?: string | undefined
  /** A decision; `refused` is every decision except `applied`. */
  readonly outcome?: string | undefined
  /** The modules of the run. If set, only lines that changed the training run are selected. */
  readonly changes?: ModuleTable | undefined
  readonly fromStep?: number | undefined
  readonly toStep?: number | undefined
}

/** Returns a function that tests a line against a filter. All given conditions must match. */
export function matcherOf(filter: LogFilter): (record: LedgerRecord) => boolean {
  const { module, key, who, outcome, changes } = filter
  const tests: ((line: LedgerLine) => boolean)[] = []
  if (module !== undefined) tests.push((line) => line.module === module)
  if (changes !== undefined) tests.push((line) => isChange(line, changes))
  if (who !== undefined) tests.push((line) => line.author === who || line.source === who)
  if (outcome !== undefined) tests.push(({ decision }) => isOutcome(decision, outcome))
  if (filter.fromStep !== undefined || filter.toStep !== undefined) tests.push((line) => isWithin(line, filter))
  if (key !== undefined) tests.push((line) => touches(line, key))
  return ({ value: line }) => tests.every((holds) => holds(line))
}

function isWithin({ step }: LedgerLine, { fromStep, toStep }: LogFilter): boolean {
  return step !== null && step >= (fromStep ?? Number.NEGATIVE_INFINITY) && step <= (toStep ?? Number.POSITIVE_INFINITY)
}

/** Whether a line records that a checkpoint was saved. */
export function isSave({ value: { module, op, decision, params } }: LedgerRecord): boolean {
  return module === 'core' && op === 'checkpoint' && decision === 'applied' && params?.['action'] !== 'load'
}

/** Whether a line records that the run went back to a checkpoint. */
export function isLoad({ module, op, decision, params }: LedgerLine): boolean {
  return module === 'core' && op === 'checkpoint' && decision === 'applied' && params?.['action'] === 'load'
}

// A change that a restart re-applies was already counted as a change.
function isChange(line: LedgerLine, table: ModuleTable): boolean {
  const { module, op, decision, of } = line
  if (decision !== 'applied' || of !== null) return false
  if (module === 'core') return isLoad(line)
  return table.op(module, op)?.history !== 'none'
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
