import { CB_DESCRIPTOR, type ModuleTable, type OpDescriptor } from '@hotcb/protocol'

/** The rules in an op's descriptor that define how the op is undone and repeated. */
export type OpRule = Pick<OpDescriptor, 'inverse' | 'history' | 'replaces' | 'isRestored' | 'payload'>

/**
 * Returns how an op is undone and repeated; undefined for an op that its module does not describe.
 *
 * A module without a descriptor may have any op. Ops with the names of callback ops are treated like those; all others
 * set params.
 */
export function ruleOf(table: ModuleTable, module: string, op: string): OpRule | undefined {
  const described = table.op(module, op)
  if (described !== undefined || table.get(module) !== undefined) return described
  return table.op(CB_DESCRIPTOR.name, op) ?? { inverse: {} }
}
