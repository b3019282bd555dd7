import type { PublicAccessBlock, Reading } from '../../src-preload/contract/bucket-access.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import type { AccountServices, AccountTarget } from './wire/account-operations.ts'
import {
  accountBlockThroughWire,
  awsAccountServices,
  callerAccountThroughWire,
} from './wire/account-operations.ts'

/** S3 Control and STS are other hosts than S3: where a firewall keeps them away, a report waits no longer, in ms. */
const withinMs = 8000

/** The account of a key never changes. */
const accounts = new WeakMap<S3Session, { readonly accessKeyId: string; readonly account: string }>()

/**
 * Block Public Access of the whole account, which wins over a bucket's where it is stricter (S3 Control,
 * GetPublicAccessBlock; the account is the one that STS names for the keys). Null where none is set. Whatever keeps it
 * from being read makes it `unknown`, with the reason; only a cancellation is thrown.
 */
export async function readAccountBlock(
  session: S3Session,
  how: {
    readonly signal?: AbortSignal
    readonly services?: AccountServices
    readonly withinMs?: number
  } = {},
): Promise<Reading<PublicAccessBlock | null>> {
  const { wire, region } = session
  if (wire === undefined)
    return unknownBlock('This profile sends everything through the AWS SDK, which is not asked for it.')
  const patience = AbortSignal.timeout(how.withinMs ?? withinMs)
  const target: AccountTarget = {
    wire,
    region,
    services: how.services ?? awsAccountServices,
    signal: how.signal ? AbortSignal.any([how.signal, patience]) : patience,
  }
  try {
    return await withFailures({}, async () => {
      const account = await accountOf(session, target)
      const told = account === null ? null : await accountBlockThroughWire(target, account)
      if (told === null) return unknownBlock('Where this account’s settings are asked for is not known.')
      const value = asPublicAccessBlock(told)
      if (value !== null) return { state: 'read', value }
      return unknownBlock('The service answered something else than this setting.')
    })
  } catch (error) {
    if (!(error instanceof Failure) || how.signal?.aborted === true) throw error
    const { code, message, s3Code } = error.error
    if (s3Code === 'NoSuchPublicAccessBlockConfiguration') return { state: 'read', value: null }
    if (patience.aborted)
      return { ...unknownBlock('The account’s service did not answer in time.'), code: 'timeout' }
    const isDenied = code === 'access-denied'
    return {
      state: 'unknown',
      code,
      message: isDenied ? 'These keys may not read it (s3:GetAccountPublicAccessBlock).' : message,
    }
  }
}

function unknownBlock(message: string) {
  return { state: 'unknown', code: 'not-supported', message } as const
}

async function accountOf(session: S3Session, target: AccountTarget): Promise<string | null> {
  const { accessKeyId } = await session.credentials()
  const known = accounts.get(session)
  if (known?.accessKeyId === accessKeyId) return known.account
  const account = await callerAccountThroughWire(target)
  if (account !== null) accounts.set(session, { accessKeyId, account })
  return account
}

/** The four settings by S3's names; null where the document does not have them all. */
function asPublicAccessBlock(told: ReadonlyMap<string, string>): PublicAccessBlock | null {
  const names = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const
  const [acls, ignore, policy, restrict] = names.map((name) => told.get(name))
  const all = [acls, ignore, policy, restrict]
  if (!all.every((value) => value === 'true' || value === 'false')) return null
  return {
    blockPublicAcls: acls === 'true',
    ignorePublicAcls: ignore === 'true',
    blockPublicPolicy: policy === 'true',
    restrictPublicBuckets: restrict === 'true',
  }
}
