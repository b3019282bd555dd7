import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { type Playground, startPlayground } from '../../src-main/playground/playground.ts'
import { createBucket, deleteBucket } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { inParallel } from '../../src-main/s3/in-parallel.ts'
import { type HeadedObject, headObject } from '../../src-main/s3/head-object.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { type ApplySyncOptions, applySync } from '../../src-main/sync/apply.ts'
import { openOwnership } from '../../src-main/sync/ownership.ts'
import { type PlannedSync, type PlanSyncOptions, planSync } from '../../src-main/sync/plan.ts'

/** Sync options as the window has them by default. */
export const usualOptions: SyncOptions = {
  cacheControl: 'max-age=86400',
  rules: [],
  exclude: [],
  removeRemoteOnly: false,
  removeForeign: false,
  manifestInBucket: false,
  maxDelete: null,
  visibility: 'private',
  keepPrevious: false,
}

/** A folder, a playground with a bucket, and what a test wants to ask them. */
export interface SyncFixture {
  readonly folder: string
  readonly bucket: string
  readonly session: S3Session
  /** The server's URL and keys. */
  readonly playground: Pick<Playground, 'endpoint' | 'accessKeyId' | 'secretAccessKey'>
  /** The operations since the last call of `countRequests`. */
  countRequests(): Record<string, number>
  /** The requests of one operation since the beginning, as `METHOD /bucket/key`, in order. */
  readonly requests: { method: string; path: string; operation: string; status: number }[]
  write(files: Record<string, string | Buffer>): Promise<void>
  /** Stores an object as somebody else would. */
  put(key: string, body: string | Buffer, more?: Partial<PutObjectCommandInput>): Promise<void>
  /** Publishes files with a sync from another folder, so that the objects are ours. */
  publish(files: Record<string, string | Buffer>, prefix?: string): Promise<void>
  /** Puts what is there now into the record, as if a sync through that session had put it there: for keys of no file. */
  own(keys: readonly string[], through?: S3Session, prefix?: string): Promise<void>
  /** Where the record of what is ours is kept. */
  readonly stateDirectory: string
  keys(prefix?: string): Promise<string[]>
  head(key: string): Promise<HeadedObject | null>
  /** What anybody is answered who asks for an object. */
  statusOf(key: string): Promise<number>
  body(key: string): Promise<string>
  plan(options?: Partial<SyncOptions>, more?: Partial<PlanSyncOptions>): Promise<PlannedSync>
  apply(
    planned: PlannedSync,
    more?: Partial<ApplySyncOptions>,
    session?: S3Session,
  ): ReturnType<typeof applySync>
  close(): Promise<void>
}

let buckets = 0

const {
  PAIL_CEPH_ENDPOINT: cephEndpoint = '',
  PAIL_CEPH_ACCESS_KEY: cephAccessKey = '',
  PAIL_CEPH_SECRET_KEY: cephSecretKey = '',
} = process.env

/** Whether a Ceph RADOS Gateway has been named. */
export const hasCeph = cephEndpoint !== '' && cephAccessKey !== '' && cephSecretKey !== ''

