import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach } from 'vitest'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { compress } from '../../src-main/sync/compression.ts'
import { diskReader, type LocalReader } from '../../src-main/sync/local-reader.ts'
import type { PlannedSync } from '../../src-main/sync/plan.ts'
import { startSyncFixture, type SyncFixture } from './sync-fixture.ts'

/** Has copies made of every file. */
export const siblings: HeaderRule[] = [{ glob: '*', precompress: 'siblings' }]

/** A text that gets smaller, other for each seed. */
export const text = (seed: string) => `/* ${seed} */\n${'.box { margin: 0; padding: 0 }\n'.repeat(100)}`

/** Files that were touched less than two seconds ago are not remembered. */
export async function settle(): Promise<void> {
  await sleep(2100)
}

/** For each test a folder and a bucket, and what is compressed and read of it. */
export interface PrecompressScene {
  readonly fixture: SyncFixture
  readonly indexDirectory: string
  /** What was compressed and what was read to be hashed since the last plan was begun. */
  readonly compressed: string[]
  readonly read: string[]
  /** Starts the fixture of a test. */
  start(...how: Parameters<typeof startSyncFixture>): Promise<void>
  plan(options?: Partial<SyncOptions>): Promise<PlannedSync>
  /** The bytes of an object, nothing decoded. */
  fetchSigned(key: string): Promise<{ body: Buffer }>
}

/** Makes one, and takes away after each test what it has left. */
export function usePrecompressScene(): PrecompressScene {
  let fixture: SyncFixture
  let indexDirectory: string
  let compressed: string[]
  let read: string[]
  beforeEach(async () => {
    indexDirectory = await mkdtemp(join(tmpdir(), 'pail-precompress-'))
    compressed = []
    read = []
  })
  afterEach(async () => {
    await fixture.close()
    await rm(indexDirectory, { recursive: true, force: true })
  })
  const reader: LocalReader = {
    ...diskReader,
    hash(file, options) {
      read.push(file.name)
      return diskReader.hash(file, options)
    },
  }
  const compressing: typeof compress = (bytes, coding) => {
    compressed.push(coding)
    return compress(bytes, coding)
  }
  return {
    get fixture() {
      return fixture
    },
    get indexDirectory() {
      return indexDirectory
    },
    get compressed() {
      return compressed
    },
    get read() {
      return read
    },
    async start(...how) {
      fixture = await startSyncFixture(...how)
    },
    plan(options = {}) {
      compressed = []
      read = []
      return fixture.plan({ rules: siblings, ...options }, { indexDirectory, reader, compressing })
    },
    async fetchSigned(key) {
      const client = await fixture.session.client(fixture.bucket)
      const answer = await client.send(new GetObjectCommand({ Bucket: fixture.bucket, Key: key }))
      return { body: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) }
    },
  }
}
