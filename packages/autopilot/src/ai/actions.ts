/** The actions that a model may request. Everything else in its answer is text. */
export const AI_ACTIONS = [
  'noop',
  'set_lr',
  'reduce_lr_factor',
  'set_lr_optimizer',
  'set_wd',
  'set_loss_weight',
  'set_control',
  'enable_callback',
  'disable_callback',
  'set_key_metric',
  'add_watch_metric',
  'remove_watch_metric',
  'request_raw_metrics',
  'declare_rerun',
  'finalize_recipe',
  'rescue',
] as const

export type AiActionName = (typeof AI_ACTIONS)[number]

/** One action in an answer. Its form has been checked, but its meaning has not. */
export interface AiAction {
  readonly action: AiActionName
  /** An id from this prompt, such as `c2`. */
  readonly target: string | null
  readonly value: number | null
  readonly text: string | null
  readonly learnings: readonly string[]
}

/** The description of each action, for the prompt. */
export const AI_ACTION_HELP: Readonly<Record<AiActionName, string>> = {
  noop: 'change nothing; this is right most of the time',
  set_lr: 'value: the new learning rate',
  reduce_lr_factor: 'value: a factor from 0.01 to 0.99 by which the learning rate is multiplied',
  set_lr_optimizer: 'value: the new rate of one parameter group; target: its id (g..)',
  set_wd: 'value: the new weight decay',
  set_loss_weight: 'target: the control (c..) for a loss; value: its new weight',
  set_control: 'target: any other control (c..); value: its new value',
  enable_callback: 'target: a callback (k..)',
  disable_callback: 'target: a callback (k..)',
  set_key_metric: 'target: the metric (m..) by which you judge from now on',
  add_watch_metric: 'target: a metric (m..) that you always want to see',
  remove_watch_metric: 'target: a metric (m..) that you no longer need',
  request_raw_metrics: 'target: a metric (m..) whose last values are shown in the next prompt',
  declare_rerun: 'this run is lost: text is your verdict, learnings are up to 5 short lessons for the next run',
  finalize_recipe: "this run's changes are worth keeping: text is a summary",
  rescue: 'the training has diverged: go back to a checkpoint with a lower rate',
}
