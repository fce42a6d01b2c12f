// Why SLURM makes a task wait. The words are those of `squeue -o %r`.

/** Reasons that neither time nor a free node will remove: the request must be changed. */
const NEVER: ReadonlySet<string> = new Set([
  'AccountNotAllowed',
  'BadConstraints',
  'DependencyNeverSatisfied',
  'InvalidAccount',
  'InvalidQOS',
  'PartitionConfig',
  'PartitionNodeLimit',
  'PartitionTimeLimit',
  'QOSNotAllowed',
])

/** Whether a task that waits for this reason will never start as it was submitted. */
export function isNeverMet(reason: string): boolean {
  return NEVER.has(reason)
}

/** Whether someone must release the task. */
export function isHeld(reason: string): boolean {
  return /^JobHeld/.test(reason) || /held state/.test(reason)
}
