import type { PublicAccessBlock, Reading } from '../../src-preload/contract/bucket-access.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { AwsClientOptions } from './aws-client-config.ts'
import { awsClientConfig } from './aws-client-config.ts'
import { asPublicAccessBlock } from './bucket-access.ts'
import { withFailures } from './map-error.ts'
import { defaultRetryLimits } from './retry-strategy.ts'
import type { S3Session } from './s3-session.ts'

/** S3 Control and STS are other hosts than S3: where a firewall knows them not, a report does not wait for long. */
const patience: Pick<AwsClientOptions, 'timeouts' | 'retries'> = {
  timeouts: { connectionMs: 3000, socketMs: 5000 },
  retries: { ...defaultRetryLimits, maxAttempts: 2, maxTimeoutAttempts: 1 },
}

/** The account of a key never changes. */
const accounts = new WeakMap<S3Session, { readonly accessKeyId: string; readonly account: string }>()

/**
 * Block Public Access of the whole account, which wins over a bucket's where it is stricter (S3 Control,
 * GetPublicAccessBlock; the account is the one that STS names for the keys). Null where none is set. Whatever keeps it
 * from being read makes it `unknown`, with the reason; only a cancellation is thrown.
 */
export async function readAccountBlock(
  session: S3Session,
  how: { readonly signal?: AbortSignal; readonly requestHandler?: AwsClientOptions['requestHandler'] } = {},
): Promise<Reading<PublicAccessBlock | null>> {
  const options: AwsClientOptions = {
    region: session.region,
    ...patience,
    ...(how.requestHandler ? { requestHandler: how.requestHandler } : {}),
  }
  const sending = how.signal ? { abortSignal: how.signal } : {}
  try {
    return await withFailures({}, async () => {
      const account = await accountOf(session, options, sending)
      const [{ S3ControlClient, GetPublicAccessBlockCommand }, config] = await Promise.all([
        import('@aws-sdk/client-s3-control'),
        awsClientConfig(session, options),
      ])
      const client = new S3ControlClient(config)
      try {
        const answer = await client.send(new GetPublicAccessBlockCommand({ AccountId: account }), sending)
        const value = asPublicAccessBlock(answer.PublicAccessBlockConfiguration)
        if (value !== undefined) return { state: 'read', value }
        throw failure('not-supported', 'The service answered something else than this setting.')
      } finally {
        client.destroy()
      }
    })
  } catch (error) {
    if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
    const { code, message, s3Code } = error.error
    if (s3Code === 'NoSuchPublicAccessBlockConfiguration') return { state: 'read', value: null }
    const isDenied = code === 'access-denied'
    return {
      state: 'unknown',
      code,
      message: isDenied ? 'These keys may not read it (s3:GetAccountPublicAccessBlock).' : message,
    }
  }
}

async function accountOf(
  session: S3Session,
  options: AwsClientOptions,
  sending: { readonly abortSignal?: AbortSignal },
): Promise<string> {
  const { accessKeyId } = await session.credentials()
  const known = accounts.get(session)
  if (known?.accessKeyId === accessKeyId) return known.account
  const [{ STSClient, GetCallerIdentityCommand }, config] = await Promise.all([
    import('@aws-sdk/client-sts'),
    awsClientConfig(session, options),
  ])
  const client = new STSClient(config)
  try {
    const { Account: account } = await client.send(new GetCallerIdentityCommand({}), sending)
    if (account === undefined) throw failure('not-supported', 'STS did not say whose these keys are.')
    accounts.set(session, { accessKeyId, account })
    return account
  } finally {
    client.destroy()
  }
}
