import { CB_DESCRIPTOR, type ModuleTable, type OpDescriptor } from '@hotcb/protocol'

/** What an op's descriptor says of undoing it and of making it again. */
export type OpRule = Pick<OpDescriptor, 'inverse' | 'history' | 'replaces' | 'isRestored' | 'payload'>

/**
 * How an op is undone and made again; undefined for an op that its module does not describe.
 *
 * A module without a descriptor may have any op: the words of callbacks mean what they mean there, and others set params.
 */
export function ruleOf(table: ModuleTable, module: string, op: string): OpRule | undefined {
  const described = table.op(module, op)
  if (described !== undefined || table.get(module) !== undefined) return described
  return table.op(CB_DESCRIPTOR.name, op) ?? { inverse: {} }
}
