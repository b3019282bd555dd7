import type { LeakScan } from '../../src-preload/contract/leak-scan.ts'
import { formatCount } from './format.ts'

/** What a scan came to, in one line; `kind` says how good that is. */
export interface LeakVerdict {
  readonly kind: 'ok' | 'danger' | 'warning'
  readonly title: string
  readonly sentences: readonly string[]
}

/** How far a running scan is, in words and as a part of the whole; null while the keys are being found. */
export function leakProgress(scan: LeakScan): { text: string; fraction: number | null } {
  if (scan.state === 'listing')
    return { text: `${formatCount(scan.objects, 'object')} found`, fraction: null }
  const asked = scan.chosen - scan.notAsked
  return {
    text: `${asked.toLocaleString()} of ${formatCount(scan.chosen, 'object')} asked for, ${scan.counts.public.toLocaleString()} public`,
    fraction: scan.chosen === 0 ? 1 : asked / scan.chosen,
  }
}

/** The verdict on a scan that has ended. Only a whole one that met nothing but refusals is good. */
export function leakVerdict(scan: LeakScan): LeakVerdict {
  const { counts, chosen, objects, notAsked, isSampled, listing, unknowns, error } = scan
  const asked = chosen - notAsked
  const sentences = [
    `${asked.toLocaleString()} of ${formatCount(objects, 'object')} asked for without signing: ${counts.public.toLocaleString()} public, ${counts.private.toLocaleString()} private, ${counts.unknown.toLocaleString()} unknown.`,
  ]
  if (isSampled) sentences.push('That is a random sample: what was not asked for may be public.')
  if (listing?.visibility === 'public') sentences.push('Everybody can list the names of all objects.')
  if (listing?.visibility === 'unknown')
    sentences.push('Whether everybody can list the names of the objects could not be found out.')
  const reason = [listing, ...unknowns].find((check) => check?.reason !== undefined)?.reason
  if (reason !== undefined) sentences.push(reason)
  if (error !== null) sentences.push(error.message)
  if (counts.public > 0 || listing?.visibility === 'public')
    return {
      kind: 'danger',
      title: counts.public > 0 ? `${formatCount(counts.public, 'object')} public` : 'The names are public',
      sentences,
    }
  if (scan.state !== 'done') return { kind: 'warning', title: 'The scan was not finished', sentences }
  if (counts.unknown > 0 || listing?.visibility !== 'private')
    return { kind: 'warning', title: 'No leak was found, but not everything is known', sentences }
  return {
    kind: isSampled ? 'warning' : 'ok',
    title: isSampled ? 'No leak was found in the sample' : 'Nobody can read anything here without signing',
    sentences,
  }
}
