import { type JsonObject, type LedgerLine, parseJson, readLedgerLine } from '@hotcb/protocol'

/** Returns a ledger line with the given fields. The other fields are as our kernel writes them. */
export function line(seq: number, step: number | null, fields: Partial<LedgerLine> = {}): LedgerLine {
  return {
    seq,
    step,
    epoch: null,
    event: 'train_step_end',
    phase: null,
    module: 'opt',
    op: 'set_params',
    id: 'main',
    source: 'cli',
    decision: 'applied',
    params: null,
    payload: null,
    error: null,
    traceback: null,
    notes: null,
    wall_time: 1_790_000_000 + seq,
    cid: `c${seq}`,
    writer: null,
    offset: 0,
    author: null,
    call: 0,
    old: null,
    of: null,
    reverts: null,
    attempt: 1,
    ranks: null,
    ...fields,
  }
}

export function set(seq: number, step: number, params: JsonObject, fields: Partial<LedgerLine> = {}): LedgerLine {
  return line(seq, step, { params, payload: params, ...fields })
}

export function attempt(
  seq: number,
  n: number,
  seam: { readonly step: number; readonly cut: boolean } | null,
): LedgerLine {
  const payload = { n, token: `t${n}`, step: seam?.step ?? null, cut: seam?.cut ?? false }
  return line(seq, null, { module: 'core', op: 'attempt', source: 'kernel', payload, attempt: n, cid: null })
}

export function checkpoint(
  seq: number,
  at: number,
  action: 'save' | 'load' | 'drop',
  tag: string,
  step: number,
): LedgerLine {
  const payload = { action, tag, step }
  return line(seq, at, { module: 'core', op: 'checkpoint', params: { action, tag }, payload })
}

/** Reads lines that another kernel wrote, numbered from `first`. */
export function readLines(texts: readonly string[], first = 1): LedgerLine[] {
  return texts.map((text, i) => {
    const parsed = parseJson(text.replace('{', `{"seq": ${first + i}, `))
    const read = parsed.ok ? readLedgerLine(parsed.value) : parsed
    if (!read.ok) throw new Error(read.reason)
    return read.value
  })
}
