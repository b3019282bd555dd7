import type { LeakScan } from '../../../src-preload/contract/leak-scan.ts'
import { Failure } from '../../../src-preload/contract/failure.ts'
import { destinationOption, readPlace } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { valueOf } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, plainText } from '../plain-text.ts'
import { formatS3Url, parsePlaceUrl, type SyncPlaceUrl } from '../s3-url.ts'

/** The options of `pail scan`. */
export const scanOptions = destinationOption

/** Checks the arguments of `pail scan`. */
export function prepareScan(given: Given): Run {
  const place = readPlace(given, given.positionals[0], parsePlaceUrl)
  return (context) => scan(context, place(context))
}

async function scan(context: CommandContext, { bucket, prefix }: SyncPlaceUrl): Promise<ExitCode> {
  const { api, output, profileId, signal } = context
  const ended = await new Promise<LeakScan>((resolve, reject) => {
    let scanId: string | null = null
    const early: LeakScan[] = []
    const unsubscribe = api.onLeakScan((now) => {
      if (scanId === null) early.push(now)
      else if (now.scanId === scanId) follow(now)
    })
    const stop = () => {
      if (scanId !== null) void api.cancelLeakScan({ scanId })
    }
    const end = () => {
      unsubscribe()
      signal.removeEventListener('abort', stop)
    }
    const follow = (now: LeakScan) => {
      if (now.endedAt === null) return output.progress(progressText(now))
      end()
      resolve(now)
    }
    signal.addEventListener('abort', stop)
    api.startLeakScan({ profileId, bucket, prefix }).then(
      (result) => {
        try {
          ;({ scanId } = valueOf(result))
        } catch (error) {
          end()
          return reject(error as Error)
        }
        for (const now of early) if (now.scanId === scanId) follow(now)
        // It may have been stopped before it had a name.
        if (signal.aborted) stop()
      },
      (error: Error) => {
        end()
        reject(error)
      },
    )
  })
  output.endProgress()
  for (const { key } of ended.leaks) await output.line(plainText(formatS3Url({ bucket, key })))
  await output.document(ended)
  summarise(context, ended)
  if (ended.state === 'stopped' || ended.state === 'failed') throw new Failure(ended.error ?? unexplained)
  const isClean =
    ended.counts.public === 0 && ended.counts.unknown === 0 && ended.listing?.visibility === 'private'
  return isClean ? exitCode.done : exitCode.failed
}

const unexplained = { code: 'bug', message: 'The scan ended without a reason.', retryable: false } as const

function progressText({ state, objects, chosen, notAsked, counts }: LeakScan): string {
  return state === 'listing'
    ? `${counted(objects, 'object')} found`
    : `${chosen - notAsked} of ${chosen} asked for, ${counts.public} public`
}

/** Says what was asked and what was not: a sample, or a scan that was stopped, is never called clean. */
function summarise({ output }: CommandContext, scan: LeakScan): void {
  const { counts, chosen, objects, notAsked, isSampled, listing, leaks, unknowns } = scan
  const asked = chosen - notAsked
  output.say(
    `${counted(asked, 'object')} of ${objects.toLocaleString('en-GB')} asked for without signing: ${counts.public} public, ${counts.private} private, ${counts.unknown} unknown.`,
  )
  if (isSampled) output.warn('That is a random sample: what was not asked for may be public.')
  if (notAsked > 0) output.warn(`${counted(notAsked, 'object')} were not asked for.`)
  if (leaks.length < counts.public) output.warn(`The first ${leaks.length} are named.`)
  if (listing?.visibility === 'public') output.warn('Everybody can list the keys.')
  if (listing?.visibility === 'unknown')
    output.warn('Whether everybody can list the keys could not be found out.')
  const reason = [listing, ...unknowns].find((check) => check?.reason !== undefined)?.reason
  if (reason !== undefined) output.warn(reason)
}
