import type { SyncAction, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { isPlainETag } from '../s3/e-tag.ts'
import type { RowFacts } from './row-facts.ts'

/** What of a row's facts has to be kept. */
export type KeptFacts = Omit<RowFacts, 'headers' | 'visibility' | 'sentAs'>

/** What is kept of a row besides its key, action, reason and traits. */
export interface KeptRow extends Pick<SyncRow, 'bytes' | 'headers' | 'sentAs'> {
  /** Empty where it follows from the key, or there is none. */
  readonly path: string
  readonly facts: KeptFacts
}

/** What is done to an object; only of such rows all facts are kept. */
export const acting: ReadonlySet<SyncAction> = new Set(['upload', 'update-headers', 'delete'])

const noFacts: KeptFacts = { path: null, identity: null, md5: null, eTag: null }

/** The text of a row of which only the size is to be kept. */
export function sizeAsText(bytes: number): string {
  return String(bytes)
}

/**
 * A row as text. Nearly all are a few numbers and digests with blanks in between, which takes a fraction of what JSON does;
 * what has anything else to it is JSON. `path` is empty where it need not be kept.
 */
export function rowAsText(
  row: SyncRow,
  path: string,
  facts: KeptFacts | null,
  pathOf: (path: string) => string,
): string {
  const { bytes } = row
  const file = row.path === null || facts?.path === pathOf(row.path) ? '' : (facts?.path ?? '')
  if (path === '' && file === '' && row.headers.length === 0 && row.sentAs === undefined) {
    if (facts === null || !acting.has(row.action)) return sizeAsText(bytes)
    const { identity, md5, eTag } = facts
    if (
      identity?.sizeBytes === bytes &&
      facts.aclChange === undefined &&
      facts.isOpen !== true &&
      (md5 === null || /^[0-9a-f]{32}$/.test(md5)) &&
      (eTag === null || isPlainETag(eTag))
    )
      return `${bytes} ${identity.dev} ${identity.ino} ${identity.mtimeNs} ${identity.ctimeNs} ${md5 ?? ''} ${eTag ?? ''}`
  }
  return JSON.stringify([bytes, path, row.headers, row.sentAs ?? 0, packFacts(row, facts, file)])
}

/** Undoes {@link rowAsText}; the facts of a row that stays are but its file's unusual path. */
export function rowOfText(text: string): KeptRow {
  if (text.startsWith('[')) {
    const [bytes, path, headers, sentAs, facts] = JSON.parse(text) as [
      number,
      string,
      SyncRow['headers'],
      NonNullable<SyncRow['sentAs']> | 0,
      Packed | 0,
    ]
    return { bytes, path, headers, ...(sentAs === 0 ? {} : { sentAs }), facts: unpackFacts(facts) }
  }
  const [size = '', dev, ino = '', mtimeNs = '', ctimeNs = '', md5 = '', eTag = ''] = text.split(' ')
  const bytes = Number(size)
  if (dev === undefined) return { bytes, path: '', headers: [], facts: noFacts }
  return {
    bytes,
    path: '',
    headers: [],
    facts: {
      path: null,
      identity: {
        sizeBytes: bytes,
        dev: BigInt(dev),
        ino: BigInt(ino),
        mtimeNs: BigInt(mtimeNs),
        ctimeNs: BigInt(ctimeNs),
      },
      md5: md5 === '' ? null : md5,
      eTag: eTag === '' ? null : eTag,
    },
  }
}

/** The path is empty where it is the usual one, or there is none. */
type Packed = [
  path: string,
  eTag: string | null,
  md5: string | null,
  aclChange: NonNullable<RowFacts['aclChange']> | 0 | 1,
  sizeBytes?: number,
  ...stamp: string[],
]

/** What applying takes and the row does not tell; of rows that stay only an unusual path. */
function packFacts(row: SyncRow, facts: KeptFacts | null, path: string): Packed | 0 {
  if (facts === null) return 0
  if (!acting.has(row.action)) return path === '' ? 0 : [path, null, null, 0]
  const { identity, eTag, md5 } = facts
  const aclChange = facts.aclChange ?? (facts.isOpen === true ? 1 : 0)
  if (identity === null) return [path, eTag, md5, aclChange]
  const { sizeBytes, dev, ino, mtimeNs, ctimeNs } = identity
  const stamp = [dev, ino, mtimeNs, ctimeNs].map(String)
  return [path, eTag, md5, aclChange, sizeBytes, ...stamp]
}

function unpackFacts(packed: Packed | 0): KeptFacts {
  if (packed === 0) return noFacts
  const [path, eTag, md5, aclChange, sizeBytes, ...stamp] = packed
  const [dev = 0n, ino = 0n, mtimeNs = 0n, ctimeNs = 0n] = stamp.map(BigInt)
  return {
    path: path || null,
    identity: sizeBytes === undefined ? null : { sizeBytes, dev, ino, mtimeNs, ctimeNs },
    md5,
    eTag,
    ...(aclChange === 1 ? { isOpen: true } : aclChange === 0 ? {} : { aclChange }),
  }
}
