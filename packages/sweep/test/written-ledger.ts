import { formatLedgerLine, readLedgerLine } from '@hotcb/protocol'

/** A line of a trial's ledger: an applied command about a checkpoint, unless the fields override that. */
export function ledgerLine(fields: object): string {
  const read = readLedgerLine({ step: 1, module: 'core', op: 'checkpoint', decision: 'applied', cid: null, ...fields })
  if (!read.ok) throw new Error(read.reason)
  return formatLedgerLine(read.value)
}

/** A saved checkpoint. */
export const save = (step: number, tag: string, more: object = {}): object => ({
  step,
  cid: `pbt-save-0-${step}`,
  params: { action: 'save', tag },
  payload: { action: 'save', tag },
  ...more,
})
/** A loaded checkpoint. */
export const load = (step: number, tag: string, more: object = {}): object => ({
  step,
  params: { action: 'load', tag },
  payload: { action: 'load', tag, step },
  ...more,
})
