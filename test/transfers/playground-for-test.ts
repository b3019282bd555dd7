import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlaygroundOptions } from '../../src-main/playground/playground.ts'
import { startPlayground } from '../../src-main/playground/playground.ts'
import { createBucket } from '../../src-main/s3/buckets.ts'
import type { S3SessionOptions } from '../../src-main/s3/create-s3-session.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'

/** One request that the playground answered. */
export interface AnsweredRequest {
  readonly method: string
  readonly path: string
  readonly operation: string
  readonly status: number
}

/** A playground with two buckets, a session to it and a folder for files. */
export interface PlaygroundForTest {
  readonly session: S3Session
  readonly endpoint: string
  /** ACLs work here. */
  readonly open: string
  /** ACLs are disabled here, as AWS makes buckets today. */
  readonly closed: string
  readonly files: string
  readonly requests: AnsweredRequest[]
  sessionWith(options: Partial<S3SessionOptions>): S3Session
  close(): Promise<void>
}

/** Starts it in a temporary folder. */
export async function startPlaygroundForTest(
  options: Pick<PlaygroundOptions, 'smallestPartBytes' | 'now' | 'alsoNamed'> = {},
): Promise<PlaygroundForTest> {
  const directory = await mkdtemp(join(tmpdir(), 'pail-playground-'))
  const files = await mkdtemp(join(tmpdir(), 'pail-files-'))
  const requests: AnsweredRequest[] = []
  const playground = await startPlayground({
    directory,
    onRequest: (request) => requests.push(request),
    ...options,
  })
  const made: S3Session[] = []
  const sessionWith = (options: Partial<S3SessionOptions>) => {
    const session = createS3Session({
      profileId: 'test',
      endpoint: playground.endpoint,
      region: playground.region,
      addressing: 'path',
      checksums: 'when-supported',
      credentials: () =>
        Promise.resolve({
          accessKeyId: playground.accessKeyId,
          secretAccessKey: playground.secretAccessKey,
        }),
      insecureAllowed: false,
      retries: { baseDelayMs: 1, maxDelayMs: 5 },
      ...options,
    })
    made.push(session)
    return session
  }
  const session = sessionWith({})
  const { region } = playground
  await createBucket(session, { bucket: 'open-bucket', region, access: 'per-object' })
  await createBucket(session, { bucket: 'closed-bucket', region, access: 'private' })
  return {
    session,
    endpoint: playground.endpoint,
    open: 'open-bucket',
    closed: 'closed-bucket',
    files,
    requests,
    sessionWith,
    async close() {
      for (const one of made) one.destroy()
      await playground.close()
      await rm(directory, { recursive: true, force: true })
      await rm(files, { recursive: true, force: true })
    },
  }
}
