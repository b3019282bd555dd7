import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import type { ToldOpens } from '../../src-preload/contract/told-opens.ts'
import type { CommandContext } from './command.ts'
import { counted, plainText } from './plain-text.ts'
import { formatS3Url } from './s3-url.ts'

/** Names and counts what becomes public (S44), also where nobody is asked; `becomes` is how that is said. */
export function tellOpens(
  { output }: Pick<CommandContext, 'output'>,
  bucket: string,
  opens: ToldOpens,
  becomes = 'public',
): void {
  const { objects, more = false, switches = [] } = opens
  output.say(`${countOf(opens)} in ${bucket} ${objects === 1 && !more ? 'becomes' : 'become'} ${becomes}:`)
  tellNames({ output }, bucket, opens)
  for (const each of switches) output.say(switchWords(each, bucket))
  tellPrefixes({ output }, bucket, opens)
}

/** The first of the objects, a line each, and how many others there are. */
export function tellNames(
  { output }: Pick<CommandContext, 'output'>,
  bucket: string,
  { objects, more = false, sample }: Pick<ToldOpens, 'objects' | 'more' | 'sample'>,
): void {
  for (const key of sample) output.say(plainText(`  ${formatS3Url({ bucket, key })}`))
  if (objects > sample.length)
    output.say(`  and ${more ? 'at least ' : ''}${counted(objects - sample.length, 'more', 'more')}`)
}

/** What is opened as a whole. */
export function tellPrefixes(
  { output }: Pick<CommandContext, 'output'>,
  bucket: string,
  { prefixes = [] }: Pick<ToldOpens, 'prefixes'>,
): void {
  for (const prefix of prefixes)
    output.say(
      plainText(`Whatever comes below ${formatS3Url({ bucket, key: prefix })} later is public, too.`),
    )
}

/** How many objects, as far as they were counted. */
export function countOf({ objects, more = false }: Pick<ToldOpens, 'objects' | 'more'>): string {
  return `${counted(objects, 'object')}${more ? ' and more' : ''}`
}

/** What is done with a switch of the service. */
export function switchWords({ kind, domain, to }: BucketSwitch, bucket: string): string {
  return kind === 'bucket-acl'
    ? `The bucket’s own ACL becomes ${to === 'public' ? 'public-read' : 'private'}: all of ${bucket} is ${to} then.`
    : `${domain} is switched ${to === 'public' ? 'on' : 'off'}, through which all of ${bucket} is read.`
}
