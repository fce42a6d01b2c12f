// Writes run directories like those of a finished (or live) training run: metrics, ledger, documents.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** Numbers in [0, 1) that are the same for the same seed. */
export function seeded(seed) {
  let state = (seed * 2654435761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4294967296
  }
}

/** Metric names like those of a training run with many layers. */
export function metricNames(count) {
  const names = ['train_loss', 'val_loss', 'val_accuracy', 'lr', 'grad_norm', 'sys/cpu', 'sys/rss_mb', 'time/step_ms']
  for (let layer = 0; names.length < count; layer++) {
    for (const part of ['grad_norm', 'weight_norm', 'activation_mean', 'activation_std']) {
      if (names.length < count) names.push(`layers/${String(layer).padStart(3, '0')}/${part}`)
    }
  }
  return names.slice(0, count)
}

/** One line of metrics: losses that fall, an accuracy that rises, the rest noise around its own level. */
export function metricsLine(step, names, random, startedAt, spikes) {
  const metrics = {}
  for (let i = 0; i < names.length; i++) {
    const name = names[i]
    let value = (i % 17) + 0.3 * (random() - 0.5) + Math.sin(step / (40 + i))
    if (/loss/.test(name)) value = 2.2 * Math.exp(-step / 400) + 0.15 + (0.06 + i * 0.01) * random()
    else if (/acc/.test(name)) value = 0.95 - 0.8 * Math.exp(-step / 350) + 0.015 * random()
    else if (name === 'lr') value = 0.001
    else if (name === 'time/step_ms') value = 12 + 3 * random()
    metrics[name] = Number(value.toFixed(6))
  }
  for (const spike of spikes ?? []) if (spike.step === step) metrics[spike.name] = spike.value
  return `${JSON.stringify({ step, epoch: Math.floor(step / 100), wall_time: startedAt + step * 0.05, metrics })}\n`
}

/** Writes one run directory. */
export function generateRun(dir, options = {}) {
  const {
    lines = 200,
    seed = 1,
    spikes = [],
    live = false,
    changes = true,
    config = 'digits',
    maxSteps = lines,
    // For a live run: `processStart()` of @hotcb/journal, which distinguishes this process from others with the same pid.
    start = null,
  } = options
  const names = Array.isArray(options.names) ? options.names : metricNames(options.names ?? 8)
  const random = seeded(seed)
  mkdirSync(dir, { recursive: true })
  const startedAt = Date.now() / 1000 - lines * 0.05
  const bySpike = new Map()
  for (const spike of spikes) bySpike.set(spike.step, [...(bySpike.get(spike.step) ?? []), spike])
  const fd = openSync(join(dir, 'hotcb.metrics.jsonl'), 'w')
  let text = ''
  for (let step = 0; step < lines; step++) {
    text += metricsLine(step, names, random, startedAt, bySpike.get(step))
    if (text.length > 4_000_000) {
      writeSync(fd, text)
      text = ''
    }
  }
  writeSync(fd, text)
  closeSync(fd)
  if (changes) writeFileSync(join(dir, 'hotcb.applied.jsonl'), ledger(lines, startedAt))
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  writeFileSync(join(dir, 'hotcb.actuators.json'), JSON.stringify({ controls: CONTROLS }))
  writeFileSync(
    join(dir, 'hotcb.run.json'),
    JSON.stringify(about(dir, { lines, seed, config, maxSteps, live, startedAt })),
  )
  writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify(state(lines, live, start)))
  writeFileSync(join(dir, 'hotcb.log'), logText(lines, startedAt))
}

const CONTROLS = [
  control('lr', 'log_float', 'Learning rate', 'optimizer', { min: 1e-7, max: 1, log_base: 10, current: 3e-4 }),
  control('weight_decay', 'log_float', 'Weight decay', 'optimizer', { min: 1e-8, max: 1, log_base: 10, current: 1e-4 }),
  control('betas', 'tuple', 'Betas', 'optimizer', { current: [0.9, 0.999] }),
  control('clip_norm', 'float', 'Gradient clip', 'optimizer', { min: 0, max: 100, current: 1, state: 'verified' }),
  control('recon_w', 'float', 'Reconstruction weight', 'loss', { min: 0, max: 10, step: 0.1, current: 1 }),
  control('terms.aux', 'bool', 'Auxiliary loss', 'loss', { current: true }),
  control('batch', 'int', 'Batch size', 'data', { min: 1, max: 512, step: 1, current: 64, unit: 'images' }),
  control('augment', 'choice', 'Augmentation', 'data', { choices: ['none', 'flip', 'mixup'], current: 'flip' }),
]

