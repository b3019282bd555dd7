import { Failure } from '../../src-preload/contract/failure.ts'
import type { ConnectionCheck, ConnectionReport } from '../../src-preload/contract/profile.ts'
import { listBuckets } from '../s3/buckets.ts'
import { type HttpProxy, proxyTo } from '../s3/find-proxy.ts'
import { listObjectsPage } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { awsOrigin } from '../s3/wire/wire-target.ts'

/** S3 refuses requests whose clock is further off, in seconds. */
const allowedSkewSeconds = 900
/** Above it the clock is worth a word, in seconds. */
const noticedSkewSeconds = 60

type Check = ConnectionCheck['check']

/**
 * Tries a profile and tells in words what was found: by way of which proxy, if any, whether something answers, whether it accepts the keys, whether
 * they may list buckets, and how the clocks compare. A key that may not list buckets is usable with names typed in; if
 * there are any, the first one is tried instead. Never throws but for a bug.
 */
export async function testConnection(
  session: S3Session,
  bucketNames: readonly string[],
): Promise<ConnectionReport> {
  const listing = await failureOf(() => listBuckets(session))
  // A key for one bucket is often refused everything else, so its own bucket is the better question.
  const bucket = bucketNames[0]
  const refused = listing?.code === 'access-denied' || listing?.code === 'not-supported'
  const own =
    refused && bucket !== undefined
      ? await failureOf(() => listObjectsPage(session, { bucket, prefix: '', maxKeys: 1 }))
      : undefined
  const checks = [
    ...(await throughProxy(listing, session)),
    reachable(listing, session),
    accepted(listing, own, bucket),
    mayList(listing, own, bucket),
    clock(session),
  ]
  const outcomeOf = (check: Check) => checks.find((one) => one.check === check)?.outcome
  return {
    checks,
    clockSkewSeconds: session.clockMeasured() ? skewSeconds(session) : null,
    usable: outcomeOf('reachable') === 'ok' && outcomeOf('credentials') === 'ok',
  }
}

type Problem = Failure['error']

async function failureOf(work: () => Promise<unknown>): Promise<Problem | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof Failure) return error.error
    throw error
  }
}

const unreachableCodes = new Set<string>([
  'unreachable',
  'dns',
  'timeout',
  'tls',
  'endpoint-refused',
  'insecure-endpoint',
])
const keyCodes = new Set<string>(['unknown-access-key', 'signature-mismatch', 'expired-token', 'clock-skew'])
const localCodes = new Set<string>([
  'no-credentials',
  'command-not-allowed',
  'keychain-locked',
  'keychain-unavailable',
  'keychain-timeout',
])

const saidBy: Readonly<Record<HttpProxy['saidBy'], string>> = {
  profile: 'as this profile says',
  system: 'as the system’s settings say',
  environment: 'as the environment says',
  'command-line': 'as --proxy says',
}

/** Nothing goes by way of others unsaid. */
async function throughProxy(listing: Problem | null, session: S3Session): Promise<ConnectionCheck[]> {
  const check = 'proxy'
  const way = await wayTo(session)
  if (way === null) return []
  if (way instanceof Failure) return [{ check, outcome: 'failed', text: way.message }]
  if (listing?.code === 'proxy') return [{ check, outcome: 'failed', text: listing.message }]
  return [{ check, outcome: 'ok', text: `Requests go through ${way.origin}, ${saidBy[way.saidBy]}.` }]
}

/** The proxy to the service; null for none. */
async function wayTo({ findProxy, endpoint, region }: S3Session): Promise<HttpProxy | Failure | null> {
  const origin = endpoint ?? awsOrigin('s3', region)
  if (origin === null) return null
  try {
    return await proxyTo(findProxy, new URL(origin))
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

function reachable(listing: Problem | null, session: S3Session): ConnectionCheck {
  const where = session.endpoint ?? `Amazon S3 in ${session.region}`
  if (listing !== null && unreachableCodes.has(listing.code)) {
    return { check: 'reachable', outcome: 'failed', text: listing.message }
  }
  if (listing?.code === 'proxy')
    return { check: 'reachable', outcome: 'unknown', text: 'Nothing came through to the service.' }
  if (listing !== null && localCodes.has(listing.code) && !session.clockMeasured()) {
    return {
      check: 'reachable',
      outcome: 'unknown',
      text: 'Nothing was sent, because there were no keys to send it with.',
    }
  }
  if (listing?.code === 'server-error' || listing?.code === 'slow-down' || listing?.code === 'wrong-region') {
    return {
      check: 'reachable',
      outcome: listing.code === 'slow-down' ? 'ok' : 'failed',
      text: listing.message,
    }
  }
  return { check: 'reachable', outcome: 'ok', text: `${where} answers.` }
}

function accepted(
  listing: Problem | null,
  own: Problem | null | undefined,
  bucket: string | undefined,
): ConnectionCheck {
  const check = 'credentials'
  if (listing === null || own === null) return { check, outcome: 'ok', text: 'The service accepts the keys.' }
  if (keyCodes.has(listing.code) || localCodes.has(listing.code)) {
    return { check, outcome: 'failed', text: listing.message }
  }
  if (own !== undefined) {
    if (keyCodes.has(own.code)) return { check, outcome: 'failed', text: own.message }
    // Refused by name and not by signature: the service knows who asks.
    if (own.code === 'access-denied' || own.code === 'no-such-bucket') {
      return {
        check,
        outcome: 'ok',
        text: `The service knows the keys, but for “${bucket}” it says: ${own.message}`,
      }
    }
    return { check, outcome: 'unknown', text: own.message }
  }
  if (listing.code === 'access-denied') {
    return { check, outcome: 'ok', text: 'The service knows the keys.' }
  }
  return {
    check,
    outcome: 'unknown',
    text: 'It could not be found out whether the service accepts the keys.',
  }
}

function mayList(
  listing: Problem | null,
  own: Problem | null | undefined,
  bucket: string | undefined,
): ConnectionCheck {
  const check = 'list-buckets'
  if (listing === null) return { check, outcome: 'ok', text: 'The keys may list the account’s buckets.' }
  if (listing.code === 'access-denied' || listing.code === 'not-supported') {
    const rest =
      own === null
        ? ` “${bucket}” can be opened.`
        : ' Type the names of your buckets into the profile; Pail works with them just the same.'
    return { check, outcome: 'failed', text: `The keys may not list the account’s buckets.${rest}` }
  }
  return { check, outcome: 'unknown', text: 'It could not be found out which buckets the keys may list.' }
}

function skewSeconds(session: S3Session): number {
  return 0 - Math.round(session.clockOffsetMs() / 1000)
}

function clock(session: S3Session): ConnectionCheck {
  const check = 'clock'
  if (!session.clockMeasured()) {
    return { check, outcome: 'unknown', text: 'The clocks could not be compared.' }
  }
  const seconds = skewSeconds(session)
  const amount = inWords(Math.abs(seconds))
  const side = seconds > 0 ? 'ahead of' : 'behind'
  if (Math.abs(seconds) <= noticedSkewSeconds) {
    return { check, outcome: 'ok', text: 'This computer’s clock agrees with the service’s.' }
  }
  if (Math.abs(seconds) <= allowedSkewSeconds) {
    return {
      check,
      outcome: 'ok',
      text: `This computer’s clock is ${amount} ${side} the service’s, which S3 still accepts.`,
    }
  }
  return {
    check,
    outcome: 'failed',
    text: `This computer’s clock is ${amount} ${side} the service’s. Pail allows for it, but set the clock: other programs cannot.`,
  }
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}
