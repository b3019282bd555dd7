import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { openLocalSource } from '../s3/local-source.ts'
import { putObjectBytes } from '../s3/put-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type HowToSend, noteStored, seenETag, sendFile, type SentFile, type Target } from './apply-file.ts'
import { sourceMetadata, sourceText } from './compare-compressed.ts'
import type { SentAs } from './local-file.ts'
import { aclOfRow } from './plan-facts.ts'
import type { RowFacts } from './row-facts.ts'

/** Stores what a row's file is to become: the file as it is, or compressed. */
export function sendRow(
  session: S3Session,
  target: Target,
  row: SyncRow,
  facts: RowFacts,
  how: HowToSend,
): Promise<SentFile> {
  const { sentAs } = facts
  return sentAs === undefined
    ? sendFile(session, target, row, facts, how)
    : sendCompressed(session, target, row, { ...facts, sentAs }, how.onProgress)
}

/**
 * Compresses a row's file and stores the result, which says of which content it was made. The file has to be the one that
 * was planned until the moment before it is sent (S52, F36). Throws Failures: `local-changed`, `local-missing` and those
 * of S3.
 */
async function sendCompressed(
  session: S3Session,
  target: Target,
  row: SyncRow,
  facts: RowFacts & { readonly sentAs: SentAs },
  onProgress: (movedBytes: number) => void,
): Promise<SentFile> {
  const { path, identity, sentAs, headers } = facts
  const { key, path: name } = row
  const { compressor } = target
  if (path === null || identity === null || name === null || compressor === null)
    throw new Error('A row without a file, or a compressor, was to be compressed.')
  const signal = target.signal ? { signal: target.signal } : {}
  const { coding } = sentAs
  const acl = aclOfRow(target, facts)
  const { bytes, sourceMd5 } = await compressor.compress({ name, path, identity, coding }, target.signal)
  await (await openLocalSource(path, identity)).close()
  const metadata = { [sourceMetadata]: sourceText(coding, sourceMd5) }
  const written = await putObjectBytes(
    session,
    {
      bucket: target.bucket,
      key,
      headers,
      ...(acl === null ? {} : { acl }),
      ifMatch: seenETag(facts),
      metadata,
      onProgress,
      ...signal,
    },
    bytes,
  )
  target.owned.wrote(key, written.eTag)
  noteStored(target, key, facts, { written, sizeBytes: bytes.byteLength, metadata })
  return { eTag: written.eTag, sizeBytes: bytes.byteLength, written }
}
