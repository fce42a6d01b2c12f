// The rows of the table that `pnpm bench` prints: what is measured, a peer's figure, the goal, ours, and whether we reach it.

const us = (ns) => `${(ns / 1000).toFixed(2)} us`
const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`

/** Idle `apply`, latency, a backlog of commands, a recipe. */
export function kernelRows({ idle, latency, backlog, recipe }) {
  return [
    [
      'idle `apply`, back to back, default options',
      'hotcb 2: 15.7 us median, 28.7 p99; runtimectl 0.29 us',
      '<= 0.3 us, p99 <= 3 us',
      `${us(idle.idle_ns.median)} median, ${us(idle.idle_ns.p99)} p99`,
      idle.idle_ns.median <= 300 && idle.idle_ns.p99 <= 3000,
    ],
    [
      'the same, looking at every call',
      'hotcb 2: 15.7 us; runtimectl 9.5 us',
      '<= 4 us',
      us(idle.looking_ns.median),
      idle.looking_ns.median <= 4000,
    ],
    [
      'added to a step of 1 ms',
      'hotcb 2: 16 us and more',
      'one look (<= 8 us) every second step',
      `${us(latency.added_ns_median)} median, ${us(latency.added_ns_p90)} p90`,
      latency.added_ns_median <= 8000,
    ],
    [
      'idle after 100,000 processed commands',
      'hotcb 2: 17.5 us',
      'unchanged',
      us(backlog.idle_after_ns),
      backlog.idle_after_ns <= 2 * Math.max(100, idle.idle_ns.median),
    ],
    [
      'append to ledger line, steps of 1 ms',
      'hotcb 2: 0.8 ms (9.6 at its own debounce)',
      '<= 2.5 ms median',
      `${ms(latency.latency_ms_median)} median, ${ms(latency.latency_ms_p99)} p99`,
      latency.latency_ms_median <= 2.5,
    ],
    [
      '100,000 queued commands, CPU, beside JSON.parse of the lines',
      'hotcb 2: 14 s; runtimectl 2.6 s',
      '<= 3.5 x',
      `${backlog.ratio.toFixed(1)} x (${ms(backlog.cpu_ms)})`,
      backlog.ratio <= 3.5,
    ],
    [
      'the same: longest safe point',
      '',
      '<= 10 ms',
      ms(backlog.longest_safe_point_ms),
      backlog.longest_safe_point_ms <= 10,
    ],
    ['the same: memory', '', '<= 150 MB', `${backlog.rss_mib.toFixed(0)} MiB`, backlog.rss_mib <= 150],
    ['recipe of 100,000 entries: load', 'hotcb 2: 0.75 s', '<= 0.4 s', ms(recipe.load_ms), recipe.load_ms <= 400],
    [
      'the same: step with one due',
      'hotcb 2: 240 us',
      '<= 20 us',
      us(recipe.step_due_ns),
      recipe.step_due_ns <= 20_000,
    ],
    ['the same: step with none', 'hotcb 2: 26 us', '<= 0.5 us', us(recipe.step_none_ns), recipe.step_none_ns <= 500],
  ]
}

/** What callbacks add to a step. */
export function callbackRows({ callbacks }) {
  return [
    [
      'idle `apply` with the module `cb`, nothing loaded',
      '',
      'as without it',
      `${us(callbacks.best_ns.module)} beside ${us(callbacks.best_ns.kernel)}`,
      callbacks.best_ns.module <= callbacks.best_ns.kernel + 50,
    ],
    [
      '100 idle callbacks, a step',
      '',
      '<= 10 us',
      `${us(callbacks.hundred_callbacks_us.best * 1000)} best, ${us(callbacks.hundred_callbacks_us.median * 1000)} median`,
      callbacks.hundred_callbacks_us.median <= 10,
    ],
  ]
}

/** The command line as a process. */
export function commandLineRows({ processes }) {
  const line = (name) => processes.find((one) => one.name.startsWith(name)) ?? { ms: Number.NaN, ratio: Number.NaN }
  return [
    [
      '`hotcb set` as a process, beside `node -e 0`',
      'hotcb 2: 104 ms',
      '<= 1.6 x',
      `${line('hotcb set').ratio.toFixed(2)} x (${ms(line('hotcb set').ms)})`,
      line('hotcb set').ratio <= 1.6,
    ],
    [
      '`hotcb status`, ledger of 100,000 lines',
      'hotcb 2: 969 ms',
      '<= 2 x',
      `${line('hotcb status, ledger').ratio.toFixed(2)} x (${ms(line('hotcb status, ledger').ms)})`,
      line('hotcb status, ledger').ratio <= 2,
    ],
  ]
}

/** The queue of registered controls. */
export function controlRows({ queue }) {
  return [
    [
      'registered controls: a poll between two looks',
      'runtimectl 0.29 us',
      'as little',
      us(queue.idle_ns),
      queue.idle_ns <= 290,
    ],
    ['the same, looking at every call', 'runtimectl 9.5 us', '<= 4 us', us(queue.looking_ns), queue.looking_ns <= 4000],
    [
      'the same: 100,000 queued commands, CPU, each acked',
      'runtimectl 2.6 s',
      'half of it',
      ms(queue.backlog.cpu_ms),
      queue.backlog.cpu_ms <= 1300,
    ],
    [
      'the same: a restart after them, CPU',
      'runtimectl applies them all again',
      '<= 0.5 s',
      ms(queue.backlog.restart_cpu_ms),
      queue.backlog.restart_cpu_ms <= 500,
    ],
    [
      '`runtimectl` as a process, beside `node -e 0`',
      '',
      '<= 1.6 x',
      `${queue.process.ratio.toFixed(2)} x (${ms(queue.process.ms)})`,
      queue.process.ratio <= 1.6,
    ],
  ]
}
