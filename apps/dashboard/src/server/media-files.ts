import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type AllowedFolders, JournalError } from '@hotcb/journal'
import type { MediaAnswer, MediaFile, MediaSeries } from '../shared/media.ts'
import { notFound, Problem } from './problem.ts'
import { folderInside, openOrNone } from './run-files.ts'

/** Folder of a run with its images and texts. */
export const MEDIA_FOLDER = 'media'

const MOST_NAMES = 200
const MOST_FILES = 5000
/** Bytes. */
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

/** The images and texts of a run. Files with other names are not listed. */
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

/** The content of one file. @throws Problem where it is not there, has another name, or is too large */
export async function readMedia(
  dir: string,
  within: AllowedFolders,
  { name, file }: { readonly name: string; readonly file: string },
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string }> {
  const type = TYPES[extname(file)]
  if (!NAME.test(name) || !FILE.test(file) || type === undefined) throw notFound('such a file of `media`')
  const handle = await openOrNone(join(dir, MEDIA_FOLDER, name, file), within)
  if (handle === undefined) throw notFound(`\`${MEDIA_FOLDER}/${name}/${file}\``)
  try {
    const { size } = await handle.stat()
    const most = MOST_BYTES[type.kind]
    if (size > most) {
      throw new Problem(
        413,
        'too_large',
        `\`${MEDIA_FOLDER}/${name}/${file}\` has ${size} bytes; at most ${most} are shown`,
      )
    }
    const bytes = new Uint8Array(size)
    // A file that is written while it is read may have become shorter.
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
    // A file where a folder is expected is none of ours.
    if (error instanceof JournalError) problems.push(error.message)
    return []
  }
}
