import { HERD_STATUS, TRIAL_STATES } from '@hotcb/sweep'
import { answer, type CommandAnswer, lines, oneOf } from '../../answers/answer.ts'
import {
  anything,
  byName,
  facts,
  flag,
  list,
  maybe,
  means,
  number,
  numberOrNull,
  object,
  orNull,
  type Shape,
  text,
  textOrNull,
  texts,
  whole,
  wholeOrNull,
  wholes,
  word,
} from '../../answers/shapes.ts'

const status = means(word(...new Set(Object.values(HERD_STATUS))), "HyperHerd's name for the state")
const state = word(...TRIAL_STATES)
const params = means(facts, 'the values of its parameters')
const stage = { stage: maybe(text), parent: maybe(whole) }

export const sweepInitAnswer: CommandAnswer = answer(1, object({ created: texts }))

export const sweepListAnswer: CommandAnswer = answer(
  1,
  object({
    trials: list(
      object({ index: whole, status, state, experiment_name: text, params, extras: facts, hash: text, ...stage }),
    ),
  }),
)

const statusShape: Shape = object({
  totals: means(byName(whole), '`total`, and the number of trials with each `status`'),
  trials: list(
    object({
      index: whole,
      status,
      experiment_name: text,
      params,
      last_log_line: textOrNull,
      step: wholeOrNull,
      steps_per_min: numberOrNull,
      state,
      reason: means(textOrNull, 'the class of a failure, or why it was asked to stop'),
      attempt: means(whole, 'the number of times it was started'),
      ...stage,
    }),
  ),
  stages: means(
    maybe(
      list(object({ name: text, after: textOrNull, trials: whole, waits_for: wholes, settled: flag, asked_for: flag })),
    ),
    'only with stages',
  ),
  driver: orNull(object({ host: text, pid: whole })),
  needs_driver: means(flag, 'trials are waiting, and no driver is running'),
  stale: means(list(object({ source: text, why: text })), 'schedulers that are not answering'),
})

export const sweepStatusAnswer: CommandAnswer = answer(1, statusShape)

export const sweepWatchAnswer: CommandAnswer = lines(1, {
  'every `--every` seconds, or once with `--once`': statusShape,
})

const runShape = object({
  dry_run: flag,
  slurm_job_id: textOrNull,
  sbatch_path: textOrNull,
  submitted_indices: wholes,
  sbatch_script: textOrNull,
  trials: list(object({ index: whole, status, experiment_name: text, params, state, ...stage })),
  executor: text,
  slurm_job_ids: texts,
  scripts: texts,
  needs_driver: flag,
  waiting: means(wholes, 'not submitted yet'),
  later: means(maybe(texts), 'stages whose parents are chosen later'),
})

export const sweepRunAnswer: CommandAnswer = lines(1, {
  'at the start': runShape,
  'at the end, with `--watch`': statusShape,
})

export const sweepDriveAnswer: CommandAnswer = oneOf(1, {
  'at the end': statusShape,
  'with `--as-job`': object({ driver_job: text }),
})

export const sweepResultsAnswer: CommandAnswer = oneOf(1, {
  'without `--steps`': object({
    trials: list(
      object({
        index: whole,
        experiment_name: text,
        params,
        metrics: means(facts, 'the final value of each metric'),
        group: means(maybe(whole), 'with `seeds`: the combination that it repeats'),
        ...stage,
      }),
    ),
  }),
  'with `--steps`': object({
    rows: list(object({ trial_id: whole, step: wholeOrNull, metric: text, timestamp: text, value: anything })),
  }),
})

const stream = object({ path: text, lines: means(orNull(texts), 'null if there is no such file'), requested: whole })

export const sweepTailAnswer: CommandAnswer = lines(1, {
  first: object({
    index: whole,
    status: text,
    experiment_name: textOrNull,
    streams: object({ stdout: maybe(stream), stderr: maybe(stream) }),
  }),
  'with `--follow`, each new line': object({ stream: word('stdout', 'stderr'), line: text }),
})

const entry = object({ ts: number, text })

export const sweepLogAnswer: CommandAnswer = lines(1, {
  'without `--follow`': object({ index: whole, entries: list(entry) }),
  'with `--follow`, each entry': entry,
})

export const sweepWhyAnswer: CommandAnswer = answer(
  1,
  object({
    decisions: list(object({ key: text, planner: text, trial: whole, verdict: text, evidence: facts, ts: number })),
  }),
)

