/** The protocol version of this package. A reader that finds a higher one reports it and does not write. */
export const PROTOCOL_VERSION = 1

/** Names of the files of a run directory. */
export const runFiles = {
  yaml: 'hotcb.yaml',
  commands: 'hotcb.commands.jsonl',
  commandsDir: 'hotcb.commands.d',
  ledger: 'hotcb.applied.jsonl',
  state: 'hotcb.state.json',
  actuators: 'hotcb.actuators.json',
  checkpoints: 'hotcb.checkpoints',
  freeze: 'hotcb.freeze.json',
  recipe: 'hotcb.recipe.jsonl',
  adjustYaml: 'hotcb.adjust.yaml',
  adjustJson: 'hotcb.adjust.json',
  effectiveRecipe: 'hotcb.recipe.effective.jsonl',
  sources: 'hotcb.sources',
  metrics: 'hotcb.metrics.jsonl',
  features: 'hotcb.features.jsonl',
  run: 'hotcb.run.json',
  capabilities: 'hotcb.capabilities.json',
  tuneRecipe: 'hotcb.tune.recipe.yaml',
  tuneMutations: 'hotcb.tune.mutations.jsonl',
  tuneSegments: 'hotcb.tune.segments.jsonl',
  tuneSummary: 'hotcb.tune.summary.json',
  autopilot: 'hotcb.autopilot.jsonl',
  aiState: 'hotcb.ai.state.json',
  notify: 'hotcb.notify.jsonl',
  notifyConfig: 'hotcb.notify.yaml',
  log: 'hotcb.log',
} as const
