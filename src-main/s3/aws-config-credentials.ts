import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { FindProxy } from './find-proxy.ts'
import { toFailure } from './map-error.ts'
import type { S3Credentials } from './s3-session.ts'
import { createBriefSdkHandler, silentLogger } from './sdk-handler.ts'

/** The role to take on, with the keys that may. `endpoint` is for tests and private clouds. */
export interface AssumeRoleOptions {
  readonly source: S3Credentials
  readonly roleArn: string
  readonly sessionName: string
  readonly externalId: string | null
  readonly durationSeconds: number | null
  readonly region: string
  readonly endpoint?: string
  readonly findProxy?: FindProxy | undefined
}

/** A single sign-on whose token `aws sso login` has left in `~/.aws/sso/cache`. */
export interface SsoOptions {
  readonly profileName: string
  readonly session: string | null
  readonly startUrl: string
  readonly region: string
  readonly accountId: string
  readonly roleName: string
  /** The files that name the session; it is looked up in them for its token. */
  readonly files: { readonly config: string; readonly credentials: string }
  readonly endpoint?: string
  readonly findProxy?: FindProxy | undefined
}

/** Explicit in everything, so that neither the environment nor `~/.aws` sends the request elsewhere (S27). */
async function clientConfig({
  region,
  endpoint,
  findProxy,
}: Pick<AssumeRoleOptions, 'region' | 'endpoint' | 'findProxy'>) {
  return {
    region,
    ignoreConfiguredEndpointUrls: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    maxAttempts: 3,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    ...(endpoint === undefined ? {} : { endpoint }),
    logger: silentLogger,
    requestHandler: await createBriefSdkHandler(endpoint, findProxy),
  }
}

/** Takes on a role with STS. Throws Failures; an STS refusal is `access-denied`. */
export async function assumeRole(options: AssumeRoleOptions): Promise<S3Credentials> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  try {
    const provider = fromTemporaryCredentials({
      masterCredentials: { ...options.source },
      params: {
        RoleArn: options.roleArn,
        RoleSessionName: options.sessionName,
        ...(options.externalId === null ? {} : { ExternalId: options.externalId }),
        ...(options.durationSeconds === null ? {} : { DurationSeconds: options.durationSeconds }),
      },
      clientConfig: await clientConfig(options),
    })
    return plain(await provider())
  } catch (error) {
    throw namedFailure(error, `The role ${options.roleArn} could not be taken on`)
  }
}

/**
 * Exchanges the cached single sign-on token for keys. Throws Failures: `expired-token` when there is no token or it
 * has ended.
 */
export async function ssoCredentials(options: SsoOptions): Promise<S3Credentials> {
  const { fromSSO } = await import('@aws-sdk/credential-providers')
  try {
    const provider = fromSSO({
      profile: options.profileName,
      ssoStartUrl: options.startUrl,
      ssoRegion: options.region,
      ssoAccountId: options.accountId,
      ssoRoleName: options.roleName,
      ...(options.session === null ? {} : { ssoSession: options.session }),
      filepath: options.files.credentials,
      configFilepath: options.files.config,
      ignoreCache: true,
      clientConfig: await clientConfig(options),
    })
    return plain(await provider())
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    if (/expired|invalid|not found|refresh|unauthorized/i.test(message)) {
      throw failure(
        'expired-token',
        `The single sign-on has ended. Run “aws sso login --profile ${options.profileName}” and try again.`,
      )
    }
    throw namedFailure(error, 'The single sign-on did not give keys')
  }
}

/** Only what signs: the SDK adds traces of where the keys came from. */
function plain(found: S3Credentials): S3Credentials {
  return {
    accessKeyId: found.accessKeyId,
    secretAccessKey: found.secretAccessKey,
    ...(found.sessionToken === undefined ? {} : { sessionToken: found.sessionToken }),
    ...(found.expiration === undefined ? {} : { expiration: found.expiration }),
  }
}

function namedFailure(error: unknown, what: string): Failure {
  const problem = toFailure(error)
  return new Failure(
    { ...problem.error, message: `${what}: ${problem.message}`.slice(0, 2000) },
    { cause: problem.cause },
  )
}
