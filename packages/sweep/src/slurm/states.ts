import type { TaskState } from '../executor/task-row.ts'

const STATES: Readonly<Record<string, TaskState>> = {
  PENDING: { state: 'queued' },
  REQUEUED: { state: 'queued' },
  REQUEUE_HOLD: { state: 'queued' },
  REQUEUE_FED: { state: 'queued' },
  SPECIAL_EXIT: { state: 'queued' },
  RESV_DEL_HOLD: { state: 'queued' },
  CONFIGURING: { state: 'running' },
  RUNNING: { state: 'running' },
  RESIZING: { state: 'running' },
  SIGNALING: { state: 'running' },
  STAGE_OUT: { state: 'running' },
  STOPPED: { state: 'running' },
  SUSPENDED: { state: 'running' },
  COMPLETING: { state: 'running' },
  COMPLETED: { state: 'completed' },
  CANCELLED: { state: 'cancelled' },
  FAILED: { state: 'failed' },
  BOOT_FAIL: { state: 'failed', reason: 'boot_fail' },
  DEADLINE: { state: 'failed', reason: 'deadline' },
  LAUNCH_FAILED: { state: 'failed', reason: 'launch' },
  NODE_FAIL: { state: 'failed', reason: 'node_fail' },
  OUT_OF_MEMORY: { state: 'failed', reason: 'oom' },
  PREEMPTED: { state: 'failed', reason: 'preempted' },
  RECONFIG_FAIL: { state: 'failed', reason: 'launch' },
  REVOKED: { state: 'failed', reason: 'launch' },
  TIMEOUT: { state: 'failed', reason: 'timeout' },
}

/** Returns the meaning of a state such as `CANCELLED by 501`; undefined for a word that no known version uses. */
export function readSlurmState(text: string): TaskState | undefined {
  const [word = ''] = text.trim().split(/[\s+]/)
  return Object.hasOwn(STATES, word) ? STATES[word] : undefined
}
