import { CB_DESCRIPTOR, type ModuleTable, type OpDescriptor } from '@hotcb/protocol'

/** The rules of an op's descriptor for undoing and repeating it. */
export type OpRule = Pick<OpDescriptor, 'inverse' | 'history' | 'replaces' | 'isRestored' | 'payload'>

/**
 * How an op is undone and repeated; undefined for an op that its module does not describe.
 *
 * A module without a descriptor may have any op: ops with the names of callback ops have the same meaning, and others
 * set params.
 */
export function ruleOf(table: ModuleTable, module: string, op: string): OpRule | undefined {
  const described = table.op(module, op)
  if (described !== undefined || table.get(module) !== undefined) return described
  return table.op(CB_DESCRIPTOR.name, op) ?? { inverse: {} }
}
