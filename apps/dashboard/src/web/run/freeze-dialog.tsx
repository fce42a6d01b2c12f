import { FREEZE_MODES, type FreezeMode, REPLAY_POLICIES, type ReplayPolicy } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import { useRun } from './run-context.ts'

const MODES: Readonly<Record<FreezeMode, readonly [title: string, what: string]>> = {
  off: ['Off', 'Commands, YAML files, the tuner and rules may change the run.'],
  prod: ['Frozen', 'Nothing may change it; pause, resume, stop and checkpoint save still work.'],
  replay: ['Replay', 'Only the recipe changes it.'],
  replay_adjusted: ['Replay, adjusted', 'Only the recipe and its overlay change it.'],
}

/** The fields for a replay, as the user entered them. */
interface ReplayDraft {
  readonly policy: ReplayPolicy
  readonly recipe: string
  readonly adjust: string
  /** In steps. */
  readonly offset: string
}

/** Sets who may change the run. */
export function FreezeDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { detail, answers } = useRun()
  const now = detail.value?.freeze
  const [mode, setMode] = useState<FreezeMode>(now?.mode ?? 'off')
  const [draft, setDraft] = useState<ReplayDraft>({
    policy: now?.policy ?? 'best_effort',
    recipe: now?.recipe_path ?? '',
    adjust: now?.adjust_path ?? '',
    offset: String(now?.step_offset ?? 0),
  })
  const isReplay = mode === 'replay' || mode === 'replay_adjusted'
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    const { policy, recipe, adjust, offset } = draft
    const isWritten = await answers.freeze({
      mode,
      policy,
      ...(isReplay && recipe !== '' && { recipe_path: recipe }),
      ...(mode === 'replay_adjusted' && adjust !== '' && { adjust_path: adjust }),
      ...(isReplay && { step_offset: Number(offset) }),
    })
    if (isWritten) onClose()
  }
  return (
    <Dialog title="Who may change this run" onClose={onClose}>
      <form class="choices" onSubmit={(event) => void submit(event)}>
        {FREEZE_MODES.map((known) => (
          <label key={known} class="choice">
            <input type="radio" name="mode" value={known} checked={mode === known} onChange={() => setMode(known)} />
            <span>
              <b>{MODES[known][0]}</b>
              <br />
              <span class="muted">{MODES[known][1]}</span>
            </span>
          </label>
        ))}
        {isReplay && <ReplayFields draft={draft} onChange={setDraft} isAdjusted={mode === 'replay_adjusted'} />}
        <div class="actions">
          <button type="submit" class="button primary">
            Write freeze
          </button>
          <button type="button" class="button quiet" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function ReplayFields(props: {
  readonly draft: ReplayDraft
  readonly onChange: (draft: ReplayDraft) => void
  readonly isAdjusted: boolean
}): JSX.Element {
  const { draft, onChange, isAdjusted } = props
  const change = (changed: Partial<ReplayDraft>): void => onChange({ ...draft, ...changed })
  return (
    <div class="fields">
      <label for="recipe">Recipe</label>
      <input
        id="recipe"
        class="input"
        placeholder="hotcb.recipe.jsonl"
        value={draft.recipe}
        onInput={(event) => change({ recipe: event.currentTarget.value })}
      />
      {isAdjusted && (
        <>
          <label for="adjust">Overlay</label>
          <input
            id="adjust"
            class="input"
            placeholder="hotcb.adjust.yaml"
            value={draft.adjust}
            onInput={(event) => change({ adjust: event.currentTarget.value })}
          />
        </>
      )}
      <label for="policy">Entries that cannot be applied</label>
      <select
        id="policy"
        class="select"
        value={draft.policy}
        onChange={(event) =>
          change({ policy: REPLAY_POLICIES.find((known) => known === event.currentTarget.value) ?? 'best_effort' })
        }
      >
        <option value="best_effort">are noted</option>
        <option value="strict">are an error at the end</option>
      </select>
      <label for="offset">Offset in steps</label>
      <input
        id="offset"
        class="input"
        inputMode="numeric"
        value={draft.offset}
        onInput={(event) => change({ offset: event.currentTarget.value })}
      />
    </div>
  )
}
