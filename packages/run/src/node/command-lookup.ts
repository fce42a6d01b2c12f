import { closeSync, constants, readSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type AllowedFolders, openInside } from '@hotcb/journal'
import type { Command } from '@hotcb/protocol'
import { readStreamLine } from '../streams.ts'

/** The place of a command. */
export interface CommandPlace {
  /** Null for the shared file, otherwise the file's name in `hotcb.commands.d`. */
  readonly writer: string | null
  readonly offset: number | null
  readonly cid: string | null
}

/** Reads individual commands by their location, so that a note can be shown without reading the whole stream. */
export interface CommandLookup {
  /** The command at an offset of a command file; undefined if there is none, or if it has been replaced. */
  find(place: CommandPlace): Command | undefined
  close(): void
}

// A longer command is not read just to show its note.
const MAX_COMMAND_BYTES = 64 * 1024

/** Opens the command files of a run on demand. */
export function openCommandLookup(
  files: { readonly commands: string; readonly commandsDir: string },
  within?: AllowedFolders,
): CommandLookup {
  const open = new Map<string, number>()
  const bytes = Buffer.allocUnsafe(MAX_COMMAND_BYTES)
  const fdOf = (path: string): number => {
    const known = open.get(path)
    if (known !== undefined) return known
    let fd = -1
    try {
      fd = openInside(path, { flags: constants.O_RDONLY, within, doing: `cannot read \`${path}\`` })
    } catch {
      // A command file may have been removed, but the ledger is still valid.
    }
    open.set(path, fd)
    return fd
  }
  return {
    find({ writer, offset, cid }) {
      if (offset === null) return undefined
      // `basename`, because a name from the ledger must not lead outside the folder.
      const fd = fdOf(writer === null ? files.commands : join(files.commandsDir, basename(writer)))
      if (fd < 0) return undefined
      const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, offset))
      const command = readStreamLine('commands', text.slice(0, text.includes('\n') ? text.indexOf('\n') : 0))
      if (!command.ok) return undefined
      return command.value.cid === cid || command.value.cid === null ? command.value : undefined
    },
    close() {
      for (const fd of open.values()) if (fd >= 0) closeSync(fd)
    },
  }
}
