import { messageOf } from '@hotcb/protocol'

/** The error for a client library that is not installed with hotcb, because it is large and few people need it. */
export class MissingClient extends Error {
  override readonly name = 'MissingClient'
}

/**
 * Loads a client that the user installs when a channel needs it.
 *
 * @throws MissingClient with the command that installs the client.
 */
export async function loadClient<Module>(names: readonly string[], load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const list = names.join(' ')
    const isMissing = names.some((name) => messageOf(error).includes(name))
    if (!isMissing) throw error
    throw new MissingClient(
      `this channel needs ${names.map((name) => `\`${name}\``).join(' and ')}: install it with \`npm i ${list}\``,
    )
  }
}
