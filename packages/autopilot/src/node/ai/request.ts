import type { CompletionRequest } from '@hotcb/llm'
import type { Prompt } from '../../ai/prompt.ts'
import { replySchema } from '../../ai/reply.ts'

/** Creates the request for a prompt. */
export function requestOf({ system, user, ids }: Prompt, maxTokens: number): CompletionRequest {
  return {
    system,
    messages: [{ role: 'user', content: user }],
    schema: { name: 'decision', schema: replySchema(ids) },
    maxTokens,
  }
}