function control(param_key, type, label, group, rest) {
  return {
    param_key,
    type,
    label,
    group,
    min: null,
    max: null,
    step: null,
    log_base: null,
    choices: null,
    current: null,
    state: 'untouched',
    ...rest,
  }
}

function ledger(lines, startedAt) {
  const entry = (seq, step, rest) => ({
    seq,
    step,
    epoch: step === null ? null : Math.floor(step / 100),
    event: step === null ? null : 'train_step_end',
    phase: null,
    module: 'opt',
    op: 'set_params',
    id: 'main',
    source: 'cli',
    decision: 'applied',
    params: null,
    payload: null,
    error: null,
    traceback: null,
    notes: null,
    wall_time: startedAt + (step ?? 0) * 0.05,
    cid: null,
    writer: null,
    offset: null,
    author: null,
    call: 0,
    old: null,
    of: null,
    reverts: null,
    attempt: 1,
    ranks: null,
    ...rest,
  })
  const at = (share) => Math.floor(lines * share)
  const set = (params, old) => ({ params, payload: params, old })
  const all = [
    entry(1, null, {
      module: 'core',
      op: 'attempt',
      source: 'kernel',
      payload: { n: 1, token: 'a', step: null, cut: false },
    }),
    entry(2, at(0.2), { ...set({ lr: 5e-4 }, { lr: 1e-3 }), cid: 'c-2', author: 'ada' }),
    entry(3, at(0.35), { module: 'loss', ...set({ recon_w: 1.5 }, { recon_w: 1 }), source: 'dashboard', cid: 'c-3' }),
    entry(4, at(0.5), {
      ...set({ lr: 5 }, null),
      decision: 'failed',
      error: '`lr` must be at most 1, got 5',
      cid: 'c-4',
    }),
    entry(5, at(0.6), {
      ...set({ lr: 3e-4 }, { lr: 5e-4 }),
      source: 'autopilot',
      notes: 'plateau of val_loss',
      cid: 'c-5',
    }),
    entry(6, at(0.75), { module: 'cb', op: 'disable', id: 'noisy_logger', cid: 'c-6' }),
    entry(7, at(0.9), { module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'best' }, cid: 'c-7' }),
  ]
  return `${all.map((line) => JSON.stringify(line)).join('\n')}\n`
}

function about(dir, { lines, seed, config, maxSteps, live, startedAt }) {
  const date = (seconds) => new Date(seconds * 1000).toISOString()
  return {
    run_id: dir.split('/').at(-1),
    config,
    max_steps: maxSteps,
    max_time: null,
    step_delay: null,
    seed,
    key_metric: 'val_loss',
    started_at: date(startedAt),
    run_dir: dir,
    completed_at: live ? null : date(startedAt + lines * 0.05),
    stopped_early: false,
    final_metrics: live ? null : { val_loss: 0.21, val_accuracy: 0.93 },
  }
}

function state(lines, live, start) {
  const callback = (enabled, mean_ms, share, file) => ({
    enabled,
    loaded: true,
    target: { kind: 'file', path: file, symbol: 'default' },
    init: {},
    last_params: {},
    sha256: 'f'.repeat(64),
    calls: lines,
    errors: 0,
    total_ms: mean_ms * lines,
    mean_ms,
    max_ms: mean_ms * 4,
    share,
    pending: 0,
    reason: null,
    last_error: null,
  })
  return {
    protocol: 1,
    kernel: {
      name: 'hotcb',
      version: '0.1.0',
      pid: live ? process.pid : null,
      host: live ? hostname() : null,
      attempt: 1,
      start,
    },
    step: lines - 1,
    freeze: { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
    paused: false,
    closed: !live,
    held: [],
    last: {},
    modules: {
      cb: {
        early_stop: callback(true, 0.02, 0.001, 'early-stop.mjs'),
        noisy_logger: callback(false, 2.4, 0.08, 'logger.mjs'),
      },
    },
    ledger_bytes: 0,
    step_seconds: 0.05,
  }
}

function logText(lines, startedAt) {
  const stamp = (step) => new Date((startedAt + step * 0.05) * 1000).toISOString()
  let text = `${stamp(0)} hotcb: attempt 1\n`
  for (let step = 0; step < lines; step += Math.max(1, Math.floor(lines / 40)))
    text += `${stamp(step)} [trainer] step ${step}\n`
  return text
}
