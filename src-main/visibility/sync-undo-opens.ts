import { Failure } from '../../src-preload/contract/failure.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { UndoRow } from '../../src-preload/contract/undo.ts'
import { recordedAcl } from '../releases/kept-copies.ts'
import type { RecordedAcl } from '../releases/release-record.ts'
import type { PlannedUndo, UndoStep } from '../releases/undo-plan.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { readObjectAcl } from '../s3/object-acl.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type AccessFacts, aclBlocks, aclsCount } from './access-facts.ts'
import { readAccessFacts } from './access-report.ts'
import { isPublicAcl } from './apply-visibility.ts'
import { isOpenByPolicy } from './opened-by-policy.ts'
import { isOpenBySwitch } from './switch-decision.ts'

/** Requests at the same time. */
const askedAtOnce = 16

/** What the undo of a sync needs to be looked through. */
export interface SyncUndoOpensOptions {
  readonly provider: ProviderId
  readonly signal?: AbortSignal
}

/**
 * The keys that everybody can read once the undo of a sync is done, and not before, in the order of the rows: an object
 * with a public ACL comes back where a private one is or none, or comes back below a prefix that the policy opens, or in a bucket that the service’s own switch opens. What
 * cannot be read of what is there now is taken for private. Throws Failures.
 */
export async function whatSyncUndoOpens(
  session: S3Session,
  { rows, steps, record }: Pick<PlannedUndo, 'rows' | 'steps' | 'record'>,
  { provider, signal }: SyncUndoOpensOptions,
): Promise<string[]> {
  const { bucket, acl: syncAcl } = record.head
  const more = signal ? { signal } : {}
  const coming = rows.flatMap((row) => {
    const step = steps.get(row)
    return step === undefined || !mayOpen(step) ? [] : [{ row, step }]
  })
  if (coming.length === 0) return []
  const facts = await readAccessFacts(session, { bucket, provider, ...more })
  const aclsOpen = canAclsOpen(facts)
  const opened = new Set<UndoRow>()
  await inParallel(coming, askedAtOnce, async ({ row, step }) => {
    const object = { bucket, key: row.key, ...more }
    const isThere = step.do === 'restore-headers' || ('replaces' in step && step.replaces !== null)
    if (!isThere && (isOpenBySwitch(facts) || isOpenByPolicy(facts, row.key))) opened.add(row)
    else if (aclsOpen) {
      const wanted = await aclAfter(session, object, step)
      // The undo gives what cannot be read of an object the ACL that the sync gave to all.
      const isOpen =
        wanted !== null && (isPublicAcl(wanted) || (wanted.acl === 'unknown' && syncAcl !== null))
      if (!isOpen) return
      const now = isThere ? await aclOf(session, object) : null
      const isOpenNow =
        now !== null && (isPublicAcl(now) || (now.acl === 'unknown' && wanted.acl === 'unknown'))
      // What has gone since the plan does not come back: its step is refused.
      if (!isOpenNow && !(isThere && now === null)) opened.add(row)
    }
  })
  return coming.flatMap(({ row }) => (opened.has(row) ? [row.key] : []))
}

function mayOpen(step: UndoStep): boolean {
  switch (step.do) {
    case 'remove':
      return false
    case 'restore-headers':
      return step.visibility === 'public'
    case 'restore-version':
    case 'restore-copy':
    case 'remove-marker':
      return true
  }
}

type ReadAclOptions = Parameters<typeof readObjectAcl>[1]

/** Null when there is no such object, or no such version of it, any more. */
export async function aclOf(session: S3Session, object: ReadAclOptions): Promise<RecordedAcl | null> {
  try {
    return recordedAcl(await readObjectAcl(session, object))
  } catch (error) {
    if (error instanceof Failure && error.error.code === 'no-such-key') return null
    throw error
  }
}

/** The ACL that the object has once the step is done; null when there is none of it any more. */
async function aclAfter(
  session: S3Session,
  object: ReadAclOptions,
  step: UndoStep,
): Promise<RecordedAcl | null> {
  switch (step.do) {
    case 'restore-copy':
      return step.copy.acl
    case 'restore-version':
    case 'remove-marker':
      return aclOf(session, { ...object, versionId: step.versionId })
    case 'restore-headers':
    case 'remove':
      return { acl: step.do === 'restore-headers' ? 'public-read' : 'private', ownerId: null, grants: [] }
  }
}

/** Whether a public ACL lets anybody read: not where ACLs are off, or kept from counting. */
export function canAclsOpen(facts: AccessFacts): boolean {
  return aclsCount(facts) !== 'no' && !aclBlocks(facts).some(({ name }) => name === 'IgnorePublicAcls')
}
