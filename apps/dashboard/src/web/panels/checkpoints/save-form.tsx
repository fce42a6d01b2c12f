import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { deadReason, isViewer, operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

/** Saves a checkpoint at the next safe point, named by the person or by its step. */
export function SaveForm(): JSX.Element | null {
  const run = useRun()
  const [tag, setTag] = useState('')
  if (isViewer()) return null
  const reason = operateReason(run) ?? deadReason(run.detail.value)
  const save = async (): Promise<void> => {
    const name = tag.trim()
    const params = { action: 'save', ...(name !== '' && { tag: name }) }
    if (await run.answers.send([{ module: 'core', op: 'checkpoint', params }])) setTag('')
  }
  return (
    <form
      class="save"
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === undefined) void save()
      }}
    >
      <input
        class="input small"
        placeholder="name (optional)"
        aria-label="Name of the checkpoint"
        autocomplete="off"
        maxLength={128}
        value={tag}
        onInput={(event) => setTag(event.currentTarget.value)}
      />
      <button type="submit" class="button small" disabled={reason !== undefined} title={reason}>
        Save
      </button>
    </form>
  )
}
