import { messageOf } from '@hotcb/protocol'
import { type Signal, signal } from '@preact/signals'
import type { RunDetail, RunState } from '../../shared/wire.ts'
import { ask, runPath } from '../api.ts'
import { isDeleted } from '../run/replacement.ts'
import { follow } from '../socket.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** Everything about a run, except for its line streams. */
export interface StateStream extends OpenStream {
  readonly detail: Signal<RunDetail | undefined>
  /** Why there is nothing to show, or why the data is not live. */
  readonly problem: Signal<string | null>
}

const GONE = 'this run does not exist: it was deleted or moved, or it never existed'

export function openState({ id, answers, reloadOthers, resumeOthers }: StreamHost): StateStream {
  const detail = signal<RunDetail | undefined>(undefined)
  const problem = signal<string | null>(null)
  let checkpoints: RunDetail['checkpoints'] = []

  async function load(): Promise<void> {
    try {
      show(await ask<RunDetail>(runPath(id)))
    } catch (error) {
      problem.value = messageOf(error)
    }
  }

  function show(data: RunDetail | RunState): void {
    // For a moment, the server still describes a deleted run as an idle run without controls. The last known state is more
    // useful.
    if (isDeleted(detail.value, data)) {
      problem.value = GONE
      return
    }
    const wasGone = problem.value !== null
    problem.value = null
    detail.value = { checkpoints, ...data }
    checkpoints = detail.value.checkpoints
    if (wasGone) reloadOthers()
  }

  const leaveCheckpoints = follow({
    run: id,
    channel: 'checkpoints',
    onData(data) {
      checkpoints = data.checkpoints
      if (detail.value !== undefined) detail.value = { ...detail.value, checkpoints }
    },
  })

  const leave = follow({
    run: id,
    channel: 'state',
    onData(data) {
      show(data)
      if (problem.value === null) answers.takeControls(data.controls)
    },
    onGone: () => {
      problem.value = GONE
    },
    onReconnect() {
      void load()
      resumeOthers()
    },
  })
  void load()
  return {
    detail,
    problem,
    reload: () => void load(),
    close() {
      leave()
      leaveCheckpoints()
    },
  }
}
