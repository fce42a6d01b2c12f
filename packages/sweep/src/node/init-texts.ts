/** The config that `init` writes. NAME is replaced by the sweep's name. */
export const EMPTY_CONFIG = `# A sweep. Run \`herd ls\` to show its trials and \`herd run\` to start them.
name: NAME
grid: all          # all combinations; [learning_rate] varies only that; without it, one parameter at a time
launcher: ./launch.sh

# On a cluster:
# slurm: {partition: default, time: 04:00:00, mem: 8G, cpus_per_task: 1}
local:
  max_concurrent: 2

parameters:
  learning_rate: {type: continuous, abbrev: lr, low: 1e-5, high: 1e-2, scale: log, steps: 5}
  # optimizer: {type: discrete, abbrev: opt, values: [adam, sgd]}

# conditions:
#   - when: {optimizer: sgd}
#     force: {learning_rate: 0.01}

# static_overrides: ["data.root=/data"]
`

export const EMPTY_LAUNCHER = `#!/usr/bin/env bash
# Runs one trial. Its only argument contains the values: experiment_name=.. learning_rate=0.001
set -euo pipefail
OVERRIDES="$1"

exec python train.py $OVERRIDES
`

/** Twelve short training runs on handwritten digits. */
export const DIGITS_CONFIG = `# Twelve training runs on handwritten digits. Run them all on this machine with \`herd run --watch\`.
name: NAME
grid: all
launcher: ./launch.sh
local:
  max_concurrent: 2

parameters:
  lr: {type: discrete, values: [0.01, 0.03, 0.1]}
  weight_decay: {type: discrete, abbrev: wd, values: [0.0, 0.001]}
  optimizer: {type: discrete, abbrev: opt, values: [sgd, adam]}

conditions:
  - name: Adam wants smaller steps
    when: {optimizer: adam, lr: {ge: 0.1}}
    force: {lr: 0.003}

objective: {metric: val_loss, direction: min}
static_overrides: ["max_steps=150"]
`

/** @param hotcb The shell command that runs hotcb. */
export function digitsLauncher(hotcb: string): string {
  return `#!/usr/bin/env bash
# Runs one trial: hotcb's built-in digits demo with this trial's values. HOTCB_RUN_DIR is its run directory, so
# \`herd set\`, \`herd pause\` and \`herd log\` work on it while it trains. A second attempt continues from its checkpoint.
set -euo pipefail
CONTINUE=()
if [ -e "$HOTCB_RUN_DIR/hotcb.run.json" ]; then CONTINUE=(--continue); fi

exec ${hotcb} demo --dir "$HOTCB_RUN_DIR" --no-serve --overrides "$1" \${CONTINUE[@]+"\${CONTINUE[@]}"}
`
}
