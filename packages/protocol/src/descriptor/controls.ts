import type { ModuleDescriptor, OpDescriptor } from './descriptor.ts'

const SWITCH_ABOUT = ['A disabled control keeps its value; changes are rejected until it is enabled.']

/** The ops that every module with controls has, whatever its name. */
export const CONTROL_OPS: readonly OpDescriptor[] = [
  {
    op: 'set_params',
    aliases: ['set-params', 'set'],
    summary: 'Set parameters.',
    args: [pairs()],
    flags: [id()],
    params: { type: 'object', minProperties: 1 },
    inverse: {},
    text: '{changes}',
  },
  switched('enable', 'disable', 'Allow changes to one control, or to all controls, again.'),
  switched('disable', 'enable', 'Reject changes to one control, or to all controls.'),
]

/** Creates the descriptor of a module that has the ops of controls. */
export function controlsDescriptor(
  name: string,
  summary: string,
  said: Readonly<Partial<Record<'set_params' | 'enable' | 'disable', Partial<OpDescriptor>>>> = {},
): ModuleDescriptor {
  const of = new Map(Object.entries(said))
  return { name, summary, yaml: 'controls', ops: CONTROL_OPS.map((op) => ({ ...op, ...of.get(op.op) })) }
}

function pairs(): NonNullable<OpDescriptor['args']>[number] {
  return {
    name: 'assignment',
    hint: 'KEY=VALUE',
    help: 'A parameter and its new value: a number, `true`, `false`, text, or JSON.',
    kind: 'pairs',
    into: 'params',
    completes: 'assignments',
  }
}

function id(): NonNullable<OpDescriptor['flags']>[number] {
  return { name: 'id', hint: 'ID', help: 'The handle. Default: `main`.', kind: 'text', into: 'id', default: 'main' }
}

function switched(op: 'enable' | 'disable', inverse: string, summary: string): OpDescriptor {
  return {
    op,
    summary,
    about: SWITCH_ABOUT,
    args: [
      {
        name: 'key',
        hint: 'KEY',
        help: 'One control. Default: all.',
        kind: 'text',
        into: 'params.key',
        optional: true,
        completes: 'controls',
      },
    ],
    flags: [id()],
    inverse: { op: inverse },
    text: `${op} {subject}`,
  }
}
