import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { inParallel } from '../s3/in-parallel.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { PlannedSync } from '../sync/plan-facts.ts'
import { readAccessFacts } from './access-report.ts'
import { isPublicAcl } from './apply-visibility.ts'
import { isOpenByPolicy } from './plan-visibility.ts'
import { probeVisibility } from './probe.ts'
import { aclOf, canAclsOpen } from './sync-undo-opens.ts'

/** Requests at the same time. */
const askedAtOnce = 16

/** What a planned sync needs to be looked through. */
export interface SyncOpensOptions {
  readonly provider: ProviderId
  readonly signal?: AbortSignal
}

/**
 * The keys of what is in the bucket, cannot be read by everybody and will be once the sync is applied, in the order of the
 * rows (S44): its ACL changes, or a public file takes its place. That object is asked for its ACL, whatever is remembered,
 * for somebody may have made it private since; one that does not tell it is asked for without a signature, and taken for private unless it is handed out. What is
 * new is not among them. Throws Failures.
 */
export async function whatSyncOpens(
  session: S3Session,
  { rows, facts: { bucket, aclsDisabled } }: Pick<PlannedSync, 'rows' | 'facts'>,
  { provider, signal }: SyncOpensOptions,
): Promise<string[]> {
  if (aclsDisabled) return []
  const more = signal ? { signal } : {}
  const opened = new Set<string>()
  const replaced: string[] = []
  const copied: string[] = []
  for (const { row, facts } of rows.each({ actions: ['upload', 'update-headers'] })) {
    if (facts.visibility !== 'public' || row.reason === 'new') continue
    if (row.action === 'upload') replaced.push(row.key)
    else if (facts.aclChange?.to === 'public') opened.add(row.key)
    else copied.push(row.key)
  }
  const ask = (keys: readonly string[]) =>
    inParallel(keys, askedAtOnce, async (key) => {
      if (await isClosed(session, { bucket, key, ...more })) opened.add(key)
    })
  await ask(replaced)
  // Objects that get other headers keep the ACL that they have, where the keys may read it: the first one tells.
  const [first] = copied
  if (first !== undefined && (await aclOf(session, { bucket, key: first, ...more }))?.acl === 'unknown')
    await ask(copied)
  if (opened.size === 0) return []
  const access = await readAccessFacts(session, { bucket, provider, ...more })
  if (!canAclsOpen(access)) return []
  const acting = rows.keys({ actions: ['upload', 'update-headers'] })
  return [...acting].filter((key) => opened.has(key) && !isOpenByPolicy(access, key))
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
