import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type AllowedFolders, JournalError } from '@hotcb/journal'
import type { MediaAnswer, MediaFile, MediaSeries } from '../shared/media.ts'
import { notFound, Problem } from './problem.ts'
import { folderInside, openOrNone } from './run-files.ts'

/** The folder in a run directory that contains images and text files. */
export const MEDIA_FOLDER = 'media'

const MOST_NAMES = 200
const MOST_FILES = 5000
/** In bytes. */
const MOST_BYTES = { image: 16 * 1024 * 1024, text: 1024 * 1024 } as const
const TYPES: Readonly<Record<string, { readonly type: string; readonly kind: MediaFile['kind'] }>> = {
  '.png': { type: 'image/png', kind: 'image' },
  '.jpg': { type: 'image/jpeg', kind: 'image' },
  '.jpeg': { type: 'image/jpeg', kind: 'image' },
  '.webp': { type: 'image/webp', kind: 'image' },
  '.gif': { type: 'image/gif', kind: 'image' },
  '.svg': { type: 'image/svg+xml', kind: 'image' },
  '.txt': { type: 'text/plain; charset=utf-8', kind: 'text' },
}
// A name has no slash and does not begin with a dot, so it cannot lead to another directory.
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/
const FILE = /^(0|[1-9]\d{0,14})\.(png|jpg|jpeg|webp|gif|svg|txt)$/

/** Lists a run's image and text files. Files with other names are left out. */
export async function listMedia(dir: string, within: AllowedFolders): Promise<MediaAnswer> {
  const problems: string[] = []
  const media: MediaSeries[] = []
  for (const name of (await namesIn(join(dir, MEDIA_FOLDER), within, problems)).filter((one) => NAME.test(one))) {
    if (media.length === MOST_NAMES) {
      problems.push(`\`${MEDIA_FOLDER}\` has more than ${MOST_NAMES} folders: the others are not shown`)
      break
    }
    const files = (await namesIn(join(dir, MEDIA_FOLDER, name), within, problems)).flatMap((file) => fileOf(file) ?? [])
    if (files.length > MOST_FILES)
      problems.push(`\`${name}\` has ${files.length} files: the last ${MOST_FILES} are shown`)
    files.sort((a, b) => a.step - b.step)
    if (files.length > 0) media.push({ name, files: files.slice(-MOST_FILES) })
  }
  return { media, problems }
}

/** Reads one file. @throws Problem if it does not exist, its name is invalid, or it is too large. */
export async function readMedia(
  dir: string,
  within: AllowedFolders,
  { name, file }: { readonly name: string; readonly file: string },
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string }> {
  const type = TYPES[extname(file)]
  if (!NAME.test(name) || !FILE.test(file) || type === undefined) throw notFound('a `media` file with this name')
  const handle = await openOrNone(join(dir, MEDIA_FOLDER, name, file), within)
  if (handle === undefined) throw notFound(`\`${MEDIA_FOLDER}/${name}/${file}\``)
  try {
    const { size } = await handle.stat()
    const most = MOST_BYTES[type.kind]
    if (size > most) {
      throw new Problem(
        413,
        'too_large',
        `\`${MEDIA_FOLDER}/${name}/${file}\` is ${size} bytes long; the limit is ${most}`,
      )
    }
    const bytes = new Uint8Array(size)
    // The file may have become shorter since its size was read.
    const { bytesRead } = await handle.read(bytes, 0, size, 0)
    return { bytes: bytes.subarray(0, bytesRead), type: type.type }
  } finally {
    await handle.close()
  }
}

function fileOf(file: string): MediaFile | undefined {
  const step = FILE.exec(file)?.[1]
  const kind = TYPES[extname(file)]?.kind
  return step === undefined || kind === undefined ? undefined : { step: Number(step), file, kind }
}

async function namesIn(path: string, within: AllowedFolders, problems: string[]): Promise<readonly string[]> {
  try {
    const place = await folderInside(path, within)
    return place === undefined ? [] : (await readdir(place)).sort()
  } catch (error) {
    // A regular file with the folder's name does not belong to hotcb.
    if (error instanceof JournalError) problems.push(error.message)
    return []
  }
}
