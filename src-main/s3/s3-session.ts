import type { S3Client } from '@aws-sdk/client-s3'
import type { Reading } from '../../src-preload/contract/bucket-access.ts'
import type { PublicDomain } from '../../src-preload/contract/bucket-switch.ts'
import type { Bandwidth } from './bandwidth.ts'
import type { FindProxy } from './find-proxy.ts'
import type { Pace } from './pace.ts'
import type { UploadLog } from './upload-log.ts'
import type { Wire } from './wire/send.ts'

/** Keys for one request; temporary ones carry a token and an end. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

/** The addresses outside S3 by which a service hands its buckets out to everybody. */
export interface PublicDomains {
  /** Those of a bucket as they are now. What keeps them from being read makes them `unknown`; only `cancelled` is thrown. */
  read(bucket: string, signal?: AbortSignal): Promise<Reading<PublicDomain[]>>
  /** As {@link read}, and perhaps a minute old. */
  recent(bucket: string): Promise<Reading<PublicDomain[]>>
  /** Switches one on or off. Throws Failures; a retryable one may have been done all the same. */
  set(bucket: string, domain: Pick<PublicDomain, 'kind' | 'domain'>, enabled: boolean): Promise<void>
}

/** A span of the service's clock, in milliseconds since 1970. */
export interface ServerSpan {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * One profile's way to S3: explicit endpoint, region and credentials (S27), its own timeouts and retries, and what has
 * been learnt about the service. Other rooms pass it on and never look inside; only `s3/` knows the SDK.
 */
export interface S3Session {
  readonly profileId: string
  /** The service's URL without a bucket; null for AWS, where the region decides. */
  readonly endpoint: string | null
  /**
   * What stands for the service where something about it is kept: the endpoint, `aws`, whose buckets have one name in all
   * regions, or a name of its own where the endpoint is another one at each start.
   */
  readonly service: string
  readonly region: string
  readonly addressing: 'virtual' | 'path'
  readonly checksums: 'when-supported' | 'when-required'
  /**
   * Where it is known beforehand that an object's ACL does nothing, and so none is sent, whatever an object is to be: `none`
   * where the service has none (R2, B2, Garage), `ignored` where it takes them without effect, and the bucket's policy alone
   * decides (MinIO).
   */
  readonly objectAcls?: 'none' | 'ignored'
  /**
   * Whether the bucket's policy lets everybody read a key already, or a CDN that stands before the bucket, so that no ACL
   * has to be sent with it. Absent where nobody has said how to find out. Rejects when it cannot be read.
   */
  readonly isOpenByPolicy?: (bucket: string, key: string, knownForMs?: number) => Promise<boolean>
  /**
   * Of a service whose own address answers nobody without a signature (R2): where its buckets are handed out. Absent for all
   * others.
   */
  readonly domains?: PublicDomains
  /** The lean way for the operations that are asked for most; absent when everything goes through the SDK. */
  readonly wire?: Wire
  /**
   * Whether short calls to the file system may block this process, which saves most of their cost. Only where nobody
   * waits for anything else of it: a disk that does not answer stops a window.
   */
  readonly readsAtOnce: boolean
  /** How much may be under way at once, for whoever has much to ask for. */
  readonly pace: Pace
  /** Hears of uploads in parts, where somebody keeps a record of them. */
  readonly uploadLog?: UploadLog
  /** What may move a second, sent and received; absent when nothing is held back. */
  readonly bandwidth?: Bandwidth
  /** Which proxy requests go through, those without a signature, too; absent when none do. */
  readonly findProxy?: FindProxy
  /** The SDK client in the bucket's own region, which is resolved once and remembered. */
  client(bucket?: string): Promise<S3Client>
  /** The SDK client for a region that was asked for by name, as when a bucket is created there. */
  clientIn(region: string): Promise<S3Client>
  /** A client that only signs URLs: it sends nothing and adds no checksum parameters. */
  presigningClient(bucket: string): Promise<S3Client>
  /** The keys as of now; refreshed when they have an end. Throws the failures of their source. */
  credentials(): Promise<S3Credentials>
  /** Server time minus local time, in milliseconds, measured from the latest answer; 0 until there was one. */
  clockOffsetMs(): number
  /** Whether any answer with a date has been seen, so that {@link clockOffsetMs} means something. */
  clockMeasured(): boolean
  /**
   * From a moment of this computer's clock (milliseconds since 1970) to the latest answer, as the service's dates tell
   * it: what was done between a request and its answer happened then. Null when no answer since had a date.
   */
  serverSpanSince(startedAtMs: number): ServerSpan | null
  /** What the service called itself last (`Server`), as far as a proxy before it lets that pass; null before any answer. */
  serverSoftware(): string | null
  /** The bucket's region, resolved with HeadBucket and remembered. */
  bucketRegion(bucket: string): Promise<string>
  /** The bucket's region if it has been resolved, else the profile's; asks nobody. */
  knownRegion(bucket: string): string
  /** Whether the bucket's region has been resolved, or told by {@link rememberRegion}. */
  isRegionKnown(bucket: string): boolean
  /** The service's URL in a region: the endpoint itself, or the one that its template gives for that region. */
  endpointIn(region: string): string | null
  /** Remembers where a bucket is, without asking: it was just made there. */
  rememberRegion(bucket: string, region: string): void
  /** Forgets where a bucket was: it was deleted. */
  forgetRegion(bucket: string): void
  /** Closes sockets; the session is not used afterwards. */
  destroy(): void
}
