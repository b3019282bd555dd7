import type { LookupFunction } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { failure } from '../../src-preload/contract/failure.ts'
import type { Bandwidth } from './bandwidth.ts'
import { guardedLookup, isForbiddenLiteral, isLoopbackHost } from './address-policy.ts'
import { responseFacts, toFailure } from './map-error.ts'
import type { FindProxy } from './find-proxy.ts'
import { createPace, defaultPaceLimits, widePaceLimits } from './pace.ts'
import type { RetryLimits } from './retry-strategy.ts'
import { createRetryStrategy, defaultRetryLimits } from './retry-strategy.ts'
import type { S3Credentials, S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { createSdkHandler, type SessionTimeouts, silentLogger } from './sdk-handler.ts'
import { createSessionAgents } from './session-agents.ts'
import type { UploadLog } from './upload-log.ts'
import { headBucketThroughWire } from './wire/operations.ts'
import { createWire } from './wire/send.ts'
import { wireIn } from './wire/wire-target.ts'

/** What a session is made of; the last four are for tests and for private certificate authorities (S32). */
export interface S3SessionOptions {
  readonly profileId: string
  /** An absolute http(s) URL without path, query or user; null for AWS. */
  readonly endpoint: string | null
  /** See {@link S3Session.service}; from the endpoint unless given. */
  readonly service?: string
  readonly region: string
  readonly addressing: 'virtual' | 'path'
  readonly checksums: 'when-supported' | 'when-required'
  /** See {@link S3Session.objectAcls}. */
  readonly objectAcls?: S3Session['objectAcls']
  /** See {@link S3Session.isOpenByPolicy}. */
  readonly isOpenByPolicy?: S3Session['isOpenByPolicy']
  /** See {@link S3Session.domains}. */
  readonly domains?: S3Session['domains']
  readonly credentials: () => Promise<S3Credentials>
  /** Whether the person has consented to plain http to a host that is not this computer (S28). */
  readonly insecureAllowed: boolean
  /** See {@link S3Session.uploadLog}. */
  readonly uploadLog?: UploadLog
  /**
   * `wire` sends what is asked for most with little but sockets, at a small part of the SDK’s cost; `sdk` sends everything
   * through the SDK.
   */
  readonly transport?: 'wire' | 'sdk'
  /** See {@link S3Session.readsAtOnce}; false unless given. */
  readonly readsAtOnce?: boolean
  readonly lookup?: LookupFunction
  readonly timeouts?: SessionTimeouts
  readonly retries?: Partial<RetryLimits>
  /** What all sessions share may not go faster; without it nothing is held back. */
  readonly bandwidth?: Bandwidth
  /** PEM certificates to trust beside the system's. */
  readonly ca?: string
  /** See {@link S3Session.findProxy}. */
  readonly findProxy?: FindProxy
}

/**
 * The handler begins to count after three seconds, so two attempts at what sends no body end within half a minute (F4).
 * A body is given that time at once: on a slow line its end lies for long in the system's buffers, where nobody sees it
 * move (F6). Copies of gigabytes go on in silence on some services; a HEAD has always been answered before.
 */
const defaultTimeouts: SessionTimeouts = {
  connectionMs: 5000,
  socketMs: 11_000,
  uploadMs: 25_000,
  copyMs: 120_000,
}

/** Unused connections are closed after this many milliseconds, before a router forgets them and swallows a request. */
const idleSocketMs = 20_000

/** Below this the measured offset is the rounding of the Date header and the way of the answer. */
const clockNoiseMs = 2000

/** A server that is busy may write the date of a second that has just gone by, in milliseconds. */
const lateDateMs = 250

/**
 * Makes a profile's way to S3. Nothing is loaded, resolved or sent before the first request. Throws a Failure with
 * `endpoint-refused` or `insecure-endpoint` when the endpoint may not be talked to at all.
 */
export function createS3Session(options: S3SessionOptions): S3Session {
  const endpoint = checkedEndpoint(options)
  const timeouts = options.timeouts ?? defaultTimeouts
  const retries = { ...defaultRetryLimits, ...options.retries }
  const insecure = endpoint?.protocol === 'http:' && !options.insecureAllowed
  const lookup = guardedLookup({ loopbackOnly: insecure, lookup: options.lookup })
  // No limit on sockets: the SDK counts the wait for a free one as time to connect. The queues set the pace.
  const agents = createSessionAgents({
    keepAlive: true,
    idleMs: idleSocketMs,
    lookup,
    systemLookup: options.lookup,
    findProxy: options.findProxy,
    ...(options.ca === undefined ? {} : { secureContext: trustingAlso(options.ca) }),
  })
  const pace = createPace(options.readsAtOnce === true ? widePaceLimits : defaultPaceLimits)
  const clients = new Map<string, Promise<S3Client>>()
  const signers = new Map<string, Promise<S3Client>>()
  const regions = new Map<string, Promise<string>>()
  const known = new Map<string, string>()
  const endpoints = new Map<string, string>()
  let offsetMs = 0
  let measured = false
  let software: string | null = null
  let latest: { readonly serverMs: number; readonly receivedAt: number } | null = null

  const endpointIn = (region: string): string | null => {
    if (endpoint === null) return null
    const known = endpoints.get(region)
    if (known !== undefined) return known
    const url = new URL(endpoint)
    if (region !== options.region) url.hostname = hostnameIn(url.hostname, options.region, region)
    endpoints.set(region, url.origin)
    return url.origin
  }

  function observe(headers: Readonly<Record<string, string>>, sentAt: number): void {
    software = headers['server'] ?? software
    const serverTime = Date.parse(headers['date'] ?? '')
    // An answer out of a cache carries its age; its date is not now.
    if (Number.isNaN(serverTime) || headers['age'] !== undefined) return
    const receivedAt = Date.now()
    latest = { serverMs: serverTime, receivedAt }
    if (receivedAt - sentAt > 2 * clockNoiseMs) {
      // The answer to a long upload was written at its end or at its beginning: it only says what cannot be.
      const least = serverTime - receivedAt
      const most = serverTime + 1000 - sentAt
      offsetMs = Math.min(Math.max(offsetMs, least), most)
    } else {
      offsetMs = Math.round(serverTime - (sentAt + receivedAt) / 2)
    }
    if (Math.abs(offsetMs) < clockNoiseMs) offsetMs = 0
    measured = true
  }

  const wire =
    options.transport === 'sdk'
      ? undefined
      : createWire({
          agents,
          timeouts,
          retries,
          credentials: () => options.credentials(),
          clockOffsetMs: () => offsetMs,
          observe,
          pace,
          ...(options.bandwidth === undefined ? {} : { bandwidth: options.bandwidth }),
        })

  async function createClient(region: string, checksums: S3Session['checksums']): Promise<S3Client> {
    const { S3Client } = await loadSdk()
    const mode = checksums === 'when-required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED'
    const url = endpointIn(region)
    const config: S3ClientConfig & { ignoreConfiguredEndpointUrls: boolean } = {
      ...(url === null ? {} : { endpoint: url }),
      // The rest is said explicitly, so that neither AWS_* variables nor ~/.aws decide anything (S27).
      ignoreConfiguredEndpointUrls: true,
      region,
      // Called memoized so that the SDK asks at each request: keys can be typed in anew while the session lives.
      credentials: Object.assign(() => options.credentials(), { memoized: true }),
      forcePathStyle: options.addressing === 'path',
      requestChecksumCalculation: mode,
      responseChecksumValidation: mode,
      followRegionRedirects: false,
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      useAccelerateEndpoint: false,
      useArnRegion: false,
      disableMultiregionAccessPoints: true,
      disableS3ExpressSessionAuth: true,
      sigv4aSigningRegionSet: [],
      authSchemePreference: [],
      defaultsMode: 'standard',
      retryMode: 'standard',
      maxAttempts: retries.maxAttempts,
      retryStrategy: createRetryStrategy(retries, () => pace.throttled()),
      userAgentAppId: 'pail',
      systemClockOffset: offsetMs,
      logger: silentLogger,
      requestHandler: await createSdkHandler(agents, timeouts),
    }
    const client = new S3Client(config)
    client.middlewareStack.add(
      (next) => async (args) => {
        const sentAt = Date.now()
        const result = await next(args)
        observe(responseFacts(result.response).headers, sentAt)
        return result
      },
      { step: 'deserialize', priority: 'low', name: 'pailClock' },
    )
    return client
  }

  function remembered<T>(map: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
    const found = map.get(name)
    if (found) return found
    const made = make()
    map.set(name, made)
    made.catch(() => map.delete(name))
    return made
  }

  const clientIn = (region: string) =>
    remembered(clients, region, () => createClient(checkedRegion(region), options.checksums))

  async function askForRegion(bucket: string): Promise<string | undefined> {
    const direct = wireIn({ wire, endpointIn, addressing: options.addressing }, bucket, options.region)
    if (direct !== null) return headBucketThroughWire(direct)
    const [client, { HeadBucketCommand }] = await Promise.all([clientIn(options.region), loadSdk()])
    return (await client.send(new HeadBucketCommand({ Bucket: bucket }))).BucketRegion
  }

  async function resolveRegion(bucket: string): Promise<string> {
    try {
      return usableRegion(await askForRegion(bucket)) ?? options.region
    } catch (error) {
      const { status, headers } = responseFacts(error)
      const told = usableRegion(headers['x-amz-bucket-region'])
      if (told !== null) return told
      const problem = toFailure(error, {})
      if (status === 404) {
        throw failure(
          'no-such-bucket',
          `There is no bucket “${bucket}” here.`,
          problem.error.s3Code === undefined ? {} : { s3Code: problem.error.s3Code },
        )
      }
      // A refusal has no body here, so the request that follows is the one to say why.
      if (status !== null && status < 500) return options.region
      throw problem
    }
  }

  async function bucketRegion(bucket: string): Promise<string> {
    const region = await remembered(regions, bucket, () => resolveRegion(bucket))
    known.set(bucket, region)
    return region
  }

  return {
    profileId: options.profileId,
    endpoint: endpoint === null ? null : endpoint.origin,
    service: options.service ?? endpoint?.origin ?? 'aws',
    region: options.region,
    addressing: options.addressing,
    checksums: options.checksums,
    ...(options.objectAcls === undefined ? {} : { objectAcls: options.objectAcls }),
    ...(options.domains === undefined ? {} : { domains: options.domains }),
    ...(options.isOpenByPolicy === undefined ? {} : { isOpenByPolicy: options.isOpenByPolicy }),
    ...(wire === undefined ? {} : { wire }),
    readsAtOnce: options.readsAtOnce ?? false,
    pace,
    ...(options.uploadLog === undefined ? {} : { uploadLog: options.uploadLog }),
    ...(options.bandwidth === undefined ? {} : { bandwidth: options.bandwidth }),
    ...(options.findProxy === undefined ? {} : { findProxy: options.findProxy }),
    client: async (bucket) => clientIn(bucket === undefined ? options.region : await bucketRegion(bucket)),
    clientIn,
    async presigningClient(bucket) {
      const region = await bucketRegion(bucket)
      return remembered(signers, region, () => createClient(checkedRegion(region), 'when-required'))
    },
    credentials: () => options.credentials(),
    clockOffsetMs: () => offsetMs,
    clockMeasured: () => measured,
    serverSoftware: () => software,
    serverSpanSince(startedAtMs) {
      if (latest === null || latest.receivedAt < startedAtMs) return null
      // A Date header is the second that had begun.
      const fromMs = latest.serverMs - (latest.receivedAt - startedAtMs) - 1000
      return { fromMs, toMs: latest.serverMs + 999 + lateDateMs }
    },
    bucketRegion,
    knownRegion: (bucket) => known.get(bucket) ?? options.region,
    isRegionKnown: (bucket) => known.has(bucket),
    endpointIn,
    rememberRegion(bucket, region) {
      known.set(bucket, region)
      regions.set(bucket, Promise.resolve(region))
    },
    forgetRegion(bucket) {
      known.delete(bucket)
      regions.delete(bucket)
    },
    destroy() {
      for (const map of [clients, signers]) {
        for (const client of map.values()) {
          client.then(
            (made) => made.destroy(),
            () => undefined,
          )
        }
      }
      agents.destroy()
    },
  }
}

/** Trusts whom Node trusts, and these certificates in PEM. */
function trustingAlso(ca: string): SecureContext {
  // Not imported: that would read the system's certificates also where none are added to them.
  const tls = process.getBuiltinModule('node:tls')
  // Missing before Node 22.15, which then leaves out what NODE_EXTRA_CA_CERTS names.
  const known: readonly string[] = tls.getCACertificates?.('default') ?? tls.rootCertificates
  return tls.createSecureContext({ ca: [...known, ca] })
}

function checkedEndpoint(options: S3SessionOptions): URL | null {
  if (options.endpoint === null) return null
  let url: URL
  try {
    url = new URL(options.endpoint)
  } catch {
    throw failure('endpoint-refused', 'The endpoint is not a URL. It looks like https://s3.example.org.')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw failure('endpoint-refused', 'The endpoint has to begin with https:// or http://.')
  }
  if (url.username !== '' || url.password !== '') {
    throw failure('endpoint-refused', 'The endpoint must not hold a user name or password.')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isForbiddenLiteral(host)) {
    throw failure(
      'endpoint-refused',
      `Pail does not connect to ${host}: it is a link-local, metadata or unusable address.`,
    )
  }
  if (url.protocol === 'http:' && !options.insecureAllowed && !isLoopbackHost(url.hostname)) {
    throw failure(
      'insecure-endpoint',
      `http://${url.host} would send requests and files in the clear. Use https, or allow this host in the profile.`,
    )
  }
  return url
}

/** A region name as it may stand in a host name; anything else could send a request elsewhere (S30). */
function usableRegion(region: string | undefined): string | null {
  return region !== undefined && /^[A-Za-z0-9-]{1,63}$/.test(region) ? region : null
}

function checkedRegion(region: string): string {
  const usable = usableRegion(region)
  if (usable === null)
    throw failure('invalid-argument', `“${region.slice(0, 64)}” is not the name of a region.`)
  return usable
}

/** The endpoint's host for another region: the template's region label replaced, or the same host if it has none. */
function hostnameIn(hostname: string, from: string, to: string): string {
  const labels = hostname.split('.')
  const at = labels.indexOf(from.toLowerCase())
  if (at === -1 || at >= labels.length - 2) return hostname
  labels[at] = to.toLowerCase()
  return labels.join('.')
}
