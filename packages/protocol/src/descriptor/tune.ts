import type { ModuleDescriptor } from './descriptor.ts'

/** The tuner inside a running training. What it changes are ops of other modules: recipes leave its own out. */
export const TUNE_DESCRIPTOR: ModuleDescriptor = {
  name: 'tune',
  summary: 'The tuner: let it search, stop it, set its options.',
  yaml: 'switch',
  ops: [
    {
      op: 'enable',
      summary: 'Let the tuner search.',
      examples: [{ type: 'hotcb --dir runs/exp-001 tune enable --mode active', does: 'let it propose and apply' }],
      flags: [
        {
          name: 'mode',
          hint: 'MODE',
          help: '`active` applies what it proposes. Default: `active`.',
          kind: 'text',
          into: 'mode',
          default: 'active',
        },
      ],
      inverse: { op: 'disable' },
      history: 'none',
      replaces: ['enable', 'disable'],
      text: 'enable {subject}',
    },
    {
      op: 'disable',
      summary: 'Stop the tuner.',
      examples: [{ type: 'hotcb --dir runs/exp-001 tune disable', does: 'what it has set stays set' }],
      inverse: { op: 'enable' },
      history: 'none',
      replaces: ['enable', 'disable'],
      text: 'disable {subject}',
    },
    {
      op: 'set',
      aliases: ['set_params', 'set-params'],
      summary: 'Set options of the tuner.',
      examples: [{ type: 'hotcb --dir runs/exp-001 tune set search.window=200', does: 'one option' }],
      args: [
        {
          name: 'assignment',
          hint: 'KEY=VALUE',
          help: 'An option by its dotted name, and its new value.',
          kind: 'pairs',
          into: 'params',
        },
      ],
      inverse: {},
      history: 'none',
      text: '{changes}',
    },
    {
      op: 'status',
      summary: 'Write the state of the tuner to the ledger.',
      isHidden: true,
      history: 'none',
      text: 'status {subject}',
    },
  ],
}
