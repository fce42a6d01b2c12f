import type { ToolSpec } from './spec.ts'

const INDEX = { kind: 'whole', about: 'The trial.', least: 0 } as const
const REASON = { kind: 'text', about: 'The reason, in one sentence, for people.' } as const
const METRIC = { kind: 'text', about: 'The name of the metric.' } as const

/** All tools: HyperHerd's, under the same names, and those that hotcb adds. */
export const TOOLS: readonly ToolSpec[] = [
  {
    name: 'read_state',
    class: 'read',
    about: 'Trials that the message does not show, starting at an index.',
    args: { from: { kind: 'whole', about: 'The first index.', optional: true, least: 0 } },
  },
  { name: 'read_plan', class: 'read', about: 'Your plan, as you wrote it.', args: {} },
  { name: 'read_user_prompt', class: 'read', about: "PROMPT.md, which contains the user's instructions.", args: {} },
  {
    name: 'tail_log',
    class: 'read',
    about: "The last lines of a trial's output.",
    args: {
      index: INDEX,
      lines: { kind: 'whole', about: 'How many. Default: 40.', optional: true, least: 1, most: 200 },
      stream: { kind: 'word', about: 'Default: both.', optional: true, words: ['both', 'stdout', 'stderr'] },
    },
  },
  {
    name: 'list_metrics',
    class: 'read',
    about: "A trial's metrics, each with its last value.",
    args: { index: INDEX },
  },
  {
    name: 'compute_metric',
    class: 'read',
    about: "Statistics for one of a trial's metrics.",
    args: {
      index: INDEX,
      metric: METRIC,
      last_n: { kind: 'whole', about: 'Only the last values.', optional: true, least: 1 },
      step_min: { kind: 'whole', about: 'From this step on.', optional: true, least: 0 },
      step_max: { kind: 'whole', about: 'Up to this step.', optional: true, least: 0 },
    },
  },
  {
    name: 'summarize_metrics',
    class: 'read',
    about: "A metric's last value in all trials, best first.",
    args: { metric: { ...METRIC, optional: true } },
  },
  {
    name: 'why',
    class: 'read',
    about: "The planners' decisions about a trial, with the evidence.",
    args: { index: INDEX },
  },
  {
    name: 'write_plan',
    class: 'note',
    about: 'Replaces your plan.',
    args: { plan: { kind: 'text', about: 'Markdown.' } },
  },
  {
    name: 'mark_user_prompt_read',
    class: 'note',
    about: 'Records that you have read PROMPT.md.',
    args: { sha256: { kind: 'text', about: 'Its hash, as in the message.' } },
  },
  {
    name: 'msg',
    class: 'note',
    about: 'Posts a message for people.',
    args: { text: { kind: 'text', about: 'Plain text.' } },
  },
  {
    name: 'msg_thread',
    class: 'note',
    about: "Posts a message to a trial's thread.",
    args: { index: INDEX, text: { kind: 'text', about: 'Plain text.' } },
  },
  {
    name: 'tick_summary',
    class: 'note',
    about: 'Posts one line about this tick if something happened.',
    args: { text: { kind: 'text', about: 'One line.' } },
  },
  {
    name: 'post_results_table',
    class: 'note',
    about: 'Posts the results of all trials.',
    args: { caption: { kind: 'text', about: 'One line.' } },
  },
  {
    name: 'post_plot',
    class: 'note',
    about: 'Posts a plot of the sweep, such as metric curves, parallel coordinates or parameter importance.',
    args: {
      kind: {
        kind: 'word',
        about: 'Default: curves.',
        optional: true,
        words: ['curves', 'parallel', 'importance', 'contour', 'rungs', 'lineage'],
      },
      metric: { ...METRIC, about: "Default: the objective's metric.", optional: true },
      trials: { kind: 'wholes', about: 'Only these trials.', optional: true },
      smooth: {
        kind: 'whole',
        about: 'The number of values per point. Default: 1.',
        optional: true,
        least: 1,
        most: 1000,
      },
      caption: { kind: 'text', about: 'One line.', optional: true },
    },
  },
  {
    name: 'schedule_next',
    class: 'note',
    about: 'When to run the next tick, unless something happens earlier.',
    args: { delay_seconds: { kind: 'whole', about: 'From 60 to 3600.', least: 1, most: 86_400 } },
  },
  { name: 'halt', class: 'note', about: 'Stops the monitor because nothing is left to do.', args: { reason: REASON } },
  {
    name: 'run_indices',
    class: 'cheap',
    about: 'Starts trials that are ready, failed or cancelled; with force, also reruns completed ones.',
    args: {
      indices: { kind: 'wholes', about: 'The trials.' },
      force: { kind: 'flag', about: 'Also start completed and pruned trials.', optional: true },
      reason: REASON,
    },
  },
  {
    name: 'resume_index',
    class: 'cheap',
    about: 'Restarts a paused, cancelled or failed trial.',
    args: { index: INDEX, reason: REASON },
  },
  { name: 'stop_index', class: 'cheap', about: 'Stops a trial.', args: { index: INDEX, reason: REASON } },
  { name: 'stop_all', class: 'costly', about: 'Stops all trials.', args: { reason: REASON } },
  {
    name: 'prune_index',
    class: 'cheap',
    about: 'Prunes a trial: it is not run again.',
    args: { index: INDEX, reason: REASON },
  },
  {
    name: 'pause_index',
    class: 'cheap',
    about: 'Lets a trial save a checkpoint and exit.',
    args: { index: INDEX, reason: REASON },
  },
  {
    name: 'bump_mem',
    class: 'costly',
    about: 'Restarts one failed trial with more memory.',
    args: { index: INDEX, percent: { kind: 'whole', about: 'How much more.', least: 1, most: 400 }, reason: REASON },
  },
  {
    name: 'bump_time',
    class: 'costly',
    about: 'Restarts one failed trial with a longer time limit.',
    args: { index: INDEX, percent: { kind: 'whole', about: 'How much more.', least: 1, most: 400 }, reason: REASON },
  },
  {
    name: 'set_controls',
    class: 'control',
    about: "Changes a trial's controls while it trains, within the bounds of `monitor.live`.",
    args: { index: INDEX, values: { kind: 'object', about: 'Numbers by control: {"lr": 0.001}.' }, reason: REASON },
  },
  {
    name: 'run_sh',
    class: 'cheap',
    about: 'Judges all trials once by successive halving. The driver does this automatically.',
    args: { dry_run: { kind: 'flag', about: 'Only shows what would happen.', optional: true } },
  },
  {
    name: 'propose',
    class: 'note',
    about: 'Asks the operators to allow a call to another tool, instead of calling it.',
    args: {
      tool: { kind: 'text', about: 'Its name.' },
      arguments: { kind: 'object', about: 'Its arguments.' },
      reason: REASON,
    },
  },
]

/** Returns a tool by its name; undefined if there is no such tool. */
export function findTool(name: string): ToolSpec | undefined {
  return TOOLS.find((one) => one.name === name)
}
