import { readDocument } from './read-document.ts'
import type { Wire } from './send.ts'
import { awsOrigin } from './wire-target.ts'

/** Where the services of an account listen; null where only the SDK knows that. */
export interface AccountServices {
  /** STS in a region. */
  sts(region: string): string | null
  /** S3 Control of an account in a region. */
  control(account: string, region: string): string | null
}

/** Those of AWS. */
export const awsAccountServices: AccountServices = {
  sts: (region) => awsOrigin('sts', region),
  control: (account, region) => awsOrigin(`${account}.s3-control`, region),
}

/** How an account's services are reached. */
export interface AccountTarget {
  readonly wire: Wire
  readonly region: string
  readonly services: AccountServices
  readonly signal?: AbortSignal | undefined
}

/** GetCallerIdentity of STS: the number of the account; null where the service is not known. Throws a `WireError`. */
export async function callerAccountThroughWire(target: AccountTarget): Promise<string | null> {
  const { wire, region, services, signal } = target
  const origin = services.sts(region)
  if (origin === null) return null
  const answer = await wire.send({
    origin: new URL(origin),
    region,
    service: 'sts',
    method: 'GET',
    path: '/',
    query: [
      ['Action', 'GetCallerIdentity'],
      ['Version', '2011-06-15'],
    ],
    headers: {},
    signal,
  })
  let account: string | null = null
  readDocument(answer, 'GetCallerIdentityResponse', {
    open() {},
    close(name, depth, text) {
      if (depth === 3 && name === 'Account') account = text ?? null
    },
  })
  return account
}

/** GetPublicAccessBlock of S3 Control: the settings by S3's names. Null where that is not known. Throws a `WireError`. */
export async function accountBlockThroughWire(
  target: AccountTarget,
  account: string,
): Promise<ReadonlyMap<string, string> | null> {
  const { wire, region, services, signal } = target
  const origin = /^\d{12}$/.test(account) ? services.control(account, region) : null
  if (origin === null) return null
  const answer = await wire.send({
    origin: new URL(origin),
    region,
    method: 'GET',
    path: '/v20180820/configuration/publicAccessBlock',
    query: [],
    headers: { 'x-amz-account-id': account },
    signal,
  })
  return readDocument(answer, 'PublicAccessBlockConfiguration')
}
