import type { ModuleDescriptor } from './descriptor.ts'

/** The autopilot of a training run. Its changes are ops of other modules, so recipes leave out its own ops. */
export const AUTOPILOT_DESCRIPTOR: ModuleDescriptor = {
  name: 'autopilot',
  summary: 'Rules that watch a training run and act on it within limits.',
  yaml: 'none',
  ops: [
    {
      op: 'mode',
      summary: 'Set what the rules may do.',
      about: [
        '`off`: rules are not evaluated. `suggest`: they propose, and a person approves. `auto`: they do what is within their limits and propose the rest.',
      ],
      examples: [{ type: 'hotcb --dir runs/exp-001 autopilot mode suggest', does: 'nothing happens without approval' }],
      args: [
        {
          name: 'mode',
          hint: 'MODE',
          help: '`off`, `suggest` or `auto`.',
          kind: 'text',
          into: 'params.mode',
          options: ['off', 'suggest', 'auto'],
          meanings: {
            off: 'rules are not evaluated',
            suggest: 'rules propose; a person approves',
            auto: 'rules act within their limits',
          },
        },
      ],
      inverse: {},
      history: 'none',
      replaces: ['mode'],
      isHidden: true,
      text: 'mode {mode}',
    },
  ],
}
