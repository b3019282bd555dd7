import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import type { Release } from '../../src-preload/contract/release.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { listReleaseRecords, releaseDirectory } from '../../src-main/releases/release-store.ts'
import { type ApplyUndoOptions, applyUndo } from '../../src-main/releases/undo-apply.ts'
import { type PlannedUndo, planUndo } from '../../src-main/releases/undo-plan.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { ApplySyncOptions } from '../../src-main/sync/apply.ts'
import { type SyncFixture, startSyncFixture } from '../sync/sync-fixture.ts'

/** How a bucket keeps what was there before: it keeps versions, the sync makes copies, or neither. */
export type Keeping = 'versions' | 'copies' | 'nothing'

/** A folder, a bucket and a history. */
export interface UndoFixture extends SyncFixture {
  readonly prefix: string
  /** The folder with the records of the place. */
  readonly records: string
  /** Plans and applies; everything that the folder does not have is removed. */
  sync(
    options?: Partial<SyncOptions>,
    more?: Partial<ApplySyncOptions>,
    session?: S3Session,
  ): Promise<{ outcome: Awaited<ReturnType<SyncFixture['apply']>>; releaseId: string }>
  /** Plans without applying; only what is ours is removed. */
  planAgain(options?: Partial<SyncOptions>): ReturnType<SyncFixture['plan']>
  history(): Promise<Release[]>
  planUndo(releaseId: string, session?: S3Session): Promise<PlannedUndo>
  applyUndo(
    planned: PlannedUndo,
    more?: Partial<ApplyUndoOptions>,
    session?: S3Session,
  ): ReturnType<typeof applyUndo>
}

/** See {@link UndoFixture}. */
export async function startUndoFixture(
  server: 'playground' | 'ceph',
  keeping: Keeping,
  prefix = 'site/',
): Promise<UndoFixture> {
  const fixture = await startSyncFixture({ server, access: 'per-object' })
  const root = await mkdtemp(join(tmpdir(), 'pail-history-'))
  const { session, bucket } = fixture
  if (keeping === 'versions') {
    const client = await session.client(bucket)
    await client.send(
      new PutBucketVersioningCommand({
        Bucket: bucket,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    )
  }
  const known = { stateDirectory: join(root, 'state'), indexDirectory: join(root, 'index') }
  const records = releaseDirectory(root, session, { bucket, prefix })
  return {
    ...fixture,
    prefix,
    records,
    planAgain: (options = {}) =>
      fixture.plan({ removeRemoteOnly: true, maxDelete: 1000, ...options }, { prefix, ...known }),
    async sync(options = {}, more = {}, other = session) {
      const planned = await fixture.plan(
        {
          removeRemoteOnly: true,
          removeForeign: true,
          keepPrevious: keeping === 'copies',
          maxDelete: 1000,
          ...options,
        },
        { prefix, ...known },
      )
      const outcome = await fixture.apply(planned, { releasesDirectory: root, ...more }, other)
      return { outcome, releaseId: outcome.releaseId ?? '' }
    },
    history: () => listReleaseRecords(records),
    planUndo: (releaseId, other = session) =>
      planUndo(other, { bucket, prefix, directory: records, releaseId }),
    applyUndo: (planned, more = {}, other = session) =>
      applyUndo(other, planned, { confirmedRemovals: planned.counts.remove, ...known, ...more }),
    async close() {
      await fixture.close()
      await rm(root, { recursive: true })
    },
  }
}

/** The rows as `action reason key`. */
export function undoRows(planned: PlannedUndo): string[] {
  return planned.rows.map(({ action, reason, key }) => `${action} ${reason} ${key}`)
}
