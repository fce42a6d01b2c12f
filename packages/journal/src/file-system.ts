import { statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isMissing, journalError } from './errors.ts'
import { mountType } from './mount.ts'

/**
 * `local`: writes are visible immediately. `network`: appends from several hosts may get mixed up, and caches may hide
 * new lines.
 */
export type FileSystemKind = 'local' | 'network'

/** The name of a file system, and whether it is local. */
export interface FileSystem {
  readonly kind: FileSystemKind
  /** The name, such as `ext4`, `nfs`, `fuse.sshfs`; `unknown (0x...)` for an unknown one. */
  readonly name: string
}

/** Returns the kind of the file system that contains a path; see {@link fileSystem}. */
export function fileSystemKind(path: string): FileSystemKind {
  return fileSystem(path).kind
}

/**
 * Returns the file system that contains a path. If the path does not exist, the nearest existing directory is examined.
 *
 * A file system that is not known to be local counts as `network`, which is always safe, but slower.
 * @throws {@link JournalError} when the path cannot be examined.
 */
export function fileSystem(path: string): FileSystem {
  const existing = nearestExisting(path)
  if (process.platform === 'win32') return byWindowsPath(existing.path)
  const name = mountType(existing.path)
  // macOS assigns these numbers at run time, so they mean nothing; its mount table has the type.
  if (process.platform === 'darwin') return named(name ?? 'unknown')
  return byMagic(existing.type, name)
}

/** Determines the file system from the form of an absolute path: `\\server\share` is on another machine. */
export function byWindowsPath(path: string): FileSystem {
  return path.startsWith('\\\\') ? { kind: 'network', name: 'unc' } : { kind: 'local', name: 'windows' }
}

/**
 * Determines the file system from its magic number on Linux and, if that is ambiguous, from the type in the mount table.
 */
export function byMagic(type: number, mounted: string | undefined): FileSystem {
  const known = LINUX_MAGIC[type >>> 0]
  if (known !== undefined && known !== 'fuse')
    return { kind: NETWORK.has(known) ? 'network' : 'local', name: mounted ?? known }
  return named(mounted ?? known ?? `unknown (0x${(type >>> 0).toString(16)})`)
}

function named(name: string): FileSystem {
  return { kind: LOCAL.has(name) ? 'local' : 'network', name }
}

function nearestExisting(path: string): { readonly path: string; readonly type: number } {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      return { path: at, type: statfsSync(at).type }
    } catch (error) {
      if (!isMissing(error) || dirname(at) === at) throw journalError(`cannot examine \`${path}\``, path, error)
    }
  }
}

// Linux: statfs(2), linux/magic.h and the file systems' own sources.
const LINUX_MAGIC: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  16914836: 'tmpfs',
  2240043254: 'ramfs',
  2035054128: 'overlay',
  4076150800: 'f2fs',
  3393526350: 'bcachefs',
  19780: 'vfat',
  538032816: 'exfat',
  1397118030: 'ntfs',
  1936094318: 'ntfs3',
  18475: 'hfsplus',
  1382369651: 'reiserfs',
  827541066: 'jfs',
  61791: 'ecryptfs',
  1702057286: 'fuse',
  26985: 'nfs',
  20859: 'smb',
  4283649346: 'cifs',
  4266872130: 'smb2',
  198183888: 'lustre',
  1196443219: 'gpfs',
  428016422: 'beegfs',
  12805120: 'ceph',
  1397113167: 'afs',
  1799439955: 'afs',
  1937076805: 'coda',
  22092: 'ncp',
  16914839: '9p',
  1952539503: 'ocfs2',
  18225520: 'gfs2',
  2866260714: 'panfs',
  537068840: 'orangefs',
  2020557398: 'vboxsf',
  3133910204: 'vmhgfs',
}

const NETWORK: ReadonlySet<string> = new Set(
  'nfs smb cifs smb2 lustre gpfs beegfs ceph afs coda ncp 9p ocfs2 gfs2 panfs orangefs vboxsf vmhgfs'.split(' '),
)

// Local file systems by name: FUSE file systems on a local disk, those without a magic number above, and those of macOS.
const LOCAL: ReadonlySet<string> = new Set(
  (
    'ext2 ext3 ext4 xfs btrfs zfs tmpfs ramfs overlay f2fs bcachefs vfat msdos exfat ntfs ntfs3 hfsplus reiserfs jfs ' +
    'ecryptfs erofs squashfs udf nilfs2 apfs hfs ufs fuseblk fuse.ext2 fuse.ntfs-3g fuse.fuse-overlayfs fuse.mergerfs ' +
    'fuse.bindfs fuse.encfs fuse.gocryptfs fuse.lxcfs fuse.exfat'
  ).split(' '),
)
