// The rows of the table that `pnpm bench` prints. A row has our result, the floor that was measured in the same process, their
// ratio, and the upper limit of the ratio. `was` is an older limit for one machine, kept for comparison.

const us = (ns) => `${(ns / 1000).toFixed(2)} us`
const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`

/** A row whose result and floor have the same unit. If `limit` is null, the ratio is only shown. */
function row(what, { peer = '', ours, floor, floorIs, show, limit, was = '', also = '' }) {
  const ratio = ours / floor
  return {
    what,
    peer,
    ours: show(ours) + also,
    floor: `${show(floor)}: ${floorIs}`,
    ratio: `${ratio.toFixed(ratio < 10 ? 2 : 1)} x`,
    limit: limit === null ? '' : `${limit} x`,
    was,
    verdict: limit === null ? '' : ratio <= limit ? 'met' : 'missed',
  }
}

/** A row with an absolute limit: memory, and the longest time that a training run may wait. */
function plainRow(what, { peer = '', ours, shown, floor = '', limit, limitShown, was = '' }) {
  const verdict = ours <= limit ? 'met' : 'missed'
  return { what, peer, ours: shown, floor, ratio: '', limit: limitShown, was, verdict }
}

const CLOCK = 'one clock reading'
const STATS = 'three `fstat` calls'
const PARSE = '`JSON.parse` of the lines'

/** Idle `apply`, latency, a backlog of commands, a recipe. */
export function kernelRows({ idle, latency, backlog, recipe }) {
  const { idle_ns: between, looking_ns: looking } = idle
  const onClock = { show: us, floorIs: CLOCK }
  return [
    row('idle `apply`, back to back, default options', {
      ...onClock,
      peer: 'hotcb 2: 15.7 us; runtimectl 0.29 us',
      ours: between.median,
      floor: between.floor,
      limit: 5,
      was: '<= 0.3 us',
    }),
    row('the same, 99th percentile', {
      ...onClock,
      peer: 'hotcb 2: 28.7 us',
      ours: between.p99,
      floor: between.floor,
      limit: 30,
      was: '<= 3 us',
    }),
    row('the same, checking the files on every call', {
      peer: 'hotcb 2: 15.7 us; runtimectl 9.5 us',
      ours: looking.median,
      floor: looking.floor,
      floorIs: STATS,
      show: us,
      limit: 2.5,
      was: '<= 4 us',
    }),
    row('added to a 1 ms step', {
      peer: 'hotcb 2: 16 us or more',
      ours: latency.added_ns_median,
      also: ` median, ${us(latency.added_ns_p90)} p90`,
      floor: latency.three_stats_ns,
      floorIs: `${STATS} after a step`,
      show: us,
      limit: 3.5,
      was: '<= 8 us',
    }),
    row('idle after 100,000 processed commands', {
      ...onClock,
      peer: 'hotcb 2: 17.5 us',
      ours: backlog.idle_after_ns,
      floor: backlog.clock_ns,
      limit: 6,
      was: 'the same as before',
    }),
    row('from append to ledger line, 1 ms steps', {
      peer: 'hotcb 2: 0.8 ms (9.6 at its own debounce)',
      ours: latency.latency_ms_median,
      also: ` median, ${ms(latency.latency_ms_p99)} p99`,
      floor: latency.step_ms,
      floorIs: 'one step',
      show: ms,
      limit: 2.5,
      was: '<= 2.5 ms',
    }),
    row('100,000 queued commands, CPU', {
      peer: 'hotcb 2: 14 s; runtimectl 2.6 s',
      ours: backlog.cpu_ms,
      floor: backlog.parse_cpu_ms,
      floorIs: PARSE,
      show: ms,
      limit: null,
      was: 'five times faster than any peer',
    }),
    plainRow('the same: longest safe point', {
      ours: backlog.longest_safe_point_ms,
      shown: ms(backlog.longest_safe_point_ms),
      limit: 10,
      limitShown: '10 ms',
    }),
    plainRow('the same: memory', {
      ours: backlog.rss_mib,
      shown: `${backlog.rss_mib.toFixed(0)} MiB`,
      limit: 150,
      limitShown: '150 MiB',
    }),
    row('recipe of 100,000 entries: loading', {
      peer: 'hotcb 2: 0.75 s',
      ours: recipe.load_ms,
      floor: recipe.parse_cpu_ms,
      floorIs: PARSE,
      show: ms,
      limit: 6,
      was: '<= 0.4 s',
    }),
    row('the same: step with one entry due', {
      peer: 'hotcb 2: 240 us',
      ours: recipe.step_due_ns,
      floor: recipe.write_ns,
      floorIs: 'writing a ledger line',
      show: us,
      limit: 15,
      was: '<= 20 us',
    }),
    row('the same: step with no entry due', {
      ...onClock,
      peer: 'hotcb 2: 26 us',
      ours: recipe.step_none_ns,
      floor: recipe.clock_ns,
      limit: 15,
      was: '<= 0.5 us',
    }),
  ]
}

/** The cost of callbacks per step. */
export function callbackRows({ callbacks }) {
  return [
    row('idle `apply` with the `cb` module, nothing loaded', {
      ours: callbacks.best_ns.module,
      floor: callbacks.best_ns.kernel,
      floorIs: 'without it',
      show: us,
      limit: 1.5,
      was: 'the same as without it',
    }),
    row('100 idle callbacks, per step', {
      ours: callbacks.hundred_callbacks_us.median * 1000,
      floor: callbacks.hundred_clocks_us * 1000,
      floorIs: 'a hundred clock readings',
      show: us,
      limit: 4,
      was: '<= 10 us',
    }),
  ]
}

/** The command line as a process. */
export function commandLineRows({ processes }) {
  const line = (name) => processes.find((one) => one.name.startsWith(name)) ?? { ms: Number.NaN }
  const bare = { floor: line('node -e 0').ms, floorIs: '`node -e 0`', show: ms }
  return [
    row('`hotcb set` as a process', {
      ...bare,
      peer: 'hotcb 2: 104 ms',
      ours: line('hotcb set').ms,
      limit: 1.6,
    }),
    row('`hotcb status` with a ledger of 100,000 lines', {
      ...bare,
      peer: 'hotcb 2: 969 ms',
      ours: line('hotcb status, ledger').ms,
      limit: 2,
    }),
  ]
}

/** The autopilot in a separate process. */
export function autopilotRows({ beside: { beside, fold_ms: fold, start_ms: start }, inside }) {
  return [
    row('autopilot inside the trainer: a check of 200 metrics with 50 rules, CPU', {
      ours: inside.look_ns,
      floor: inside.floor_ns,
      floorIs: '`JSON.parse` of the same record',
      show: us,
      limit: 2.5,
      was: '1 us per rule',
    }),
    row('the same: each rule whose metric has a new value, CPU', {
      ours: inside.rule_ns,
      floor: inside.push_ns,
      floorIs: 'the update of a bare window of one metric',
      show: us,
      limit: 6,
      was: '1 us',
    }),
    row('autopilot in a separate process: 2,000 records, 50 rules over 200 metrics, CPU', {
      ours: beside.cpu_ms,
      floor: beside.parse_cpu_ms,
      floorIs: PARSE,
      show: ms,
      limit: 2.5,
    }),
    plainRow('the same: 1,000 proposals folded, CPU', { ours: fold, shown: ms(fold), limit: 20, limitShown: '20 ms' }),
    plainRow('the same: at the live end of a run of a million steps', {
      ours: start,
      shown: ms(start),
      limit: 1000,
      limitShown: '1 s',
    }),
  ]
}

/** One evaluation of an expression. */
export function expressionRows({ evaluate }) {
  return [
    row('a rule of 13 parts and a window of 20 values, one evaluation', {
      ours: evaluate.ns,
      floor: evaluate.floor_ns,
      floorIs: '`JSON.parse` of a string of the same length',
      show: us,
      limit: 1.5,
      was: 'about 1 us',
    }),
  ]
}

/** Plans, states and checks of large sweeps, in CPU time; and the time until a change has reached 16 trials. */
export function sweepRows({ plan, submit, status, tick, set }) {
  return [
    row('sweep: planning 100,000 trials, CPU', {
      ours: plan.plan_ms,
      floor: plan.floor_ms,
      floorIs: '`JSON.parse` of the trials',
      show: ms,
      limit: 8,
      was: '<= 2 s',
    }),
    plainRow('the same: memory', {
      ours: plan.mb,
      shown: `${plan.mb.toFixed(0)} MiB`,
      limit: 250,
      limitShown: '250 MiB',
    }),
    plainRow('sweep: `herd run` of 10,000 trials on SLURM, ten submissions to a stand-in', {
      ours: submit.submit_ms,
      shown: `${ms(submit.submit_ms)}; ${ms(submit.cpu_ms)} of CPU time`,
      limit: 2000,
      limitShown: '2 s',
    }),
    row('sweep: folding 10,000 trials, of which 9,000 have started, CPU', {
      ours: status.fold_ms,
      floor: status.floor_ms,
      floorIs: PARSE,
      show: ms,
      limit: 4,
    }),
    row('the same: the whole `status`, CPU', {
      ours: status.status_ms,
      floor: status.floor_ms,
      floorIs: PARSE,
      show: ms,
      limit: null,
      was: '<= 0.5 s',
    }),
    row('sweep: idle check of 1,000 running trials with early stopping, CPU', {
      ours: tick.tick_ms,
      floor: tick.floor_ms,
      floorIs: 'two `stat` calls for each',
      show: ms,
      limit: 6,
      was: '<= 30 ms',
    }),
    plainRow('sweep: `herd set --all` on 16 running trials, until it is in every ledger', {
      ours: set.set_ms,
      shown: ms(set.set_ms),
      floor: `${ms(set.floor_ms)}: \`node -e 0\` and a step`,
      limit: 1000 + set.floor_ms,
      limitShown: '1 s after a step',
    }),
  ]
}

