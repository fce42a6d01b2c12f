import type { Rule, RuleSet } from './types.ts'

/**
 * The rules for a run that does not have its own rules. Their ids are those of hotcb 2's default guidelines. Their conditions and effects
 * are measured relative to noise and trend.
 */
export const DEFAULT_RULES: RuleSet = {
  keyMetric: null,
  rules: [
    rule({
      id: 'spike_emergency_lr',
      description: 'The training loss is not finite: go back to the last good state, with a lower rate.',
      condition: 'nan',
      metric: 'train_loss',
      action: { kind: 'do', what: 'rescue' },
      confidence: 'high',
      cooldown: 10,
      settle: 0,
    }),
    rule({
      id: 'divergence_emergency_lr',
      description:
        'The training loss has moved away from its best value: go back to the last good state, with a lower rate.',
      condition: 'divergence',
      metric: 'train_loss',
      action: { kind: 'do', what: 'rescue' },
      confidence: 'high',
      cooldown: 10,
      settle: 0,
    }),
    rule({
      id: 'plateau_lr_reduce',
      description: 'The training loss has never fallen: look for a rate at which it does.',
      condition: 'stuck',
      metric: 'train_loss',
      action: { kind: 'do', what: 'rescue' },
      confidence: 'medium',
      settle: 100,
    }),
    rule({
      id: 'val_plateau_lr_reduce',
      description: 'The key metric no longer improves: halve the rate.',
      condition: 'plateau',
      metric: null,
      action: { kind: 'set', values: { lr: { mul: 0.5 } } },
      confidence: 'high',
    }),
    rule({
      id: 'overfitting_wd_increase',
      description: 'The key metric gets worse while the training loss falls: double the weight decay.',
      condition: 'overfitting',
      metric: null,
      action: { kind: 'set', values: { weight_decay: { mul: 2 } } },
      confidence: 'medium',
    }),
    rule({
      id: 'grad_spike_lr_reduce',
      description: 'Gradients explode: clip them at three times their usual norm, or halve the rate.',
      condition: 'grad_explosion',
      metric: 'grad_norm',
      action: { kind: 'do', what: 'clip' },
      confidence: 'medium',
      settle: 0,
    }),
  ],
}

type Given = Pick<Rule, 'id' | 'description' | 'condition' | 'metric' | 'action' | 'confidence'> & Partial<Rule>

function rule(given: Given): Rule {
  return {
    params: {}, program: null, enabled: true, cooldown: 100, hold: 1, clear: 1, settle: 20, version: 2, place: null, ...given,
  } // biome-ignore format: defaults
}
