import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPlayground } from '../../src-main/playground/playground.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'

/** What a server can do; AWS can do all of it. Where one cannot, the specs assert what it does instead. */
export interface Knows {
  /** x-amz-checksum-* headers and trailers are verified and returned. */
  readonly flexibleChecksums: boolean
  /** PutBucketOwnershipControls; ACLs disabled in a new bucket. */
  readonly ownershipControls: boolean
  /** A new bucket blocks public access. */
  readonly blocksPublicByDefault: boolean
}

/** A server that the suite runs against. */
export interface Target {
  readonly name: 'playground' | 'ceph'
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly knows: Knows
  close(): Promise<void>
}

/** The names of all targets. */
export const targetNames = ['playground', 'ceph'] as const

const ceph = {
  endpoint: process.env['PAIL_CEPH_ENDPOINT'],
  accessKeyId: process.env['PAIL_CEPH_ACCESS_KEY'],
  secretAccessKey: process.env['PAIL_CEPH_SECRET_KEY'],
}

/** Whether a target can be reached from here: Ceph only where the environment names one. */
export function isHere(name: Target['name']): boolean {
  return name === 'playground' || Object.values(ceph).every((value) => value !== undefined && value !== '')
}

/** Starts the playground in a directory of its own, or takes the Ceph that the environment names. */
export async function openTarget(name: Target['name']): Promise<Target> {
  if (name === 'ceph')
    return {
      name,
      endpoint: ceph.endpoint ?? '',
      region: 'us-east-1',
      credentials: { accessKeyId: ceph.accessKeyId ?? '', secretAccessKey: ceph.secretAccessKey ?? '' },
      knows: {
        flexibleChecksums: false,
        ownershipControls: false,
        blocksPublicByDefault: false,
      },
      close: async () => undefined,
    }
  const directory = await mkdtemp(join(tmpdir(), 'pail-conformance-'))
  const playground = await startPlayground({ directory })
  return {
    name,
    endpoint: playground.endpoint,
    region: playground.region,
    credentials: playground,
    knows: {
      flexibleChecksums: true,
      ownershipControls: true,
      blocksPublicByDefault: true,
    },
    close: async () => {
      await playground.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A session with a target's own keys, as a profile would have it. To be destroyed. */
export function sessionOn({ endpoint, region, credentials }: Target, profileId: string): S3Session {
  return createS3Session({
    profileId,
    endpoint,
    region,
    addressing: 'path',
    checksums: 'when-required',
    insecureAllowed: false,
    credentials: async () => credentials,
  })
}
