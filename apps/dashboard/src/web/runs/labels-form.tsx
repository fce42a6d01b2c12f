import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { RunLabels } from '../../shared/labels.ts'
import { changeLabels, labelProblem } from './change-labels.ts'

/** A form for tags and, for a single run, also its name and notes. */
export function LabelsForm(props: {
  readonly runs: readonly string[]
  /** The run's labels if there is only one run; undefined if there are several. */
  readonly labels: RunLabels | undefined
  readonly onDone: () => void
}): JSX.Element {
  const { runs, labels, onDone } = props
  const [tags, setTags] = useState(labels?.tags.join(', ') ?? '')
  const [name, setName] = useState(labels?.name ?? '')
  const [notes, setNotes] = useState(labels?.notes ?? '')
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    const wanted = tags.split(',').flatMap((tag) => tag.trim() || [])
    const removed = labels?.tags.filter((tag) => !wanted.includes(tag)) ?? []
    const ofOne =
      labels === undefined
        ? {}
        : {
            ...(name !== (labels.name ?? '') && { name }),
            ...(notes !== labels.notes && { notes, expect_notes: labels.notes }),
          }
    if (await changeLabels({ runs, add_tags: wanted, remove_tags: removed, ...ofOne })) onDone()
  }
  return (
    <form class="labels-form" onSubmit={(event) => void submit(event)}>
      <label>
        {labels === undefined ? 'Tags to add, separated by commas' : 'Tags, separated by commas'}
        <input class="input" value={tags} onInput={(event) => setTags(event.currentTarget.value)} />
      </label>
      {labels !== undefined && (
        <>
          <label>
            Name shown on pages; leave empty for the directory name
            <input class="input" value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <label>
            Notes
            <textarea class="input" rows={6} value={notes} onInput={(event) => setNotes(event.currentTarget.value)} />
          </label>
        </>
      )}
      {labelProblem.value !== null && (
        <p class="issue" role="alert">
          {labelProblem.value}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="button primary">
          Save
        </button>
      </div>
    </form>
  )
}
