// The reasons why a task is waiting in SLURM, as `squeue -o %r` prints them.

/** Reasons why a task will never start, however long it waits: the request must be changed. */
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

/** Whether a task that is waiting for this reason can never start as it was submitted. */
export function isNeverMet(reason: string): boolean {
  return NEVER.has(reason)
}

/** Whether someone must release the task. */
export function isHeld(reason: string): boolean {
  return /^JobHeld/.test(reason) || /held state/.test(reason)
}
