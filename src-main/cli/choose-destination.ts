import type { Destination } from '../../src-preload/contract/destination.ts'
import { ask, type CommandContext } from './command.ts'
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

/** Where a key is below a destination: what is given may have the prefix already. Throws a {@link UsageError}. */
export function keyIn(destination: Pick<Destination, 'name' | 'prefix'>, given: string): string {
  if (given.startsWith('s3://'))
    throw new UsageError('With --to the key is relative to the destination: leave s3:// out.')
  if (given.startsWith('/') || given.split('/').some((part) => part === '..'))
    throw new UsageError(`“${given}” is not below the destination “${destination.name}”.`)
  return given.startsWith(destination.prefix) ? given : `${destination.prefix}${given}`
}