export const sweepImportanceAnswer: CommandAnswer = answer(
  1,
  object({ metric: text, trials: whole, importance: list(object({ name: text, share: number })) }),
)

export const sweepPlotAnswer: CommandAnswer = answer(1, object({ kind: text, path: text }))

export const sweepExportAnswer: CommandAnswer = oneOf(1, {
  'trials, with `--out`': object({ path: text, format: word('csv', 'json', 'parquet'), trials: whole }),
  'with `--schedule`': object({
    trial: whole,
    root: whole,
    overrides: text,
    params,
    lineage: list(object({ trial: whole, from_step: whole })),
    entries: whole,
    path: text,
    notes: texts,
  }),
})

export const sweepSetAnswer: CommandAnswer = answer(
  1,
  object({
    trials: list(
      object({
        index: whole,
        decision: means(
          textOrNull,
          'the decision in the ledger; `failed` if nothing could be sent; null if there is no answer',
        ),
        step: wholeOrNull,
        text,
      }),
    ),
  }),
)

const usage = {
  slurm_state: textOrNull,
  elapsed: textOrNull,
  elapsed_seconds: numberOrNull,
  max_rss_bytes: numberOrNull,
  ave_rss_bytes: numberOrNull,
  req_mem_bytes: numberOrNull,
}

export const sweepStatsAnswer: CommandAnswer = answer(
  1,
  object({ trials: list(object({ index: whole, experiment_name: text, ...usage })) }),
)

export const sweepSnapshotAnswer: CommandAnswer = answer(
  1,
  object({
    sweep_name: text,
    workspace: text,
    totals: byName(whole),
    usage_pending: whole,
    trials: list(
      object({
        index: whole,
        status,
        experiment_name: text,
        params,
        state,
        attempt: whole,
        reason: textOrNull,
        slurm_job_id: textOrNull,
        ...usage,
        metrics: facts,
        last_log_line: textOrNull,
      }),
    ),
    failed_stderr: list(
      object({ index: whole, stderr_path: text, stderr_lines: orNull(texts), stderr_truncated: flag }),
    ),
  }),
)

const standing = object({
  rung: whole,
  step: whole,
  value: numberOrNull,
  cohort_size: whole,
  keep: whole,
  ahead_definite: whole,
  unreached: whole,
})

export const sweepHalveAnswer: CommandAnswer = answer(
  1,
  object({
    dry_run: flag,
    mode: text,
    rungs: wholes,
    slurm_job_id: textOrNull,
    submitted: wholes,
    pruned: wholes,
    paused: wholes,
    decisions: list(
      object({
        index: whole,
        status: text,
        max_step: wholeOrNull,
        action: text,
        verdict: text,
        rung: wholeOrNull,
        reason: text,
        explanation: text,
        standing: orNull(standing),
      }),
    ),
  }),
)

const wished = list(object({ index: whole, slurm_job_id: textOrNull, job: textOrNull, previous_status: status, state }))

export const sweepStopAnswer: CommandAnswer = answer(1, object({ cancelled: wished }))
export const sweepPruneAnswer: CommandAnswer = answer(1, object({ pruned: wished }))
export const sweepPauseAnswer: CommandAnswer = oneOf(1, {
  'without `--hold`': object({ paused: wished }),
  'with `--hold`': object({ held: wished }),
})
export const sweepResumeAnswer: CommandAnswer = answer(1, object({ resumed: wished }))

export const sweepMonitorAnswer: CommandAnswer = oneOf(1, {
  'at the end': object({
    ticks: whole,
    ended: word('halted', 'stopped', 'once'),
    triage: texts,
    model_calls: wholeOrNull,
    failed: textOrNull,
    halted: textOrNull,
  }),
  'with `--prompt`, if a monitor is running': object({ left_for: text }),
  'with `--dry-run`': means(facts, 'the input for the model'),
})

export const sweepProposeAnswer: CommandAnswer = answer(
  1,
  object({
    proposal: text,
    text,
    known: means(flag, 'already proposed'),
    monitor: means(textOrNull, 'null if none is running'),
    note: textOrNull,
  }),
)

export const sweepCleanAnswer: CommandAnswer = answer(1, object({ cancelled: wholes, removed: texts }))

export const sweepInstallSkillAnswer: CommandAnswer = answer(1, object({ skill: text, path: text, written: flag }))
