import { messageOf } from '@hotcb/protocol'

/** A client library that is not installed with hotcb, since few need it and it is large. */
export class MissingClient extends Error {
  override readonly name = 'MissingClient'
}

/**
 * Loads a client that the user installs when a channel needs it.
 *
 * @throws MissingClient with the command that installs it.
 */
export async function loadClient<Module>(names: readonly string[], load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const list = names.join(' ')
    const isMissing = names.some((name) => messageOf(error).includes(name))
    if (!isMissing) throw error
    throw new MissingClient(
      `this channel needs ${names.map((name) => `\`${name}\``).join(' and ')}: \`npm i ${list}\` installs it`,
    )
  }
}
