import { controlsDescriptor } from './controls.ts'
import type { ModuleDescriptor } from './descriptor.ts'

/** The parameters of an optimizer. */
export const OPT_DESCRIPTOR: ModuleDescriptor = controlsDescriptor(
  'opt',
  'Change the optimizer: `set_params`, `enable`, `disable`.',
  {
    set_params: {
      summary: 'Set optimizer parameters.',
      about: [
        'Keys: `lr`, `weight_decay`, `betas`, `momentum`, `clip_norm` (0 turns it off), `scheduler_scale`, `scheduler_drop`, narrowed by `group` or `groups`.',
      ],
      examples: [
        { type: 'hotcb --dir runs/exp-001 opt set_params lr=3e-5 weight_decay=0.01', does: 'both or neither' },
        { type: 'hotcb --dir runs/exp-001 opt set_params clip_norm=1.0', does: 'clip gradients' },
        { type: 'hotcb --dir runs/exp-001 opt set_params scheduler_scale=0.5', does: 'half the scheduled rate' },
        { type: 'hotcb --dir runs/exp-001 opt set_params scheduler_drop=0.1', does: 'a tenth of the rate from now on' },
      ],
    },
    enable: switchExamples('opt', 'enable', 'lr', 'Allow changes to the optimizer again: one control, or all.'),
    disable: switchExamples('opt', 'disable', 'lr', 'Reject changes to the optimizer: one control, or all.'),
  },
)

/** The weights, terms and ramps of a loss. */
export const LOSS_DESCRIPTOR: ModuleDescriptor = controlsDescriptor(
  'loss',
  'Change the loss: `set_params`, `enable`, `disable`.',
  {
    set_params: {
      summary: 'Set loss parameters.',
      about: [
        'Keys: a weight by its name, with or without `_w`; `terms.NAME` is a switch; `ramps.NAME` a ramp `{type, warmup_frac | steps, start?, end}`.',
      ],
      examples: [
        { type: 'hotcb --dir runs/exp-001 loss set_params distill_w=0.2 depth_w=1.5', does: 'two weights' },
        { type: 'hotcb --dir runs/exp-001 loss set_params terms.aux_depth=false', does: 'switch a term off' },
        {
          type: `hotcb loss set_params ramps.depth='{"type":"linear","warmup_frac":0.2,"end":2.0}'`,
          does: 'change a weight gradually over the first fifth of the run',
        },
      ],
    },
    enable: switchExamples('loss', 'enable', 'distill', 'Allow changes to the loss again: one control, or all.'),
    disable: switchExamples('loss', 'disable', 'distill', 'Reject changes to the loss: one control, or all.'),
  },
)

function switchExamples(module: string, op: string, key: string, summary: string) {
  return {
    summary,
    examples: [
      { type: `hotcb --dir runs/exp-001 ${module} ${op}`, does: 'all of them' },
      { type: `hotcb ${module} ${op} ${key}`, does: 'one of them' },
    ],
  }
}
