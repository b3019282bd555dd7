import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { guardedLookup } from './address-policy.ts'
import { HttpAgent, HttpsAgent } from './node-http.ts'
import { createRetryStrategy, defaultRetryLimits, type RetryLimits } from './retry-strategy.ts'
import type { S3Session } from './s3-session.ts'

/** The SDK logs to the console where it finds no logger; what it would print can hold a request. */
const silentLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** What another service of AWS is asked with. */
export interface AwsClientOptions {
  /** For which region requests are signed, and where the service is asked unless `endpoint` says otherwise. */
  readonly region: string
  /** The service's URL, where the region does not tell it; plain http is for tests on this computer (S28, S29). */
  readonly endpoint?: string
  /** In milliseconds. */
  readonly timeouts?: { readonly connectionMs: number; readonly socketMs: number }
  readonly retries?: RetryLimits
  /** Stands in for the network in a test. */
  readonly requestHandler?: Pick<NodeHttpHandler, 'handle'>
}

/** The part of the SDK's configuration that is the same for all services. */
export type AwsClientConfig = Pick<
  S3ClientConfig,
  | 'endpoint'
  | 'region'
  | 'credentials'
  | 'useDualstackEndpoint'
  | 'useFipsEndpoint'
  | 'authSchemePreference'
  | 'defaultsMode'
  | 'retryMode'
  | 'maxAttempts'
  | 'retryStrategy'
  | 'userAgentAppId'
  | 'systemClockOffset'
  | 'logger'
  | 'requestHandler'
> & { ignoreConfiguredEndpointUrls: boolean }

/**
 * For a client of another service of AWS that has the session's keys and clock and nothing else: endpoint, region and
 * credentials are said explicitly, so that neither `AWS_*` nor `~/.aws` decide anything (S27). The client is destroyed
 * after use; what the SDK needs is loaded now.
 */
export async function awsClientConfig(
  session: S3Session,
  { region, endpoint, timeouts, retries = defaultRetryLimits, requestHandler }: AwsClientOptions,
): Promise<AwsClientConfig> {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler')
  const lookup = guardedLookup({ loopbackOnly: endpoint?.startsWith('http:') === true })
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    region,
    credentials: Object.assign(() => session.credentials(), { memoized: true }),
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: [],
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: retries.maxAttempts,
    retryStrategy: createRetryStrategy(retries),
    userAgentAppId: 'pail',
    systemClockOffset: session.clockOffsetMs(),
    logger: silentLogger,
    requestHandler:
      (requestHandler as NodeHttpHandler | undefined) ??
      new NodeHttpHandler({
        connectionTimeout: timeouts?.connectionMs ?? 5000,
        socketTimeout: timeouts?.socketMs ?? 20_000,
        httpAgent: new HttpAgent({ lookup }),
        httpsAgent: new HttpsAgent({ lookup }),
        logger: silentLogger,
      }),
  }
}