/** Starts one, with a bucket of its own. Ceph goes on running, and tells nothing of its requests. */
export async function startSyncFixture(
  options: { access?: 'private' | 'per-object'; server?: 'playground' | 'ceph' } = {},
): Promise<SyncFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'pail-sync-server-'))
  const folder = await mkdtemp(join(tmpdir(), 'pail-sync-folder-'))
  const stateDirectory = await mkdtemp(join(tmpdir(), 'pail-sync-state-'))
  const requests: SyncFixture['requests'] = []
  let counted = 0
  const playground =
    options.server === 'ceph'
      ? {
          endpoint: cephEndpoint,
          accessKeyId: cephAccessKey,
          secretAccessKey: cephSecretKey,
          close: async () => undefined,
        }
      : await startPlayground({ directory, onRequest: (request) => requests.push(request) })
  const session = sessionFor(
    playground.endpoint,
    playground,
    options.server === 'ceph' ? 'when-required' : 'when-supported',
  )
  const bucket = `pail-sync-${process.pid}-${Date.now().toString(36)}-${++buckets}`
  await createBucket(session, { bucket, region: 'us-east-1', access: options.access ?? 'private' })
  const listKeys = async (prefix: string): Promise<string[]> => {
    const keys: string[] = []
    for await (const { key } of listAllObjects(session, { bucket, prefix })) keys.push(key)
    return keys
  }
  const writeFiles = async (into: string, files: Record<string, string | Buffer>) => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(into, name)), { recursive: true })
      await writeFile(join(into, name), content)
    }
  }
  counted = requests.length
  return {
    folder,
    stateDirectory,
    bucket,
    session,
    playground,
    requests,
    countRequests() {
      const counts: Record<string, number> = {}
      for (const { operation } of requests.slice(counted)) counts[operation] = (counts[operation] ?? 0) + 1
      counted = requests.length
      return counts
    },
    write: (files) => writeFiles(folder, files),
    async publish(files, prefix = '') {
      const other = await mkdtemp(join(tmpdir(), 'pail-sync-before-'))
      try {
        await writeFiles(other, files)
        const planned = await planSync(session, {
          folder: other,
          bucket,
          prefix,
          options: usualOptions,
          stateDirectory,
        })
        const outcome = await applySync(session, planned, { confirmedDeletes: 0, confirmedForeign: 0 })
        if (outcome.uploaded !== Object.keys(files).length) throw new Error('Not all was published.')
      } finally {
        await rm(other, { recursive: true, force: true })
      }
    },
    async own(keys, through = session, prefix = '') {
      const owned = await openOwnership(stateDirectory, { service: through.service, bucket, prefix })
      for (const key of keys) {
        const head = await headObject(session, { bucket, key })
        if (head === null) throw new Error(`There is no ${key}.`)
        owned.wrote(key, head.eTag)
      }
      if (!(await owned.save())) throw new Error('The record could not be written.')
    },
    async put(key, body, more = {}) {
      const client = await session.client(bucket)
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }))
    },
    keys: (prefix = '') => listKeys(prefix),
    head: (key) => headObject(session, { bucket, key }),
    async statusOf(key) {
      const answer = await fetch(`${playground.endpoint}/${bucket}/${key}`)
      await answer.arrayBuffer()
      return answer.status
    },
    async body(key) {
      const client = await session.client(bucket)
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return (await answer.Body?.transformToString()) ?? ''
    },
    plan: (options = {}, more = {}) =>
      planSync(session, {
        folder,
        bucket,
        prefix: '',
        options: { ...usualOptions, ...options },
        stateDirectory,
        ...more,
      }),
    apply: (planned, more = {}, other = session) =>
      applySync(other, planned, {
        confirmedDeletes: planned.counts.delete,
        confirmedForeign: planned.foreignDeletes,
        quietMs: 30,
        ...more,
      }),
    async close() {
      if (options.server === 'ceph') {
        await removeAllVersions(session, bucket)
        await deleteBucket(session, { bucket })
      }
      session.destroy()
      await playground.close()
      await rm(directory, { recursive: true, force: true })
      await rm(stateDirectory, { recursive: true, force: true })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function removeAllVersions(session: S3Session, bucket: string): Promise<void> {
  const client = await session.client(bucket)
  for (;;) {
    const { Versions, DeleteMarkers, IsTruncated } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket }),
    )
    const all = [...(Versions ?? []), ...(DeleteMarkers ?? [])]
    await inParallel(all, 16, async ({ Key, VersionId }) => {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }))
    })
    if (IsTruncated !== true) return
  }
}

/** A session to any local server. */
export function sessionFor(
  endpoint: string,
  keys: { accessKeyId: string; secretAccessKey: string },
  checksums: S3Session['checksums'] = 'when-supported',
): S3Session {
  return createS3Session({
    profileId: 'p1',
    endpoint,
    region: 'us-east-1',
    addressing: 'path',
    checksums,
    insecureAllowed: false,
    credentials: async () => keys,
  })
}

/** The rows as `action reason key`, without those that stay as they are. */
export function changes(planned: PlannedSync): string[] {
  return planned.rows
    .filter(({ action }) => action !== 'skip' && action !== 'foreign')
    .map(({ action, reason, key }) => `${action} ${reason} ${key}`)
}

/** All rows as `action reason key`. */
export function allRows(planned: PlannedSync): string[] {
  return planned.rows.map(({ action, reason, key }) => `${action} ${reason} ${key}`)
}
