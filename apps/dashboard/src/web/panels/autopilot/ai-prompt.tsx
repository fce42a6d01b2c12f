import { showUsd } from '@hotcb/llm'
import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AiCost, AiPrompt } from '../../../shared/autopilot.ts'
import { runPath, send } from '../../api.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { isViewer, operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

/** Shows the prompt that would be sent now, and its price. */
export function AiPromptButton(): JSX.Element | null {
  const run = useRun()
  const [prompt, setPrompt] = useState<AiPrompt | undefined>(undefined)
  const [problem, setProblem] = useState('')
  if (isViewer()) return null
  const barred = operateReason(run)
  const open = async (): Promise<void> => {
    setProblem('')
    try {
      setPrompt(await send<AiPrompt>(runPath(run.id, 'autopilot/ai/prompt'), {}))
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <>
      {problem !== '' && (
        <span class="issue" role="alert">
          {problem}
        </span>
      )}
      <button
        type="button"
        class="button small"
        disabled={barred !== undefined}
        title={barred ?? 'The prompt that would be sent now. Nothing is sent.'}
        onClick={() => void open()}
      >
        Show the prompt
      </button>
      {prompt !== undefined && <PromptDialog prompt={prompt} onClose={() => setPrompt(undefined)} />}
    </>
  )
}

function PromptDialog(props: { readonly prompt: AiPrompt; readonly onClose: () => void }): JSX.Element {
  const { model, baseUrl, system, user, estimate, most } = props.prompt
  return (
    <Dialog title="The prompt that would be sent now" onClose={props.onClose}>
      <p>
        It would be sent to {model} at {baseUrl}. Nothing was sent.
      </p>
      <p>
        Probably {costText(estimate)}; at most {costText(most)}.
      </p>
      <h3>User message</h3>
      <pre class="mono command-text">{user}</pre>
      <h3>System message</h3>
      <pre class="mono command-text">{system}</pre>
    </Dialog>
  )
}

function costText({ input, output, nanoUsd }: AiCost): string {
  return `${input} + ${output} tokens, ${showUsd(nanoUsd)}`
}
