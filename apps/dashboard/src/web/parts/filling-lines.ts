/**
 * The code and commands shown in empty states. A test runs each of them: the code in a trainer with these names, the commands on the
 * command line.
 */
export const FILLING_CODE = {
  metrics: "kernel.apply({ step, metrics: { loss } }, ['train_step_end'])",
  path: "kernel.apply({ step, metrics: { loss, accuracy } }, ['train_step_end'])",
  system: 'openKernel(runDir, { modules: [openMetricsCollector()] })',
  controls: 'openKernel(runDir, { state: createMutableState(optimizerActuators(optimizer)) })',
  tuner: 'openKernel(runDir, { modules: [openTuner(runDir)] })',
} as const

/** Commands to type in a terminal, in the run directory. */
export const FILLING_COMMANDS = {
  ledger: 'hotcb set lr=0.01',
  checkpoints: 'hotcb checkpoint save first',
  callbacks: 'hotcb cb load probe --file probe.js',
  log: 'hotcb cb load heartbeat --path @hotcb/cb/callbacks --symbol heartbeat',
  autopilot: 'hotcb autopilot run',
  launcher: 'hotcb launch -- node train.js',
  media: 'mkdir -p media/samples && cp sample.png media/samples/120.png',
} as const
