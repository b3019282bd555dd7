import type { Destination } from '../../src-preload/contract/destination.ts'
import type { Naming } from '../../src-preload/contract/naming.ts'
import { ask, type CommandContext, type Given } from './command.ts'
import { parseObjectUrl, type S3Url } from './s3-url.ts'
import { UsageError } from './usage-error.ts'

/** The option of commands that can take a place by the name of its destination. */
export const destinationOption = {
  to: {
    type: 'string',
    value: 'NAME',
    text: 'a destination of the application, in place of s3://… (pail destinations lists them)',
  },
} as const

/**
 * The destination that `--to` means: by id, else by its name, or as `bucket/name` where several buckets have one of that
 * name. `profileId` narrows them to one profile. Throws a {@link UsageError} when there is none or more than one.
 */
export async function chooseDestination(
  context: Pick<CommandContext, 'api' | 'signal'>,
  name: string,
  profileId: string | null,
): Promise<Destination> {
  const all = await ask(context, context.api.listDestinations({}))
  const candidates = all.filter((each) => profileId === null || each.profileId === profileId)
  const byId = candidates.find(({ id }) => id === name)
  if (byId) return byId
  const found = candidates.filter((each) => each.name === name || `${each.bucket}/${each.name}` === name)
  const [first, ...others] = found
  if (first === undefined)
    throw new UsageError(
      `There is no destination “${name}”. ${candidates.length > 0 ? `There are: ${candidates.map((each) => each.name).join(', ')}.` : 'The application has none.'}`,
    )
  if (others.length > 0)
    throw new UsageError(
      `${found.length} destinations are called “${name}”. Say which as bucket/name, or by its id: ${found.map(({ id }) => id).join(', ')}.`,
    )
  return first
}

/** How a destination names what is uploaded to it; one that is filled from a folder takes names as they are. */
export function namingIn(destination: Destination): Naming {
  const { keyTemplate = null, cleanNames = false } = destination.kind === 'media' ? destination : {}
  return { template: keyTemplate, clean: cleanNames ? 'django' : 'as-is' }
}

/** What an argument means once the destination of `--to` is known, if there is one. */
export type Placed<T> = (context: Pick<CommandContext, 'destination'>) => T

/**
 * Reads where an object is: its address or, with `--to`, its key below the destination, which may have the prefix already.
 * `parse` reads an address. Asks nobody; throws a {@link UsageError} for an address with `--to`, and for what is not below.
 */
export function readObject(
  given: Given,
  target: string,
  parse: (address: string) => S3Url = parseObjectUrl,
): Placed<S3Url> {
  const to = given.text('to')
  if (to === undefined) {
    const url = parse(target)
    return () => url
  }
  refuseOutside(to, target)
  return (context) => {
    const { bucket, prefix } = destinationOf(context)
    return { bucket, key: target.startsWith(prefix) ? target : `${prefix}${target}` }
  }
}

/** Throws a {@link UsageError} for what cannot be the key of an object below the destination that `--to` names. */
export function refuseOutside(to: string, target: string): void {
  if (target.startsWith('s3://'))
    throw new UsageError(
      `With --to the key is relative to the destination: leave s3:// out of “${target}”, or leave --to out.`,
    )
  if (target.startsWith('/') || target.split('/').includes('..'))
    throw new UsageError(`“${target}” is not below the destination “${to}”.`)
}

/** Reads where to look: the address, as `parse` has it, or with `--to` the destination as a whole. Throws a {@link UsageError}. */
export function readPlace<T>(
  given: Given,
  address: string | undefined,
  parse: (address: string) => T,
): Placed<T | Pick<Destination, 'bucket' | 'prefix'>> {
  if (given.text('to') !== undefined) return destinationOf
  const place = parse(address ?? '')
  return () => place
}

/** The destination of `--to`, for a command line that has it. */
export function destinationOf({ destination }: Pick<CommandContext, 'destination'>): Destination {
  if (destination === null) throw new Error('A command that was given --to has no destination.')
  return destination
}
