import * as v from 'valibot'
import { DECISIONS, type LedgerLine, MAX_SEQ } from '../ledger.ts'
import { count, finite, jsonObject, orNull, pinned, plain, type SchemaOf, text } from './words.ts'

const nullable = v.nullable

/**
 * One line of `hotcb.applied.jsonl` as we write it, with every key. Older and foreign lines have fewer;
 * `readLedgerLine` accepts those.
 */
export const LedgerLineSchema: SchemaOf<Omit<LedgerLine, 'foreign'>> = pinned<Omit<LedgerLine, 'foreign'>>()(
  plain({
    seq: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_SEQ)),
    step: nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(-1))),
    epoch: nullable(finite),
    event: nullable(text),
    phase: nullable(text),
    module: text,
    op: text,
    id: text,
    source: text,
    decision: v.picklist(DECISIONS),
    params: nullable(jsonObject),
    payload: nullable(jsonObject),
    error: nullable(text),
    traceback: nullable(text),
    notes: nullable(text),
    wall_time: finite,
    cid: nullable(text),
    writer: nullable(text),
    offset: nullable(count),
    author: nullable(text),
    call: nullable(count),
    after: v.exactOptional(v.boolean()),
    end: v.exactOptional(v.boolean()),
    old: nullable(jsonObject),
    of: nullable(count),
    reverts: nullable(count),
    attempt: nullable(count),
    ranks: orNull(v.pipe(v.array(count), v.readonly())),
  }),
)
