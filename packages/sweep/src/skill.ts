/** Instructions for a coding agent that writes a sweep config. */
export const SWEEP_SKILL: { readonly name: string; readonly text: string } = {
  name: 'hyperherd-config',
  text: `---
name: hyperherd-config
description: Write, check and run hyperherd.yaml, the config of a hyperparameter sweep for herd (hotcb sweep).
---

# Write a sweep for herd

A sweep is a directory with hyperherd.yaml, which describes the trials, and a launcher, which runs one of them.

## Steps

1. Read how the training takes its hyperparameters. The launcher gets one argument: name=value words for one trial.
2. Decide the shape: all combinations (grid: all), some parameters only (grid: [lr]), one at a time (no grid), or a search.
3. Write hyperherd.yaml. Run \`herd ls\`: it checks the file and lists the trials. It writes nothing.
4. Run \`herd test 0\`: it runs the launcher here with the values of trial 0.
5. Run \`herd run -n\`, show the user the number of trials, and run \`herd run\` only when the user agrees.
6. Read progress with \`herd status --json\` and results with \`herd res --json\`. \`herd doctor\` finds what is wrong.

## A grid

\`\`\`yaml
name: digits
grid: all
launcher: ./launch.sh
parameters:
  lr: {type: continuous, low: 1e-4, high: 1e-1, scale: log, steps: 4}
  optimizer: {type: discrete, abbrev: opt, values: [sgd, adam]}
conditions:
  - name: no large rate for adam
    when: {optimizer: adam, lr: {gt: 0.05}}
    exclude: {optimizer: adam}
static_overrides: [data.root=/data]
\`\`\`

## A search with early stopping

\`\`\`yaml
name: digits
launcher: ./launch.sh
search: {method: tpe, trials: 50, parallel: 4, seed: 0}
objective: {metric: val_loss, direction: min}
successive_halving: {metric: val_loss, direction: min, min_steps: 100, budget: 900, eta: 3, mode: asha}
parameters:
  lr: {type: continuous, low: 1e-5, high: 1e-1, scale: log}
  layers: {type: int, low: 1, high: 8}
\`\`\`

Early stopping needs a metric with a step: the training run calls log_result("val_loss", value, step=step).

## Stages

\`\`\`yaml
name: digits
launcher: ./pretrain.sh
objective: {metric: val_loss, direction: min}
grid: all
parameters:
  width: {type: discrete, values: [64, 128, 256]}
stages:
  pretrain:                  # the parameters above
  finetune:
    after: pretrain
    take: best 2             # or all, each
    launcher: ./finetune.sh
    grid: all
    parameters:
      lr: {type: discrete, values: [0.1, 0.01]}
\`\`\`

A child also gets the values of its parent, and the parent's directory in HOTCB_PARENT_RUN_DIR.

## On SLURM

\`\`\`yaml
name: digits
grid: all
launcher: ./launch.sh
slurm: {partition: gpu, time: "04:00:00", mem: 8G, cpus_per_task: 4, gres: "gpu:1", max_concurrent: 8}
parameters:
  seed: {type: discrete, values: [0, 1, 2]}
\`\`\`

## Pitfalls

- Quote times. Values such as 010 and 12:30 are refused, since YAML readers understand them in two ways.
- A string with "/" or a space needs labels, because values become part of names.
- With grid: [lr], each parameter that is not in the list needs a default.
- Every unknown key is an error. Fix the line that is named; all problems are named at once.
- Never edit files in .hyperherd. An edited hyperherd.yaml takes effect at the next \`herd run\`.
`,
}