/** Sweeps on a real SLURM. */
export function slurmRows({ slurm }) {
  return [
    plainRow('sweep on SLURM: `herd snapshot` of 10,000 trials, with an accounting database of that size', {
      ours: slurm.snapshot_ms,
      shown: ms(slurm.snapshot_ms),
      limit: 2000,
      limitShown: '2 s',
    }),
    ...(slurm.first_snapshot_ms === undefined
      ? []
      : [
          plainRow(
            'sweep on SLURM: the first such snapshot, which records how every trial ended and reads some memory usage',
            {
              ours: slurm.first_snapshot_ms,
              shown: ms(slurm.first_snapshot_ms),
              limit: 2000,
              limitShown: '2 s',
            },
          ),
        ]),
    plainRow('sweep on SLURM: `herd set --all` on 16 running trials, until it is in every ledger', {
      ours: slurm.set_ms,
      shown: ms(slurm.set_ms),
      limit: 1000,
      limitShown: '1 s',
    }),
  ]
}

/** The cost of a tuner per step. */
export function tunerRows({ observe }) {
  const added = (ns) => Math.max(0, ns - observe.without_ns)
  const floor = `${us(observe.without_ns)}: a step with a module that does nothing`
  return [
    plainRow('added to a step by a tuner that observes', {
      ours: added(observe.observing_ns),
      shown: us(added(observe.observing_ns)),
      floor,
      limit: 3000,
      limitShown: '3 us',
    }),
    plainRow('the same, a tuner that is active', {
      ours: added(observe.active_ns),
      shown: us(added(observe.active_ns)),
      floor,
      limit: 5000,
      limitShown: '5 us',
    }),
  ]
}

