import {
  BUILT_IN_TABLE,
  isObject,
  type Json,
  type JsonObject,
  type LedgerLine,
  type ModuleTable,
  type Op,
} from '@hotcb/protocol'

/**
 * Returns the op of an applied line, with the values that were actually set as its params. Another kernel's payload may
 * contain these values at its top level, below `params`, or not at all.
 */
export function opOfLine(line: OpLine, table: ModuleTable = BUILT_IN_TABLE): Op {
  return { module: line.module, op: line.op, id: line.id, params: line.params, ...changedBy(line, table) }
}

/** The parts of a ledger line that determine its op. */
export type OpLine = Pick<LedgerLine, 'module' | 'op' | 'id' | 'params' | 'payload' | 'foreign'>

/** Returns the fields of the op in which an applied line differs from the request. */
export function changedBy(line: OpLine, table: ModuleTable): Partial<Op> {
  const { module, op, id, params, payload, foreign } = line
  if (table.op(module, op)?.payload === 'fields') return fieldsIn(line)
  if (payload === null || (foreign && Object.keys(payload).length === 0)) return { params }
  // The cast is safe for an object of the wire format.
  if (foreign && isObject(payload.params)) return { params: payload.params as JsonObject }
  // hotcb 2's command line names a control by `id` alone, and its payload is the op itself.
  const isForeignSwitch = foreign === true && table.isControls(module) && (op === 'enable' || op === 'disable')
  return { params: isForeignSwitch ? { key: id } : payload }
}

function fieldsIn({ params, payload }: OpLine): Partial<Op> {
  const { target, init, enabled, source_capture: capture } = payload ?? {}
  const fields: Record<string, Json> = {}
  if (isObject(target)) fields.target = target as JsonObject
  if (isObject(init)) fields.init = init as JsonObject
  if (typeof enabled === 'boolean') fields.enabled = enabled
  if (isObject(capture)) fields.source_capture = capture as JsonObject
  // The cast is safe, because the wire format's objects have the names of the op's fields.
  return { ...(fields as Partial<Op>), params }
}
