import { ChatFailure } from '@hotcb/notify/node'
import type { ChatMemory } from './chat-memory.ts'

/** A chat's operations on its status message. The chat defines the references. */
export interface StatusPort {
  /** Posts the message. Returns its reference. */
  post(text: string): Promise<string>
  edit(ref: string, text: string): Promise<void>
  pin(ref: string): Promise<void>
  /** Returns the bot's own pinned messages, newest first. */
  pinned(): Promise<readonly { readonly ref: string; readonly text: string }[]>
  /** Whether a failure means that the message was deleted. */
  isGone(failure: ChatFailure): boolean
}

const STATUS = 'status'
const PINNED = 'pinned'

/**
 * Shows a sweep's status in one message that is edited in place, and pinned if the bot may pin messages. If its reference is missing
 * because the workspace was copied or the file was deleted, the message is found among the pinned messages by the mark in its last line.
 *
 * @param mark The name of the sweep, because several sweeps may share a channel and a bot.
 * @throws ChatFailure The message itself may still exist. Pinning is tried again the next time the monitor runs.
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

/** Returns false if someone has deleted the message. */
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