/** The client of the PyTorch bridge. */
export function bridgeRows({ bridge }) {
  const { idle, ring, latency, start, memory } = bridge
  return [
    row('PyTorch bridge: idle `apply` in Python', {
      ours: idle.ns,
      floor: idle.floor_ns,
      floorIs: 'a call that checks a flag and a step',
      show: us,
      limit: 3,
      was: '<= 1 us',
    }),
    row('the same, with a record of three metrics', {
      ours: ring.ns,
      floor: ring.floor_ns,
      floorIs: 'reading a clock and packing the numbers',
      show: us,
      limit: 8.5,
      was: '<= 3 us',
    }),
    row('the same: from append to value set, 0.5 ms steps', {
      ours: latency.median_ms,
      also: ` median, ${ms(latency.p90_ms)} p90`,
      floor: latency.step_ms,
      floorIs: 'one step',
      show: ms,
      limit: 6,
      was: '<= 5 ms',
    }),
    row('the same: start', {
      ours: start.ms,
      floor: start.floor_ms,
      floorIs: '`node -e 0`',
      show: ms,
      limit: 6,
      was: '<= 0.5 s',
    }),
    row('the same: memory of the idle sidecar', {
      ours: memory.pss_mib,
      floor: memory.floor_mib,
      floorIs: 'an idle `node -e`',
      show: (mib) => `${mib.toFixed(0)} MiB PSS`,
      limit: 2,
      was: '<= 40 MB',
    }),
  ]
}

