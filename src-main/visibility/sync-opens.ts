import type { OpenedObjects } from '../../src-preload/contract/opens.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { openedObjects } from '../../src-preload/contract/told-opens.ts'
import { inParallel } from '../s3/in-parallel.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { PlannedSync } from '../sync/plan-facts.ts'
import { createSortedMap } from '../tables/sorted-map.ts'
import type { MakeSpool } from '../tables/spool.ts'
import { readAccessFacts } from './access-report.ts'
import { isPublicAcl } from './apply-visibility.ts'
import { isOpenByPolicy } from './opened-by-policy.ts'
import { probeVisibility } from './probe.ts'
import { aclOf, canAclsOpen } from './sync-undo-opens.ts'

/** Requests at the same time. */
const askedAtOnce = 16

/** What a planned sync needs to be looked through. */
export interface SyncOpensOptions {
  readonly provider: ProviderId
  /** For what is found of many objects. */
  readonly spool?: MakeSpool
  readonly signal?: AbortSignal
}

const changing = { actions: ['upload', 'update-headers'] } as const

/**
 * What is in the bucket, cannot be read by everybody and will be once the sync is applied, in the order of the rows (S44):
 * its ACL changes, or a public file takes its place. What Pail has made public itself, and has not set otherwise since, is
 * known to be so: then a sync asks for nothing but what it sends. Every other object that is replaced is asked for its ACL;
 * one that does not tell it is asked for without a signature, and taken for private unless it is handed out. What is new is
 * not among them. Throws Failures.
 */
export async function whatSyncOpens(
  session: S3Session,
  { rows, facts }: Pick<PlannedSync, 'rows' | 'facts'>,
  { provider, spool = null, signal }: SyncOpensOptions,
): Promise<OpenedObjects> {
  const { bucket, aclsDisabled, aclMarks } = facts
  if (aclsDisabled) return openedObjects([])
  const more = signal ? { signal } : {}
  const marks = await aclMarks.reopened()
  /** As a set that may be large. */
  const opened = createSortedMap(spool)
  let isAny = false
  const open = (key: string) => {
    isAny = true
    opened.set(key, '')
  }
  /** Those to ask for, the ones that are sent anew or those that get other headers. */
  function* unknown(action: 'upload' | 'update-headers'): Generator<string> {
    for (const { row, facts: known } of rows.each({ actions: [action] })) {
      if (known.visibility !== 'public' || row.reason === 'new') continue
      if (known.aclChange?.to === 'public') open(row.key)
      else if (known.isOpen !== true || marks.markOf(row.key) !== aclMarks.markOf(row.key)) yield row.key
    }
  }
  const ask = (keys: Iterable<string>) =>
    inParallel(keys, askedAtOnce, async (key) => {
      if (await isClosed(session, { bucket, key, ...more })) open(key)
    })
  await ask(unknown('upload'))
  // Objects that get other headers keep the ACL that they have, where the keys may read it: the first one tells.
  let first: string | undefined
  for (const key of unknown('update-headers')) first ??= key
  if (first !== undefined && (await aclOf(session, { bucket, key: first, ...more }))?.acl === 'unknown')
    await ask(unknown('update-headers'))
  if (!isAny) return openedObjects([])
  const access = await readAccessFacts(session, { bucket, provider, ...more })
  if (!canAclsOpen(access)) return openedObjects([])
  function* named(): Generator<string> {
    for (const key of rows.keys(changing)) if (opened.has(key) && !isOpenByPolicy(access, key)) yield key
  }
  return openedObjects(named())
}

/** Whether Pail has set the ACL of something that a planned sync changes since it was planned. */
export async function areAclsSetSince({
  rows,
  facts,
}: Pick<PlannedSync, 'rows' | 'facts'>): Promise<boolean> {
  const before = facts.aclMarks
  const now = await before.reopened()
  for (const key of rows.keys(changing)) if (now.markOf(key) !== before.markOf(key)) return true
  return false
}

/** Whether there is an object that not everybody is known to be able to read. */
async function isClosed(
  session: S3Session,
  object: { readonly bucket: string; readonly key: string; readonly signal?: AbortSignal },
): Promise<boolean> {
  const now = await aclOf(session, object)
  if (now === null || now.acl === 'disabled' || isPublicAcl(now)) return false
  return now.acl !== 'unknown' || (await probeVisibility(session, object)).visibility !== 'public'
}
