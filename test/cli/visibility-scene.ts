import {
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import type { VisibilityOutcome, VisibilityPlan } from '../../src-preload/contract/visibility-plan.ts'
import { value } from '../backend/running-backend.ts'
import type { Ran } from './run-for-test.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'
import { clientOf } from './s3-client.ts'

/** A bucket without ACLs; the one of the command line has them. */
export const Bucket = 'pail-without-acls'

/** A policy of somebody else’s, written by hand. */
export const theirs = `{ "Version":"2012-10-17","Statement" : [ {"Sid":"Theirs", "Effect":"Deny","Principal":"*",
 "Action":"s3:GetObject","Resource":"arn:aws:s3:::${Bucket}/secret/*"} ]}`

/** Two buckets with three files below three prefixes each, and what the tests of visibility do with them. */
export interface VisibilityScene {
  /** Both are there while a test runs. */
  readonly line: RunningCommandLine
  readonly client: S3Client
  /** The status with which an object is answered without a signature. */
  readonly get: (key: string, bucket?: string) => Promise<number>
  /** Puts the policy of {@link Bucket}, and reads it. */
  readonly put: (policy: string) => Promise<unknown>
  readonly read: () => Promise<string | undefined>
  /** `pail set-visibility`. */
  readonly set: (...argv: string[]) => Promise<Ran>
  readonly plan: (
    visibility: 'public' | 'private',
    keys: string[],
    prefixes?: string[],
  ) => Promise<VisibilityPlan>
  readonly apply: (plan: VisibilityPlan) => Promise<VisibilityOutcome>
}

/** Makes the scene before the tests of a file and takes it down after them; before each of them there is no policy. */
export function visibilityScene(): VisibilityScene {
  let line: RunningCommandLine
  let client: S3Client
  beforeAll(async () => {
    line = await startCommandLine()
    client = clientOf({ endpoint: line.endpoint, ...line.credentials })
    await line.run(['mb', `s3://${Bucket}`])
    await line.write({ 'a.txt': 'a', 'b.txt': 'b', 'd*.txt': 'd' })
    const files = ['a.txt', 'b.txt', 'd*.txt'].map((name) => `${line.folder}/${name}`)
    for (const bucket of [Bucket, line.bucket])
      for (const prefix of ['media/', 'media-2/', 'secret/'])
        expect((await line.run(['put', ...files, `s3://${bucket}/${prefix}`])).code).toBe(0)
  })
  afterAll(async () => {
    client.destroy()
    await line.close()
  })
  beforeEach(async () => {
    await client.send(new DeleteBucketPolicyCommand({ Bucket }))
    await client.send(new DeletePublicAccessBlockCommand({ Bucket }))
  })
  return {
    get line() {
      return line
    },
    get client() {
      return client
    },
    get: async (key, bucket = Bucket) => (await fetch(`${line.endpoint}/${bucket}/${key}`)).status,
    put: (Policy) => client.send(new PutBucketPolicyCommand({ Bucket, Policy })),
    read: async () => (await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy,
    set: (...argv) => line.run(['set-visibility', ...argv]),
    plan: async (visibility, keys, prefixes = []) =>
      value(
        line.backend.api.planVisibility({
          profileId: environmentProfileId,
          bucket: Bucket,
          keys,
          prefixes,
          visibility,
        }),
      ),
    apply: async ({ planId, objects }) =>
      value(line.backend.api.applyVisibility({ planId, confirmedObjects: objects })),
  }
}
