import { ChatFailure } from '@hotcb/notify/node'
import type { ChatMemory } from './chat-memory.ts'

/** The operations of a chat on its status message. References are those of the chat. */
export interface StatusPort {
  /** Posts it. Returns its reference. */
  post(text: string): Promise<string>
  edit(ref: string, text: string): Promise<void>
  pin(ref: string): Promise<void>
  /** Pinned messages of the bot itself, newest first. */
  pinned(): Promise<readonly { readonly ref: string; readonly text: string }[]>
  /** Whether a failure means that the message was deleted. */
  isGone(failure: ChatFailure): boolean
}

const STATUS = 'status'
const PINNED = 'pinned'

/**
 * Shows the status of a sweep: one message that is pinned where the bot may pin, and edited in place. Without its reference,
 * since the workspace was copied or the file is gone, it is found again among the pinned messages by the mark in its last line.
 *
 * @param mark Names the sweep: several may share a channel and a bot.
 * @throws ChatFailure The message itself may be there all the same: pinning is tried again in the next run of the monitor.
 */
export function statusMessage(port: StatusPort, memory: ChatMemory, mark: string): (text: string) => Promise<void> {
  let tried: string | null = null
  const place = async (text: string): Promise<void> => {
    const known = memory.get(STATUS) ?? (await search(port, memory, mark))
    if (known !== null && (await edited(port, known, text))) return
    memory.forget(PINNED)
    memory.set(STATUS, await port.post(text))
  }
  return async (text) => {
    await place(`${text}\n${mark}`)
    const ref = memory.get(STATUS)
    if (ref === null || ref === tried || ref === memory.get(PINNED)) return
    tried = ref
    await pin(port, ref)
    memory.set(PINNED, ref)
  }
}

async function search(port: StatusPort, memory: ChatMemory, mark: string): Promise<string | null> {
  // A bot without permission to read pinned messages posts a new one.
  const pinned = await port.pinned().catch(() => [])
  const found = pinned.find(({ text }) => text.endsWith(mark))
  if (found === undefined) return null
  memory.set(STATUS, found.ref)
  memory.set(PINNED, found.ref)
  return found.ref
}

/** False where someone has deleted it. */
async function edited(port: StatusPort, ref: string, text: string): Promise<boolean> {
  try {
    await port.edit(ref, text)
    return true
  } catch (error) {
    if (error instanceof ChatFailure && port.isGone(error)) return false
    throw error
  }
}

async function pin(port: StatusPort, ref: string): Promise<void> {
  try {
    await port.pin(ref)
  } catch (error) {
    if (!(error instanceof ChatFailure)) throw error
    throw new ChatFailure(`the status message is not pinned: ${error.message}`, error.code)
  }
}