/** The queue of registered controls. */
export function controlRows({ queue }) {
  const { idle, looking, backlog, process } = queue
  return [
    row('registered controls: a poll between two checks', {
      peer: 'runtimectl 0.29 us',
      ours: idle.ns,
      floor: idle.floor_ns,
      floorIs: CLOCK,
      show: us,
      limit: 3,
      was: '<= 0.29 us',
    }),
    row('the same, checking the files on every call', {
      peer: 'runtimectl 9.5 us',
      ours: looking.ns,
      floor: looking.floor_ns,
      floorIs: STATS,
      show: us,
      limit: 2.5,
      was: '<= 4 us',
    }),
    row('the same: 100,000 queued commands, CPU, each acked', {
      peer: 'runtimectl 2.6 s',
      ours: backlog.cpu_ms,
      floor: backlog.parse_cpu_ms,
      floorIs: PARSE,
      show: ms,
      limit: null,
      was: "half of runtimectl's time",
    }),
    row('the same: a restart afterwards, CPU', {
      peer: 'runtimectl applies them all again',
      ours: backlog.restart_cpu_ms,
      floor: backlog.parse_cpu_ms,
      floorIs: PARSE,
      show: ms,
      limit: 10,
      was: '<= 0.5 s',
    }),
    row('`runtimectl` as a process', {
      ours: process.ms,
      floor: process.bare_ms,
      floorIs: '`node -e 0`',
      show: ms,
      limit: 1.6,
    }),
  ]
}

/** The originals next to ours, if `--peers` ran them: the same work on this machine. */
export function peerRows({ hotcb, runtimectl, ...ours }) {
  const beside = []
  if (hotcb) {
    beside.push(
      ['hotcb 2: idle `apply`', us(hotcb.idle_ns), us(ours.idle.looking_ns.median)],
      ['hotcb 2: 100,000 queued commands, CPU', ms(hotcb.backlog_cpu_ms), ms(ours.backlog.cpu_ms)],
      ['hotcb 2: idle afterwards', us(hotcb.idle_after_ns), us(ours.backlog.idle_after_ns)],
      ['hotcb 2: `set` as a process', ms(hotcb.set_ms), ms(named(ours.processes, 'hotcb set').ms)],
      [
        'hotcb 2: `status` with a ledger of 100,000 lines',
        ms(hotcb.status_ms),
        ms(named(ours.processes, 'hotcb status, ledger').ms),
      ],
    )
  }
  if (runtimectl) {
    beside.push(
      ['runtimectl: a poll, default options', us(runtimectl.idle_ns), us(ours.queue.idle.ns)],
      ['runtimectl: checking the files on every call', us(runtimectl.looking_ns), us(ours.queue.looking.ns)],
      ['runtimectl: 100,000 queued commands, CPU', ms(runtimectl.backlog_cpu_ms), ms(ours.queue.backlog.cpu_ms)],
    )
  }
  return beside
}

function named(processes, name) {
  return processes.find((one) => one.name.startsWith(name)) ?? { ms: Number.NaN }
}
