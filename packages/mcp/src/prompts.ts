/** Returns the prompt for diagnosing a run. */
export function diagnosePrompt(run: string): string {
  return `Diagnose the run ${JSON.stringify(run)}.

1. Call \`explain_run\`, then \`run_metrics\` for the metrics that look wrong, and \`run_ledger\` around the steps where they changed.
2. State what happened, with the steps and values that show it. Separate what you saw from what you suspect.
3. Recommend at most three actions, with the control, the value, the step, and the effect that you expect. Say how to undo each.
4. Change nothing without being asked to.`
}

/** Returns the prompt for planning a sweep. */
export function sweepPrompt(goal: string): string {
  return `Plan a sweep. The goal: ${JSON.stringify(goal)}

1. Ask for what you need to know: the training script, the metric and its direction, how long one trial takes, the machines, the budget.
2. Choose the parameters, their ranges and scales, and the search method. Say why, and how many trials and hours it costs.
3. Write the YAML file of the sweep. \`hotcb sweep doctor\` checks it, \`hotcb sweep run --dry-run\` shows the trials that would run.`
}
